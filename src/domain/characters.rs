//! Character classes for validating text: visible, invisible, direction marks, line breaks, unassigned.

use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

/// Returns true if `c` is visible by itself in a message: not white space, not a control and not a format character.
pub(super) fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    !c.is_whitespace() && !c.is_control() && !is_invisible(c) && (c.general_category() != GeneralCategory::Format || is_visible_format(c))
}

/// Returns true if `c` is visible by itself in a name: a combining mark needs a base character.
pub(super) fn is_visible_in_line(c: char) -> bool {
    is_visible(c) && !is_combining_mark(c)
}

/// Returns true for characters that render as nothing; two names that differ only in these look the same.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{fffc}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Arabic, Syriac and Kaithi signs that are visible although Unicode classifies them as format characters.
const fn is_visible_format(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}')
}

/// Returns true if `c` is trimmed from the ends of a line: a space, or a mark that only sets the direction of its neighbours.
pub(super) fn is_edge(c: char) -> bool {
    is_direction_mark(c) || (c.is_whitespace() && !c.is_control() && !is_line_or_bidi(c))
}

const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

/// Returns true if `c` separates lines or changes the text direction.
pub(super) const fn is_line_or_bidi(c: char) -> bool {
    is_direction_mark(c) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns true if Unicode assigns no meaning to `c`. Code points reserved for pictographs count as assigned, since a new Unicode version may define
/// them.
pub(super) fn is_unassigned(c: char) -> bool {
    let reserved_for_pictographs = matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{1fc00}'..='\u{1fffd}');
    !c.is_ascii() && !reserved_for_pictographs && !is_invisible(c) && c.general_category() == GeneralCategory::Unassigned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_told_from_what_is_not() {
        for unseen in ['\t', ' ', '\u{a0}', '\u{ad}', '\u{200b}', '\u{200f}', '\u{2028}', '\u{2800}', '\u{3000}', '\u{3164}', '\u{fff9}', '\u{1d159}']
        {
            assert!(!is_visible(unseen), "{unseen:?}");
        }
        for seen in ['a', '.', 'é', '中', '\u{301}', '\u{600}', '\u{6dd}', '😀', '\u{378}', '\u{e000}'] {
            assert!(is_visible(seen), "{seen:?}");
        }
        assert!(!is_visible_in_line('\u{301}') && !is_visible_in_line('\u{20e3}'));
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
