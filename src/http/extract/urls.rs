//! Parses the chat or link id of a URL in a request, by its path only (API 1, *Origin*), ignoring text pasted after it.

use crate::domain::id::{ChatId, LinkId};

/// Returns the chat id of a `chat_url`, a `page_url` or a bare id; an id that never exists for anything else. `base` is the path prefix of this
/// server.
#[must_use]
pub fn chat_in(text: &str, base: &str) -> ChatId {
    ChatId::parse_pasted(id_in(text, base, &["/v1/chats/", "/c/"]))
}

/// Returns the link id of a `link_url`, an `exchange_url` or a bare id; an id that never exists for anything else.
#[must_use]
pub fn link_in(text: &str, base: &str) -> LinkId {
    LinkId::parse_pasted(id_in(text, base, &["/v1/links/", "/l/"]))
}

fn id_in<'a>(text: &'a str, base: &str, prefixes: &[&str]) -> &'a str {
    let text = text.trim();
    let text = text.find(['?', '#']).map_or(text, |end| &text[..end]);
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |start| &rest[start..]),
        None => text,
    };
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = path.strip_prefix(base).filter(|below| below.starts_with('/')).unwrap_or(path);
    prefixes.iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_judged_by_its_path() {
        let id = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4";
        for text in [
            id.to_owned(),
            format!("/l/{id}"),
            format!("/v1/links/{id}/"),
            format!("https://evil.example/l/{id}?next=1#x"),
            format!("http://127.0.0.1:8080/v1/links/{id}"),
            format!(" http://127.0.0.1:8080/l/{id} \r\n"),
            format!("http://127.0.0.1:8080/l/{id}).?x"),
            format!("http://127.0.0.1:8080/l/{id}%20"),
            format!("{id}\u{200b}"),
        ] {
            assert_eq!(link_in(&text, ""), LinkId::parse_or_nil(id), "{text}");
            assert_eq!(link_in(&text, "/chat"), LinkId::parse_or_nil(id), "{text}");
        }
        for text in [
            "",
            "/l/",
            &format!("/c/{id}"),
            &format!("/x/l/{id}"),
            &format!("l/{id}"),
            &format!("/l/{id}A"),
            &format!("/l/{id}.A"),
            "https://evil.example",
        ] {
            assert_eq!(link_in(text, ""), LinkId::NIL, "{text}");
        }
        assert_eq!(link_in(&format!("https://example.org/chat/l/{id}"), "/chat"), LinkId::parse_or_nil(id));
        for text in [format!("/chats/l/{id}"), format!("/chat{id}"), format!("/chat/chat/l/{id}"), format!("/chat/c/{id}")] {
            assert_eq!(link_in(&text, "/chat"), LinkId::NIL, "{text}");
        }
    }
}
