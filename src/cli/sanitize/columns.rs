//! Columns of a terminal: how many a text takes, and how it is cut and wrapped to fit. The text is already safe.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Returns how many columns the text takes. A line break takes none.
#[must_use]
pub fn width(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.graphemes(true).map(grapheme_width).sum() }
}

/// Returns how many columns one grapheme takes at most. Terminals disagree on sequences of emoji: some draw one, some all of its parts, side by side.
#[must_use]
pub fn grapheme_width(grapheme: &str) -> usize {
    if grapheme == "\n" {
        return 0;
    }
    let parts: usize = grapheme.chars().map(|c| c.width().unwrap_or_default()).sum();
    parts.max(grapheme.width())
}

/// Returns the text in at most `columns` columns; `…` stands for what is cut.
#[must_use]
pub fn truncate(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut cut = fitting(text, room).to_owned();
    cut.push('…');
    cut
}

/// Returns the longest beginning of the text that takes at most `columns` columns.
#[must_use]
pub fn fitting(text: &str, columns: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += grapheme_width(grapheme);
        if taken > columns {
            return &text[..at];
        }
    }
    text
}

/// Returns the lines of the text, each in at most `columns` columns: broken at spaces and beside wide characters, else anywhere. Empty lines stay. A grapheme
/// that is wider than all columns is left out.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<&str> {
    text.split('\n').flat_map(|line| wrap_line(line, columns)).collect()
}

fn wrap_line(line: &str, columns: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = line;
    while width(rest) > columns {
        let end = break_point(rest, columns);
        lines.push(rest[..end].trim_end_matches(' '));
        rest = rest[end..].trim_start_matches(' ');
        if end == 0 {
            let wide = rest.graphemes(true).next().map_or(rest.len(), str::len);
            rest = &rest[wide..];
            lines.pop();
        }
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

/// Returns where to break a line that is too long, in bytes.
fn break_point(line: &str, columns: usize) -> usize {
    let fits = fitting(line, columns).len();
    if line[fits..].starts_with(' ') {
        return fits;
    }
    let mut wide_before = line[fits..].graphemes(true).next().is_some_and(is_wide);
    let mut end = fits;
    for grapheme in line[..fits].graphemes(true).rev() {
        if grapheme == " " || wide_before || is_wide(grapheme) {
            // Spaces in front of the first word are its indentation: breaking there gains nothing.
            let indentation = line[..end].trim_start_matches(' ').is_empty();
            return if indentation { fits } else { end };
        }
        wide_before = false;
        end -= grapheme.len();
    }
    fits
}

fn is_wide(grapheme: &str) -> bool {
    grapheme_width(grapheme) > 1
}

/// Returns true if each byte takes one column.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}
