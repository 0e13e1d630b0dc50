//! The only way to the screen's cells: every text is made safe and measured here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::look::Look;
use crate::cli::sanitize;

/// Cells to draw on.
#[derive(Debug)]
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    colour: bool,
}

impl<'a> Canvas<'a> {
    /// Draws on these cells, with or without colour.
    pub const fn new(buffer: &'a mut Buffer, colour: bool) -> Self {
        Self { buffer, colour }
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        for position in area.positions() {
            self.buffer[position].reset();
        }
    }

    /// Puts a text into a row of an area from a column on, cut with `…` where the area ends. Returns the column after it.
    pub fn put(&mut self, area: Rect, row: u16, column: u16, text: &str, look: Look) -> u16 {
        if row >= area.height || column >= area.width {
            return column;
        }
        let text = sanitize::truncate(&sanitize::line(text), usize::from(area.width - column));
        let style = look.style(self.colour);
        let (mut x, y) = (area.x + column, area.y + row);
        for grapheme in text.graphemes(true) {
            let reserved = u16::try_from(sanitize::columns::grapheme_width(grapheme)).unwrap_or_default();
            if reserved == 0 || x + reserved > area.right() || !self.buffer.area.contains((x, y).into()) {
                continue;
            }
            self.buffer[(x, y)].set_symbol(grapheme).set_style(style);
            let drawn = u16::try_from(grapheme.width()).unwrap_or_default();
            for taken in 1..reserved {
                let cell = &mut self.buffer[(x + taken, y)];
                cell.reset();
                // Columns that only some terminals use for this emoji: not blank, so that they are written again when it goes.
                if taken >= drawn {
                    cell.set_symbol("\u{a0}");
                }
                cell.set_style(style);
            }
            x += reserved;
        }
        x - area.x
    }

    /// Gives a row of an area one look.
    pub fn fill(&mut self, area: Rect, row: u16, look: Look) {
        if row < area.height {
            let line = Rect { y: area.y + row, height: 1, ..area };
            self.buffer.set_style(line.intersection(self.buffer.area), look.style(self.colour));
        }
    }

    /// Draws a line across a row of an area.
    pub fn rule(&mut self, area: Rect, row: u16, look: Look) {
        let line = "─".repeat(area.width.into());
        self.put(area, row, 0, &line, look);
    }
}
