//! Targets of links: which may be linked, and how they are written.

use std::fmt::Write as _;

use super::super::characters::is_line_or_bidi;

/// Returns the attributes of a link to `target`; `None` unless it is an `http`, `https` or `mailto` URL.
///
/// URLs with user information are not linked: it can be mistaken for the host.
pub(super) fn link_attributes(target: &str) -> Option<String> {
    let web = after_prefix(target, "https://").or_else(|| after_prefix(target, "http://"));
    let allowed = web.map_or_else(|| after_prefix(target, "mailto:").is_some_and(|address| !address.is_empty()), has_plain_host);
    if !allowed || target.chars().any(|c| c.is_control() || is_line_or_bidi(c)) {
        return None;
    }
    let mut attributes = String::with_capacity(target.len() + 50);
    attributes.push_str(" href=\"");
    target.chars().for_each(|c| push_escaped(&mut attributes, c));
    attributes.push_str("\" rel=\"nofollow noopener noreferrer ugc\"");
    Some(attributes)
}

/// Returns what follows a prefix of ASCII characters in any case.
fn after_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.split_at_checked(prefix.len()).filter(|(front, _)| front.eq_ignore_ascii_case(prefix)).map(|(_, after)| after)
}

/// Returns true if what follows the scheme begins with a host that every parser of URLs understands alike.
fn has_plain_host(after_scheme: &str) -> bool {
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    authority.starts_with(|c: char| c.is_alphanumeric() || c == '[') && !authority.contains(|c: char| matches!(c, '@' | '\\') || c.is_whitespace())
}

/// Appends a character of a URL to an attribute's value: percent-encoded if URLs must not contain it.
fn push_escaped(value: &mut String, c: char) {
    if c == '&' {
        value.push_str("&amp;");
    } else if c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\' | '`') {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a string cannot fail.
            let _ = write!(value, "%{byte:02X}");
        }
    } else {
        value.push(c);
    }
}
