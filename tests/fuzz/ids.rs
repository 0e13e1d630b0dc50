//! Ids and URLs: what is parsed is written back unchanged, and the host of a URL decides nothing.

use parlor::domain::id::{ChatId, Credential, Epoch, KnockId, LinkId, MemberId, TicketId};
use parlor::http::extract::urls::{chat_in, link_in};

use crate::inputs::tries;

const CHAT: &str = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM";
const LINK: &str = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4";

const WORDS: [&str; 36] = [
    CHAT,
    LINK,
    CHAT,
    LINK,
    "/v1/chats/",
    "/v1/links/",
    "/c/",
    "/l/",
    "http://",
    "https://",
    "javascript://",
    "://",
    ":",
    "/",
    "//",
    "\\",
    "@",
    "?",
    "#",
    "%2f",
    ".",
    "..",
    "evil.example",
    "127.0.0.1:8080",
    "[::1]",
    "user:word@",
    "\0",
    "\n",
    " ",
    "\u{202e}",
    "A",
    "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e",
    "9f4e21c0",
    "4294967295",
    "+1",
    "=",
];

#[test]
fn what_is_read_is_written_as_it_was() {
    tries("ids", &WORDS, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        for (read, nowhere) in [
            (ChatId::parse_or_nil(text).to_string(), ChatId::NIL.to_string()),
            (LinkId::parse_or_nil(text).to_string(), LinkId::NIL.to_string()),
            (TicketId::parse_or_nil(text).to_string(), TicketId::NIL.to_string()),
            (KnockId::parse_or_nil(text).uuid().to_string(), KnockId::NIL.uuid().to_string()),
        ] {
            assert!(read == nowhere || read == text.to_lowercase() || read == text, "{text:?} was parsed as {read}");
            assert!(read == nowhere || read == text || read.len() == 36, "case matters in {text:?}");
        }
        if let Some(credential) = Credential::parse(text) {
            assert_eq!(credential.expose().to_string(), text.to_lowercase());
        }
        if let Some(epoch) = Epoch::parse(text) {
            assert_eq!(epoch.to_string(), text);
        }
        let member = MemberId::parse_or_none(text);
        assert!(member == MemberId::NONE || member.0.to_string() == text, "{text:?} was parsed as {member:?}");
    });
}

#[test]
fn an_address_means_what_its_path_says_whatever_its_host_is() {
    tries("addresses", &WORDS, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let (chat, link) = (chat_in(text, ""), link_in(text, ""));
        assert!(LinkId::parse_pasted(text) == LinkId::NIL || text.trim().starts_with(&LinkId::parse_pasted(text).to_string()), "{text:?}");
        assert!(chat == ChatId::NIL || text.contains(&chat.to_string()), "{text:?} was parsed as a chat id that it does not contain");
        assert!(link == LinkId::NIL || text.contains(&link.to_string()), "{text:?} was parsed as a link id that it does not contain");
        assert!(chat == ChatId::NIL || link == LinkId::NIL, "{text:?} is both");
        // As a host: without the characters that would end one.
        let host: String = text.chars().filter(|c| !"/?#".contains(*c)).collect();
        for scheme in ["http", "https", "javascript", ""] {
            assert_eq!(chat_in(&format!("{scheme}://{host}/v1/chats/{CHAT}"), ""), ChatId::parse_or_nil(CHAT), "{host:?}");
            assert_eq!(link_in(&format!("{scheme}://{host}/l/{LINK}/"), ""), LinkId::parse_or_nil(LINK), "{host:?}");
            assert_eq!(chat_in(&format!("{scheme}://{host}/l/{CHAT}"), ""), ChatId::NIL, "{host:?}");
        }
        // As a query or a fragment.
        assert_eq!(chat_in(&format!("/c/{CHAT}?{text}"), ""), ChatId::parse_or_nil(CHAT), "{text:?}");
        assert_eq!(link_in(&format!("{LINK}#{text}"), ""), LinkId::parse_or_nil(LINK), "{text:?}");
    });
}
