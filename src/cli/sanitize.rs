//! Text from other people, made safe for a terminal: it cannot move the cursor, change colours, reverse the text direction, or hide.
//!
//! The rules: control characters, bidirectional controls and zero-width characters are removed; an emoji of Unicode keeps the joiners and selectors that it
//! consists of. Code points without a meaning, whose width no terminal agrees on, are replaced by ▯. A combining mark never joins what stands before the
//! text. What is removed leaves no trace, so an escape sequence shows as the plain characters that follow its escape character.

pub mod columns;
#[cfg(test)]
mod tests;

use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use unicode_segmentation::UnicodeSegmentation as _;

pub use columns::{truncate, width, wrap};

/// How many combining marks one character keeps; the server accepts no more in a row either.
const MAX_MARKS: usize = 8;

/// Stands for what has no common meaning. Not U+FFFD: terminals use that for bytes that are no text.
const REPLACEMENT: char = '▯';

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Returns the text as one line: line breaks and tabs are spaces. For names, titles, labels, notes, URLs.
#[must_use]
pub fn line(text: &str) -> String {
    let cleaned = lines(text);
    if cleaned.contains('\n') { cleaned.replace('\n', " ") } else { cleaned }
}

/// Returns the text with its line breaks as `\n` and its tabs as spaces. For messages.
#[must_use]
pub fn lines(text: &str) -> String {
    let mut safe = Writer { text: String::with_capacity(text.len()), line_start: 0, marks: 0 };
    for grapheme in text.graphemes(true) {
        if grapheme.len() > 1 && emojis::get(grapheme).is_some() {
            safe.text.push_str(grapheme);
            safe.marks = 0;
        } else {
            grapheme.chars().for_each(|c| safe.push(c, grapheme));
        }
    }
    safe.text
}

/// The safe text so far.
struct Writer {
    text: String,
    /// Where its last line begins, in bytes.
    line_start: usize,
    /// How many combining marks its last character has.
    marks: usize,
}

impl Writer {
    fn push(&mut self, c: char, grapheme: &str) {
        match c {
            // CR LF is one grapheme, and one line break.
            '\r' if grapheme == "\r\n" => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => self.break_line(),
            '\t' => self.tab(),
            _ if is_removed(c) => {}
            _ if is_combining_mark(c) => self.mark(c),
            _ => {
                self.text.push(if is_replaced(c) { REPLACEMENT } else { c });
                self.marks = 0;
            }
        }
    }

    fn break_line(&mut self) {
        self.text.push('\n');
        self.line_start = self.text.len();
        self.marks = 0;
    }

    fn tab(&mut self) {
        let spaces = TAB - width(&self.text[self.line_start..]) % TAB;
        self.text.extend(std::iter::repeat_n(' ', spaces));
        self.marks = 0;
    }

    /// At the start of a line the mark stands on a dotted circle, else it would join a border or another's name.
    fn mark(&mut self, c: char) {
        if self.text.len() == self.line_start {
            self.text.push('◌');
        }
        if self.marks < MAX_MARKS {
            self.text.push(c);
            self.marks += 1;
        }
    }
}

/// Returns true for characters that act on a terminal, change the text direction, or take no column.
fn is_removed(c: char) -> bool {
    match c.general_category() {
        GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => true,
        GeneralCategory::Format => !is_visible_format(c),
        _ => is_invisible(c),
    }
}

/// Signs of Arabic, Syriac and Kaithi that Unicode calls format characters and that are visible.
const fn is_visible_format(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}')
}

/// Characters outside the category of format characters that render as nothing: fillers, variation selectors, tags.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{fffc}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns true for code points without a common meaning; those reserved for pictographs may get one in the next version of Unicode.
fn is_replaced(c: char) -> bool {
    let reserved_for_pictographs = matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{1fc00}'..='\u{1fffd}');
    match c.general_category() {
        GeneralCategory::PrivateUse | GeneralCategory::Surrogate => true,
        GeneralCategory::Unassigned => !reserved_for_pictographs,
        _ => false,
    }
}
