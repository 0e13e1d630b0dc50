//! Tells plain text from Markdown without parsing it.

use memchr::{memchr, memchr_iter, memchr2_iter};

/// Returns false if a text certainly renders to nothing but text and line breaks, which most messages do.
#[must_use]
pub fn has_markup(text: &str) -> bool {
    let bytes = text.as_bytes();
    has_inline_markup(bytes) || begins_block(bytes) || memchr2_iter(b'\n', b'\r', bytes).any(|end| begins_block(&bytes[end + 1..]))
}

/// The characters of emphasis, code, links and autolinks.
const INLINE_MARKUP: [u8; 6] = *b"*_`~[<";

/// Returns true if there are characters of inline markup that can belong together, or a bare URL.
fn has_inline_markup(text: &[u8]) -> bool {
    let (chunks, rest) = text.as_chunks::<32>();
    let has_marks = chunks.iter().any(|chunk| has_any_of(chunk, INLINE_MARKUP)) || has_any_of(rest, INLINE_MARKUP);
    (has_marks && has_pair(text)) || memchr_iter(b':', text).any(|colon| is_in_url(text, colon))
}

/// Returns true if a mark of emphasis or code occurs twice, or a bracket is closed. `~10`, `<3` and `snake_case` have none of it.
fn has_pair(text: &[u8]) -> bool {
    let is_closed = |opening, closing| memchr(opening, text).is_some_and(|at| memchr(closing, &text[at..]).is_some());
    b"*_`~".iter().any(|mark| memchr_iter(*mark, text).nth(1).is_some()) || is_closed(b'[', b']') || is_closed(b'<', b'>')
}

/// Compares without an early exit and in bytes, so that many are compared at a time.
fn has_any_of(chunk: &[u8], wanted: [u8; 6]) -> bool {
    chunk.iter().fold(0, |found, byte| wanted.iter().fold(found, |found, one| found | u8::from(byte == one))) != 0
}

/// Returns true if this colon could be the one of `http://` or `https://`.
fn is_in_url(text: &[u8], colon: usize) -> bool {
    let after_scheme = colon > 0 && matches!(text[colon - 1], b'p' | b'P' | b's' | b'S');
    after_scheme && text[colon..].starts_with(b"://")
}

/// Returns true if a line could begin a heading, a quote, a list or indented code, or turn the line before it into a heading.
fn begins_block(line: &[u8]) -> bool {
    let indentation = line.iter().take_while(|byte| **byte == b' ').count();
    let ends_or_space = |byte: Option<&u8>| matches!(byte, None | Some(b' ' | b'\t'..=b'\r'));
    match &line[indentation..] {
        _ if indentation > 3 => true,
        [b'\t' | b'>' | b'=', ..] => true,
        [b'-', after @ ..] => after.first() == Some(&b'-') || ends_or_space(after.first()),
        [b'+' | b'*', after @ ..] => ends_or_space(after.first()),
        [b'#', after @ ..] => after.first() == Some(&b'#') || ends_or_space(after.first()),
        [b'0'..=b'9', after @ ..] => matches!(after.iter().find(|byte| !byte.is_ascii_digit()), Some(b'.' | b')')),
        _ => false,
    }
}

/// Returns true if a line begins with more than `max` markers of quotes and lists, which a parser would have to match on each line that follows.
pub(super) fn nests_deeper(text: &str, max: usize) -> bool {
    text.split(['\n', '\r']).filter(|line| line.len() > max).any(|line| markers(line.as_bytes()) > max)
}

/// Counts the markers of quotes and lists that a line begins with. A rule, such as `* * *`, has none.
fn markers(line: &[u8]) -> usize {
    let (mut rest, mut count) = (line, 0);
    while let Some(length) = marker_or_space(rest) {
        count += usize::from(!matches!(rest[0], b' ' | b'\t'));
        rest = &rest[length..];
    }
    if is_rule(line) { 0 } else { count }
}

/// Returns the length of the space or of the marker that this begins with.
fn marker_or_space(line: &[u8]) -> Option<usize> {
    match line {
        [b' ' | b'\t' | b'>', ..] | [b'-' | b'*' | b'+', b' ' | b'\t', ..] => Some(1),
        [b'0'..=b'9', ..] => {
            let digits = line.iter().position(|byte| !byte.is_ascii_digit())?;
            matches!(line[digits..], [b'.' | b')', b' ' | b'\t', ..]).then_some(digits + 1)
        }
        _ => None,
    }
}

fn is_rule(line: &[u8]) -> bool {
    let mut marks = line.iter().filter(|byte| !matches!(byte, b' ' | b'\t'));
    let first = marks.next();
    matches!(first, Some(b'-' | b'*')) && marks.all(|mark| Some(mark) == first)
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::super::renderer;
    use super::*;

    #[test]
    fn most_plain_messages_are_told_without_parsing() {
        for plain in [
            "",
            "Hello, world! It's 12:30; isn't it? (I think so) = 50% + more / less #1 @ana",
            "#team",
            "+1",
            "-5 or - so",
            "10:30",
            "1 2 3",
            "a\nb\r\n   c",
            "note: ://",
            "~10, 5 * 3 < 2, snake_case, a` and [",
            "] or [, > or <3",
            "*a",
            &"x".repeat(200),
        ] {
            assert!(!has_markup(plain), "{plain:?}");
        }
        for marked in [
            "a**",
            "_a_",
            "``",
            "~ ~",
            "[]",
            "<a>",
            "http://",
            "HTTPS://",
            "#",
            "##",
            "- a",
            "--",
            "+ a",
            "* a",
            "*",
            "\n> a",
            "\r= ",
            "\t",
            "    a",
            "\n   1) a",
            "12.",
        ] {
            assert!(has_markup(marked), "{marked:?}");
            assert!(has_markup(&format!("{}\n{marked}", "x".repeat(70))), "{marked:?}");
        }
    }

    #[test]
    fn what_is_told_to_be_plain_has_no_markup() {
        let words = [
            " ", " ", "\n", "\n", "\r", "\r\n", "a", "1", ".", ")", "(", "#", "-", "+", "=", ":", "/", "//", "http", "s", "&", "amp;", "&#42;", "\\",
            "!", "]", "{", "}", "|", "^", "$", "\"", "'", "\u{b}", "\u{c}", "\u{a0}", "\u{2028}", "é", "😀", "\t", ">", "<", "*", "_", "~", "`", "[",
        ];
        let mut random = StdRng::seed_from_u64(15);
        let mut plain = 0;
        for _ in 0..100_000 {
            let kinds = if random.random_ratio(1, 4) { words.len() } else { words.len() - 8 };
            let text: String = (0..random.random_range(0..16)).map(|_| words[random.random_range(0..kinds)]).collect();
            if !has_markup(&text) {
                plain += 1;
                assert_eq!(renderer::render(&text), None, "{text:?}");
            }
        }
        assert!(plain > 10_000, "{plain}");
    }

    #[test]
    fn markers_of_a_line_are_counted() {
        for (line, count) in [
            ("", 0),
            ("> a > b", 1),
            (">>> a", 3),
            (" >\t> - 1. 23) + * a", 7),
            ("- -- a", 1),
            ("-a", 0),
            ("1.2. a", 0),
            ("123", 0),
            ("* * * *", 0),
            ("- - - - ", 0),
            ("> - - -", 3),
            ("- - - * -", 4),
        ] {
            assert_eq!(markers(line.as_bytes()), count, "{line}");
            assert_eq!(nests_deeper(&format!("a\r{line}\nb"), 2), count > 2 && line.len() > 2, "{line}");
        }
    }
}
