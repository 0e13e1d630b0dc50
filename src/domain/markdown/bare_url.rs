//! Bare URLs: where one begins and ends in plain text, as the web client finds them in messages without markup.

use std::ops::Range;

/// Closing brackets, which belong to a URL only if it contains the opening ones.
const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// Plain text that may contain bare URLs, collected from the parser's pieces.
#[derive(Debug, Default)]
pub(super) struct TextRun {
    text: String,
    /// Where it begins in the source.
    start: usize,
    /// True if it ends within a URL.
    in_url: bool,
}

impl TextRun {
    /// Appends a piece that begins at `start` in the source.
    pub(super) fn push(&mut self, piece: &str, start: usize) {
        if self.text.is_empty() {
            self.start = start;
        }
        let last = piece.char_indices().rev().find(|(_, c)| ends_url(*c));
        let word = last.map_or(piece, |(at, c)| &piece[at + c.len_utf8()..]);
        self.in_url = (self.in_url && last.is_none()) || word.match_indices("://").any(|(colon, _)| scheme(&word[..colon]).is_some());
        self.text.push_str(piece);
    }

    /// Returns true if the text ends within a URL, and `source` would be a part of that: the delimiters in it are no markup.
    pub(super) fn continues_with(&self, source: &str) -> bool {
        self.in_url && !source.contains(ends_url)
    }

    /// Returns where it begins in the source.
    pub(super) const fn start(&self) -> usize {
        self.start
    }

    /// Returns the text and starts a new run.
    pub(super) fn take(&mut self) -> String {
        self.in_url = false;
        std::mem::take(&mut self.text)
    }
}

/// Returns the bare URLs in a text.
pub(super) fn bare_urls(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut searched = 0;
    text.match_indices("://").filter_map(move |(colon, _)| {
        // What is not linked is not searched again, however many schemes it contains.
        let start = text.get(searched..colon).and_then(|before| Some(searched + scheme(before)?))?;
        let length = text[start..].find(ends_url).unwrap_or(text.len() - start);
        searched = start + length;
        Some(start..start + trimmed_length(&text[start..start + length]))
    })
}

/// Returns where the `http` or `https` begins that a text ends with, unless it is the end of a longer word.
fn scheme(text: &str) -> Option<usize> {
    let word = text.bytes().rev().take("https".len()).take_while(u8::is_ascii_alphabetic).count();
    let starts = ["https", "http"].iter().filter(|scheme| word >= scheme.len()).map(|scheme| (text.len() - scheme.len(), scheme));
    let (start, _) = starts.into_iter().find(|(start, scheme)| text[*start..].eq_ignore_ascii_case(scheme))?;
    let before = text[..start].chars().next_back();
    (!before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(start)
}

/// Returns true if no URL contains `c`: white space, a quotation mark, a bracket or stop of Chinese and Japanese.
fn ends_url(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '\\' | '«' | '»' | '“' | '”' | '„' | '。' | '，' | '、' | '；' | '：' | '！' | '？')
        || matches!(c, '（' | '）' | '「' | '」' | '『' | '』' | '【' | '】' | '《' | '》' | '〈' | '〉')
}

/// Returns the length of a URL without the punctuation of the sentence around it.
fn trimmed_length(url: &str) -> usize {
    let count = |bracket: char| url.matches(bracket).count();
    let mut surplus = BRACKETS.map(|(opening, closing)| count(closing).saturating_sub(count(opening)));
    let is_surplus = |c: char| {
        let Some(kind) = BRACKETS.iter().position(|(_, closing)| *closing == c) else {
            return matches!(c, '.' | ',' | ':' | ';' | '!' | '?' | '\'' | '’' | '‘' | '*' | '…' | '|');
        };
        let found = surplus[kind] > 0;
        surplus[kind] = surplus[kind].saturating_sub(1);
        found
    };
    url.trim_end_matches(is_surplus).len()
}
