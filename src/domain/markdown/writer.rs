//! Writes HTML of the allowed elements within bounds of depth and length.

use super::super::characters::is_visible;
use super::{ALWAYS_ALLOWED, MAX_DEPTH, MAX_GROWTH};

/// An element that messages may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Paragraph,
    Preformatted,
    BlockQuote,
    UnorderedList,
    OrderedList,
    Item,
    Strong,
    Emphasis,
    Deleted,
    Code,
    Link,
}

impl Element {
    const fn name(self) -> &'static str {
        match self {
            Self::Paragraph => "p",
            Self::Preformatted => "pre",
            Self::BlockQuote => "blockquote",
            Self::UnorderedList => "ul",
            Self::OrderedList => "ol",
            Self::Item => "li",
            Self::Strong => "strong",
            Self::Emphasis => "em",
            Self::Deleted => "del",
            Self::Code => "code",
            Self::Link => "a",
        }
    }

    const fn is_block(self) -> bool {
        !matches!(self, Self::Strong | Self::Emphasis | Self::Deleted | Self::Code | Self::Link)
    }
}

/// HTML in the making.
#[derive(Debug)]
pub(super) struct Writer {
    out: String,
    max_len: usize,
    is_full: bool,
    open: Vec<Element>,
    /// True if text or inline elements were written since the last tag of a block.
    in_line: bool,
    /// Line breaks to be written before further text of the same block.
    breaks: usize,
    /// Where the last text ended of which something can be seen.
    seen_until: usize,
    has_markup: bool,
}

impl Writer {
    /// Starts the HTML of a text of this length.
    pub(super) fn new(text_len: usize) -> Self {
        Self {
            out: String::with_capacity(text_len * 2),
            max_len: (text_len * MAX_GROWTH).max(ALWAYS_ALLOWED),
            is_full: false,
            open: Vec::with_capacity(MAX_DEPTH),
            in_line: false,
            breaks: 0,
            seen_until: 0,
            has_markup: false,
        }
    }

    /// Returns the HTML, unless the text is better shown as typed.
    pub(super) fn finish(self) -> Option<String> {
        (!self.is_full && self.has_markup && self.seen_until > 0).then_some(self.out)
    }

    /// Returns true if the HTML has become too long; what is written further is lost.
    pub(super) const fn is_full(&self) -> bool {
        self.is_full
    }

    /// Returns true if this number of bytes can follow.
    pub(super) const fn has_room_for(&self, bytes: usize) -> bool {
        self.out.len() + bytes <= self.max_len
    }

    /// Returns how many more elements can be nested here.
    pub(super) const fn depth_left(&self) -> usize {
        MAX_DEPTH - self.open.len()
    }

    /// Returns the length written so far.
    pub(super) const fn len(&self) -> usize {
        self.out.len()
    }

    /// Returns true if text that can be seen was written since the length was `start`.
    pub(super) const fn shows_anything_since(&self, start: usize) -> bool {
        self.seen_until > start
    }

    /// Opens an element; returns false if it would be nested too deeply.
    pub(super) fn open(&mut self, element: Element, attributes: &str) -> bool {
        if self.depth_left() == 0 {
            return false;
        }
        self.begin_tag(element);
        for part in ["<", element.name(), attributes, ">"] {
            self.push(part);
        }
        self.open.push(element);
        self.has_markup |= element != Element::Paragraph;
        true
    }

    /// Closes this number of elements, innermost first.
    pub(super) fn close(&mut self, count: usize) {
        for element in (0..count).filter_map(|_| self.open.pop()).collect::<Vec<_>>() {
            if element.is_block() {
                self.end_line();
            }
            for part in ["</", element.name(), ">"] {
                self.push(part);
            }
        }
    }

    /// Breaks the line if anything follows in the same block.
    pub(super) const fn break_line(&mut self) {
        self.breaks += 1;
    }

    /// Breaks the line as the end of a block does, once however many blocks end.
    pub(super) fn separate(&mut self) {
        self.breaks = self.breaks.max(1);
    }

    /// Writes text.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.begin_inline();
        self.push_escaped(text);
        if text.contains(is_visible) {
            self.seen_until = self.out.len();
        }
    }

    /// Writes text with its line breaks.
    pub(super) fn lines(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            self.breaks += usize::from(number > 0);
            self.text(line);
        }
    }

    fn begin_tag(&mut self, element: Element) {
        if element.is_block() {
            self.end_line();
        } else {
            self.begin_inline();
        }
    }

    fn begin_inline(&mut self) {
        let breaks = if self.in_line { self.breaks } else { 0 };
        for _ in 0..breaks {
            self.push("<br>");
        }
        self.breaks = 0;
        self.in_line = true;
    }

    const fn end_line(&mut self) {
        self.breaks = 0;
        self.in_line = false;
    }

    fn push_escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\r']) {
            self.push(&rest[..at]);
            self.push(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                // Parsers of HTML read a carriage return as a line feed.
                _ => "\n",
            });
            rest = &rest[at + 1..];
        }
        self.push(rest);
    }

    fn push(&mut self, part: &str) {
        if self.has_room_for(part.len()) {
            self.out.push_str(part);
        } else {
            self.is_full = true;
        }
    }
}
