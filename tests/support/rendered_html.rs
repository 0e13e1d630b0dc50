//! Checks the HTML of messages with a tokenizer of its own: allowed elements and attributes only, nested as they must be.

use html5gum::{Error, StartTag, Token, Tokenizer};
use reqwest::Url;

/// How deep elements may be nested.
const MAX_DEPTH: usize = 8;

const BLOCKS: [&str; 6] = ["p", "pre", "blockquote", "ul", "ol", "li"];
const INLINE: [&str; 6] = ["strong", "em", "del", "code", "a", "br"];

/// Returns the text of HTML that has only what messages may have.
///
/// # Panics
/// If it has anything else.
pub fn text_of_message(html: &str) -> String {
    let mut open: Vec<String> = Vec::new();
    let mut text = String::new();
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::StartTag(tag) => {
                let name = utf8(&tag.name);
                check_attributes(&tag, html);
                check_place(&name, &open, html);
                if name != "br" {
                    open.push(name);
                }
                assert!(open.len() <= MAX_DEPTH, "too deep: {html}");
            }
            Token::EndTag(tag) => assert_eq!(open.pop(), Some(utf8(&tag.name)), "{html}"),
            Token::String(piece) => {
                assert!(!matches!(open.last().map(String::as_str), None | Some("ul" | "ol")), "text outside of a block: {html}");
                text.push_str(&utf8(&piece.value));
            }
            Token::Error(error) => {
                let allowed = [Error::ControlCharacterInInputStream, Error::NoncharacterInInputStream];
                assert!(allowed.contains(&error.value), "{}: {html}", error.value);
            }
            other @ (Token::Comment(_) | Token::Doctype(_)) => panic!("{other:?}: {html}"),
        }
    }
    assert!(open.is_empty(), "{open:?} is not closed: {html}");
    text
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("what is made of a string is a string")
}

fn check_attributes(tag: &StartTag<()>, html: &str) {
    let attributes: Vec<(String, String)> = tag.attributes.iter().map(|(name, value)| (utf8(name), utf8(&value.value))).collect();
    let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(!tag.self_closing, "{html}");
    match (utf8(&tag.name).as_str(), &attributes[..]) {
        ("a", [("href", target), ("rel", "nofollow noopener noreferrer ugc")]) => check_target(target, html),
        ("ol", [("start", first)]) => assert!(first.len() <= 9 && first.bytes().all(|byte| byte.is_ascii_digit()), "{html}"),
        (name, []) => assert!(name != "a" && (BLOCKS.contains(&name) || INLINE.contains(&name)), "<{name}>: {html}"),
        (name, attributes) => panic!("<{name}> with {attributes:?}: {html}"),
    }
}

/// A browser does not open what it cannot parse.
fn check_target(target: &str, html: &str) {
    let scheme = target.split(':').next().unwrap_or_default().to_ascii_lowercase();
    assert!(["http", "https", "mailto"].contains(&scheme.as_str()), "{target}: {html}");
    if let Ok(url) = Url::parse(target) {
        assert_eq!((url.scheme(), url.username(), url.password()), (scheme.as_str(), "", None), "{target}: {html}");
    }
}

fn check_place(name: &str, open: &[String], html: &str) {
    let parent = open.last().map_or("", String::as_str);
    let fits = match name {
        "li" => matches!(parent, "ul" | "ol"),
        "p" | "pre" | "blockquote" | "ul" | "ol" => matches!(parent, "" | "blockquote" | "li"),
        "a" => !matches!(parent, "" | "ul" | "ol" | "pre") && !open.iter().any(|name| name == "a"),
        "code" => !matches!(parent, "" | "ul" | "ol"),
        _ => !matches!(parent, "" | "ul" | "ol" | "pre" | "code"),
    };
    assert!(fits, "<{name}> in <{parent}>: {html}");
}
