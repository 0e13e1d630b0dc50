//! Single-line JSON, also for readers that break lines at U+0085, U+2028 and U+2029 (RFC 8259, 7).

use memchr::memchr2_iter;
use serde::Serialize;

/// Appends a value as JSON with all Unicode line breaks escaped. It parses to the same value.
pub(in crate::http) fn write(out: &mut Vec<u8>, value: &impl Serialize) {
    let start = out.len();
    serde_json::to_writer(&mut *out, value).expect("responses serialize to JSON");
    // ASCII line breaks are escaped already. This scan costs about 40 ns per message.
    if line_breaks(&out[start..]).next().is_some() {
        escape(out, start);
    }
}

/// Returns the offset, the length in bytes and the escape of each line break.
fn line_breaks(json: &[u8]) -> impl Iterator<Item = (usize, usize, &'static [u8])> + '_ {
    memchr2_iter(0xc2, 0xe2, json).filter_map(|at| match json[at..] {
        [0xc2, 0x85, ..] => Some((at, 2, &b"\\u0085"[..])),
        [0xe2, 0x80, 0xa8, ..] => Some((at, 3, &b"\\u2028"[..])),
        [0xe2, 0x80, 0xa9, ..] => Some((at, 3, &b"\\u2029"[..])),
        _ => None,
    })
}

/// Escapes line breaks from `start` on. JSON is ASCII outside of strings, so each of them is inside a string.
fn escape(out: &mut Vec<u8>, start: usize) {
    let json = out.split_off(start);
    let mut done = 0;
    for (at, length, escaped) in line_breaks(&json) {
        out.extend_from_slice(&json[done..at]);
        out.extend_from_slice(escaped);
        done = at + length;
    }
    out.extend_from_slice(&json[done..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = b"data: ".to_vec();
        write(&mut out, &text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_breaks_a_line_somewhere_is_escaped() {
        assert_eq!(written("a\u{85}b\u{2028}\u{2029}c"), r#"data: "a\u0085b\u2028\u2029c""#);
        assert_eq!(written("\u{2028}"), r#"data: "\u2028""#);
        assert_eq!(written("a\nb\r\u{b}\u{c}\u{1c}\u{1e}"), r#"data: "a\nb\r\u000b\f\u001c\u001e""#);
    }

    #[test]
    fn everything_else_stays() {
        for text in ["plain", "é Ж 中 👩‍👩‍👧 \u{c2} \u{105} \u{2027}\u{202a}\u{a8} \u{e2}\u{80}\u{a8}", "\u{200b}\u{84}\u{86}"] {
            assert_eq!(written(text), format!("data: \"{text}\""));
        }
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let text = "\u{2028}\"\\u2028\\\u{85}\u{2029}";
        assert_eq!(serde_json::from_str::<String>(&written(text)["data: ".len()..]).unwrap(), text);
    }
}
