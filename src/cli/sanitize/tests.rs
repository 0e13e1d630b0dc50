//! What is hostile is removed, what people write stays, and columns are counted as terminals do.

use super::*;

#[test]
fn sequences_for_terminals_lose_what_makes_them_act() {
    for (hostile, safe) in [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x1b]8;;https://evil.test\x1b\\here\x1b]8;;\x1b\\", "]8;;https://evil.test\\here]8;;\\"),
        ("\u{9b}2Ja", "2Ja"),
        ("\u{9d}0;x\u{9c}", "0;x"),
        ("a\x08\x08b\x7f\0c", "abc"),
    ] {
        assert_eq!(line(hostile), safe);
        assert_eq!(lines(hostile), safe);
    }
}

#[test]
fn nothing_hides_and_nothing_changes_direction() {
    assert_eq!(line("a\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}\u{200f}\u{200e}\u{61c}"), "agpj.exex");
    assert_eq!(line("pay\u{200b}pal\u{feff}\u{2060}\u{ad}\u{200c}\u{200d}\u{3164}\u{e0041}\u{fe0f}"), "paypal");
    assert_eq!(line("\u{e000}\u{378}\u{10ffff}"), "▯▯▯");
}

#[test]
fn emoji_keep_what_they_consist_of() {
    for emoji in ["👨‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "👍🏽", "🇩🇪", "1️⃣"] {
        assert_eq!(line(&format!("a{emoji}b")), format!("a{emoji}b"));
    }
    assert_eq!(line("a\u{200d}b 👍\u{200d}👍"), "ab 👍👍");
}

#[test]
fn lines_end_in_one_way() {
    assert_eq!(lines("a\r\nb\rc\nd\u{2028}e\u{2029}f\u{85}g\u{b}h"), "a\nb\nc\nd\ne\nf\ng\nh");
    assert_eq!(line("a\r\nb\nc\td"), "a b c   d");
    assert_eq!(lines("\tx\nab\tc\tn"), "    x\nab  c   n");
}

#[test]
fn marks_join_only_their_own_text_and_are_bounded() {
    assert_eq!(line("\u{301}a"), "◌\u{301}a");
    assert_eq!(lines("x\n\u{301}"), "x\n◌\u{301}");
    assert_eq!(line("नमस्ते ภาษาไทย ŕ"), "नमस्ते ภาษาไทย ŕ");
    let stacked = format!("a{}b", "\u{301}".repeat(50));
    assert_eq!(line(&stacked), format!("a{}b", "\u{301}".repeat(8)));
    assert_eq!(line("a\u{301}\u{200b}\u{301}").chars().filter(|c| *c == '\u{301}').count(), 2);
}

#[test]
fn columns_are_counted_as_terminals_do() {
    for (text, columns) in [("abc", 3), ("中文", 4), ("e\u{301}", 1), ("❤️", 2), ("👍", 2), ("👨‍👩‍👧", 6), ("🇩🇪", 2), ("a\nb", 2), ("", 0)]
    {
        assert_eq!(width(text), columns, "{text:?}");
    }
}

#[test]
fn what_is_too_long_is_cut_at_a_whole_character() {
    assert_eq!(truncate("abcdef", 6), "abcdef");
    assert_eq!(truncate("abcdef", 4), "abc…");
    assert_eq!(truncate("中文字", 4), "中…");
    assert_eq!(truncate("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
    assert_eq!((truncate("ab", 1), truncate("ab", 0)), ("…".into(), String::new()));
}

#[test]
fn lines_break_at_spaces_and_beside_wide_characters_else_anywhere() {
    assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    assert_eq!(wrap("one two three", 8), ["one two", "three"]);
    assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    assert_eq!(wrap("我们在这里", 5), ["我们", "在这", "里"]);
    assert_eq!(wrap("ab我cd", 4), ["ab我", "cd"]);
    assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
    assert_eq!(wrap("    indented", 6), ["    in", "dented"]);
    assert_eq!(wrap("中a", 1), ["a"]);
    assert_eq!(wrap("", 5), [""]);
}

#[test]
fn no_text_wraps_to_more_than_its_columns_or_loses_a_word() {
    let text = lines("The quick 棕色 fox 👨‍👩‍👧 jumps\n\tover e\u{301}verything, andaverylongwordfollowshere 中文字符在一起 end");
    for columns in 6..60 {
        let wrapped = wrap(&text, columns);
        assert!(wrapped.iter().all(|line| width(line) <= columns), "{columns}: {wrapped:?}");
        let glued = |text: &str| text.replace([' ', '\n'], "");
        assert_eq!(glued(&wrapped.concat()), glued(&text), "{columns}");
    }
}
