//! Ids and URLs: what is read is written as it was, and whatever stands where a host would decides nothing.

use parlor::domain::id::{ChatId, Credential, Epoch, KnockId, LinkId, MemberId, TicketId};
use parlor::http::urls::{chat_in, link_in};

use crate::chance::tries;

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
            (ChatId::read(text).to_string(), ChatId::NOWHERE.to_string()),
            (LinkId::read(text).to_string(), LinkId::NOWHERE.to_string()),
            (TicketId::read(text).to_string(), TicketId::NOWHERE.to_string()),
            (KnockId::read(text).uuid().to_string(), KnockId::NOWHERE.uuid().to_string()),
        ] {
            assert!(read == nowhere || read == text.to_lowercase() || read == text, "{text:?} was read as {read}");
            assert!(read == nowhere || read == text || read.len() == 36, "case counts in {text:?}");
        }
        if let Some(credential) = Credential::read(text) {
            assert_eq!(credential.reveal().to_string(), text.to_lowercase());
        }
        if let Some(epoch) = Epoch::read(text) {
            assert_eq!(epoch.to_string(), text);
        }
        let member = MemberId::read(text);
        assert!(member == MemberId::NOBODY || member.0.to_string() == text, "{text:?} was read as {member:?}");
    });
}

#[test]
fn an_address_means_what_its_path_says_whatever_its_host_is() {
    tries("addresses", &WORDS, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return };
        let (chat, link) = (chat_in(text, ""), link_in(text, ""));
        assert!(LinkId::read_pasted(text) == LinkId::NOWHERE || text.trim().starts_with(&LinkId::read_pasted(text).to_string()), "{text:?}");
        assert!(chat == ChatId::NOWHERE || text.contains(&chat.to_string()), "{text:?} means a chat that does not stand in it");
        assert!(link == LinkId::NOWHERE || text.contains(&link.to_string()), "{text:?} means a link that does not stand in it");
        assert!(chat == ChatId::NOWHERE || link == LinkId::NOWHERE, "{text:?} is both");
        // As a host: everything in it that would end one is left out.
        let host: String = text.chars().filter(|c| !"/?#".contains(*c)).collect();
        for scheme in ["http", "https", "javascript", ""] {
            assert_eq!(chat_in(&format!("{scheme}://{host}/v1/chats/{CHAT}"), ""), ChatId::read(CHAT), "{host:?}");
            assert_eq!(link_in(&format!("{scheme}://{host}/l/{LINK}/"), ""), LinkId::read(LINK), "{host:?}");
            assert_eq!(chat_in(&format!("{scheme}://{host}/l/{CHAT}"), ""), ChatId::NOWHERE, "{host:?}");
        }
        // As a query or a fragment.
        assert_eq!(chat_in(&format!("/c/{CHAT}?{text}"), ""), ChatId::read(CHAT), "{text:?}");
        assert_eq!(link_in(&format!("{LINK}#{text}"), ""), LinkId::read(LINK), "{text:?}");
    });
}
