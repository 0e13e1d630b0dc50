//! What characters are to a reader: seen or not, marks of direction, breaks of lines, of no use in a name.

use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Whether it shows something by itself in a message: it is no white space, no control and no format character.
pub(super) fn is_shown(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    !c.is_whitespace() && !c.is_control() && !is_unseen(c) && (c.general_category() != GeneralCategory::Format || is_shown_format(c))
}

/// Whether it shows something by itself in a name: a combining mark needs a character that it stands on.
pub(super) fn is_shown_in_line(c: char) -> bool {
    is_shown(c) && !is_combining_mark(c)
}

/// Characters that take part in a text without being seen; two names that differ only in them look the same.
pub(super) const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{fffc}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Signs of Arabic, Syriac and Kaithi that are seen although Unicode counts them among the formats.
const fn is_shown_format(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}')
}

/// Whether it says nothing at the edge of a line: a space, or a mark that only gives a direction to what stands beside it.
pub(super) fn is_edge(c: char) -> bool {
    is_direction_mark(c) || (c.is_whitespace() && !c.is_control() && !is_line_or_bidi(c))
}

const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

/// Whether it breaks a line or turns the text around it.
pub(super) const fn is_line_or_bidi(c: char) -> bool {
    is_direction_mark(c) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether Unicode gives it no meaning. Places that it keeps for pictures have one as soon as somebody draws them.
pub(super) fn is_unassigned(c: char) -> bool {
    let kept_for_pictures = matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{1fc00}'..='\u{1fffd}');
    !c.is_ascii() && !kept_for_pictures && !is_unseen(c) && c.general_category() == GeneralCategory::Unassigned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_told_from_what_is_not() {
        for unseen in ['\t', ' ', '\u{a0}', '\u{ad}', '\u{200b}', '\u{200f}', '\u{2028}', '\u{2800}', '\u{3000}', '\u{3164}', '\u{fff9}', '\u{1d159}']
        {
            assert!(!is_shown(unseen), "{unseen:?}");
        }
        for seen in ['a', '.', 'é', '中', '\u{301}', '\u{600}', '\u{6dd}', '😀', '\u{378}', '\u{e000}'] {
            assert!(is_shown(seen), "{seen:?}");
        }
        assert!(!is_shown_in_line('\u{301}') && !is_shown_in_line('\u{20e3}'));
    }

    #[test]
    fn what_has_no_meaning_is_told_from_what_has_one() {
        for none in ['\u{378}', '\u{fdd0}', '\u{ffff}', '\u{2fffe}', '\u{10ffff}'] {
            assert!(is_unassigned(none), "{none:?}");
        }
        for some in ['a', 'é', '😀', '\u{1fafe}', '\u{e000}', '\u{e0041}', '\u{fe0f}', '\u{fff0}'] {
            assert!(!is_unassigned(some), "{some:?}");
        }
    }
}
