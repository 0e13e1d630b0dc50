//! The text that is being written, with its cursor.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::cli::sanitize;

/// What the text is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A new message.
    #[default]
    Message,
    /// A reply to the message with this number.
    Reply(u64),
    /// The new text of the message with this number.
    Edit(u64),
}

/// The text and where the cursor stands in it.
#[derive(Clone, Debug, Default)]
pub struct Composer {
    text: String,
    /// In bytes, on the boundary of a grapheme.
    cursor: usize,
    /// What happens when it is sent.
    pub purpose: Purpose,
}

impl Composer {
    /// Returns the text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns true where nothing is written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str, purpose: Purpose) {
        text.clone_into(&mut self.text);
        self.cursor = text.len();
        self.purpose = purpose;
    }

    /// Takes the text out, and begins a new message.
    pub fn take(&mut self) -> (String, Purpose) {
        self.cursor = 0;
        (std::mem::take(&mut self.text), std::mem::take(&mut self.purpose))
    }

    /// Inserts text that was typed or pasted. What acts on terminals is left out, since it would act on those of others.
    pub fn insert(&mut self, text: &str) {
        let text = sanitize::lines(text);
        // A mark that is typed after its letter joins it.
        let text = if self.cursor > 0 { text.trim_start_matches('◌') } else { &text };
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    /// Deletes what is before the cursor.
    pub fn backspace(&mut self) {
        let start = self.before();
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    /// Deletes what is under the cursor.
    pub fn delete(&mut self) {
        let end = self.after();
        self.text.replace_range(self.cursor..end, "");
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        let kept = self.text[..self.cursor].trim_end();
        let start = kept.rfind(char::is_whitespace).map_or(0, |at| at + kept[at..].chars().next().map_or(1, char::len_utf8));
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    /// Deletes all before the cursor in its line.
    pub fn delete_to_line_start(&mut self) {
        let start = self.line_start();
        self.text.replace_range(start..self.cursor, "");
        self.cursor = start;
    }

    /// Moves the cursor one character back.
    pub fn left(&mut self) {
        self.cursor = self.before();
    }

    /// Moves the cursor one character on.
    pub fn right(&mut self) {
        self.cursor = self.after();
    }

    /// Moves the cursor to the start of its line.
    pub fn home(&mut self) {
        self.cursor = self.line_start();
    }

    /// Moves the cursor to the end of its line.
    pub fn end(&mut self) {
        self.cursor += self.text[self.cursor..].find('\n').unwrap_or(self.text.len() - self.cursor);
    }

    /// Moves the cursor one line up, at the same column; returns false in the first line.
    pub fn up(&mut self) -> bool {
        let start = self.line_start();
        let Some(end) = start.checked_sub(1) else { return false };
        let column = sanitize::width(&self.text[start..self.cursor]);
        let start = self.text[..end].rfind('\n').map_or(0, |at| at + 1);
        self.cursor = start + sanitize::columns::fitting(&self.text[start..end], column).len();
        true
    }

    /// Moves the cursor one line down, at the same column; returns false in the last line.
    pub fn down(&mut self) -> bool {
        let column = sanitize::width(&self.text[self.line_start()..self.cursor]);
        let Some(start) = self.text[self.cursor..].find('\n').map(|at| self.cursor + at + 1) else { return false };
        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        self.cursor = start + sanitize::columns::fitting(&self.text[start..end], column).len();
        true
    }

    /// Returns the rows of the text in `columns` columns, broken anywhere, and the row and column of the cursor.
    #[must_use]
    pub fn rows(&self, columns: usize) -> (Vec<String>, (usize, usize)) {
        let columns = columns.max(2);
        let (mut rows, mut cursor, mut taken) = (vec![String::new()], (0, 0), 0);
        for (at, grapheme) in self.text.grapheme_indices(true) {
            let width = sanitize::columns::grapheme_width(grapheme);
            if grapheme != "\n" && taken + width > columns {
                rows.push(String::new());
                taken = 0;
            }
            if at == self.cursor {
                cursor = (rows.len() - 1, taken);
            }
            if grapheme == "\n" {
                rows.push(String::new());
                taken = 0;
            } else if let Some(row) = rows.last_mut() {
                row.push_str(grapheme);
                taken += width;
            }
        }
        if self.cursor == self.text.len() {
            if taken == columns {
                rows.push(String::new());
                taken = 0;
            }
            cursor = (rows.len() - 1, taken);
        }
        (rows, cursor)
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.cursor + self.text[self.cursor..].graphemes(true).next().map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Composer {
        let mut composer = Composer::default();
        composer.insert(text);
        composer
    }

    #[test]
    fn whole_characters_are_deleted_and_passed() {
        let mut composer = written("a👨‍👩‍👧e\u{301}");
        composer.backspace();
        assert_eq!(composer.text(), "a👨‍👩‍👧");
        composer.left();
        composer.insert("b");
        composer.delete();
        assert_eq!(composer.text(), "ab");
        composer.left();
        composer.left();
        composer.left();
        composer.right();
        composer.insert("-");
        assert_eq!(composer.text(), "a-b");
    }

    #[test]
    fn words_and_lines_are_deleted() {
        let mut composer = written("one two\nthree four ");
        composer.delete_word();
        assert_eq!(composer.text(), "one two\nthree ");
        composer.delete_to_line_start();
        assert_eq!(composer.text(), "one two\n");
        composer.backspace();
        composer.delete_word();
        composer.delete_word();
        composer.delete_word();
        assert_eq!(composer.text(), "");
    }

    #[test]
    fn the_cursor_keeps_its_column_between_lines() {
        let mut composer = written("中文字\nabcd\nx");
        assert!(composer.up());
        assert_eq!(composer.rows(20).1, (1, 1));
        composer.end();
        assert!(composer.up());
        assert_eq!(composer.rows(20).1, (0, 4));
        assert!(!composer.up());
        assert!(composer.down() && composer.down() && !composer.down());
        assert_eq!(composer.rows(20).1, (2, 1));
    }

    #[test]
    fn rows_break_where_the_columns_end() {
        let (rows, cursor) = written("abcdef").rows(4);
        assert_eq!((rows, cursor), (vec!["abcd".to_owned(), "ef".to_owned()], (1, 2)));
        let (rows, cursor) = written("abcd").rows(4);
        assert_eq!((rows.len(), cursor), (2, (1, 0)));
        let (rows, cursor) = written("a\n").rows(4);
        assert_eq!((rows.len(), cursor), (2, (1, 0)));
    }

    #[test]
    fn what_is_pasted_cannot_act() {
        assert_eq!(written("a\x1b[31mb\r\nc\u{202e}d").text(), "a[31mb\ncd");
        let mut composer = written("e");
        composer.insert("\u{301}");
        assert_eq!(composer.text(), "e\u{301}");
    }
}
