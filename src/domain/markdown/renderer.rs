//! Turns the parser's events into HTML.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, LinkType, OffsetIter, Options, Parser, Tag};

use super::super::characters::is_visible;
use super::bare_url::{TextRun, bare_urls};
use super::href::link_attributes;
use super::writer::{Element, Writer};

/// Renders Markdown; `None` if the text is better shown as typed.
pub(super) fn render(source: &str) -> Option<String> {
    let mut events = Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH).into_offset_iter();
    let mut renderer = Renderer { source, out: Writer::new(source.len()), open: Vec::new(), run: TextRun::default(), alt: None, in_link: false };
    while let Some((event, range)) = events.next() {
        renderer.handle(event, range, &mut events);
        if renderer.out.is_full() {
            return None;
        }
    }
    renderer.end_run();
    renderer.out.finish()
}

struct Renderer<'a> {
    source: &'a str,
    out: Writer,
    open: Vec<Open<'a>>,
    run: TextRun,
    /// The text inside an image.
    alt: Option<String>,
    in_link: bool,
}

/// A part of the document that has begun, with what is to be done at its end.
enum Open<'a> {
    /// So many elements are open for a block.
    Block(usize),
    /// So many elements are open for code.
    CodeBlock(usize),
    /// So many elements are open for a list.
    List(usize),
    /// So many elements are open within a line.
    Inline(usize),
    /// Text between single tildes, which are no markup.
    Tildes,
    Link {
        target: String,
        is_written: bool,
        /// The length of the HTML where its text begins.
        start: usize,
    },
    Image {
        target: CowStr<'a>,
    },
    /// Markup in the text of an image, which has none.
    InImage,
}

impl<'a> Renderer<'a> {
    fn handle(&mut self, event: Event<'a>, range: Range<usize>, events: &mut OffsetIter<'a>) {
        let source = self.source.get(range.clone()).unwrap_or_default();
        match event {
            Event::Text(text) if self.is_plain() => self.run.push(&text, range.start),
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough) if self.run.continues_with(source) => {
                self.run.push(source, range.start);
                skip_to_end(events);
            }
            event => {
                self.end_run();
                self.write(event, source);
            }
        }
    }

    /// Returns true if text here may contain bare URLs.
    fn is_plain(&self) -> bool {
        self.alt.is_none() && !self.in_link && !matches!(self.open.last(), Some(Open::CodeBlock(_)))
    }

    fn write(&mut self, event: Event<'a>, source: &str) {
        match event {
            Event::Start(tag) => {
                let open = if self.alt.is_some() { Open::InImage } else { self.start(tag, source) };
                self.open.push(open);
            }
            Event::End(_) => self.end(),
            Event::SoftBreak | Event::HardBreak => match &mut self.alt {
                Some(alt) => alt.push(' '),
                None => self.out.break_line(),
            },
            Event::Rule => {
                let rule = self.start_block(&[Element::Paragraph]);
                self.out.text(source.trim());
                self.open.push(rule);
                self.end();
            }
            Event::Code(text) if self.alt.is_none() => {
                let count = usize::from(self.out.open(Element::Code, ""));
                self.out.text(&text);
                self.out.close(count);
            }
            Event::Text(text)
            | Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.text(&text),
            Event::TaskListMarker(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        match (&mut self.alt, self.open.last()) {
            (Some(alt), _) => alt.push_str(text),
            (None, Some(Open::CodeBlock(1..))) => self.out.text(text),
            (None, _) => self.out.lines(text),
        }
    }

    fn start(&mut self, tag: Tag<'a>, source: &str) -> Open<'a> {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.start_block(&[Element::Paragraph]),
            Tag::Heading { .. } => self.start_block(&[Element::Paragraph, Element::Strong]),
            Tag::BlockQuote(_) => self.start_block(&[Element::BlockQuote]),
            Tag::CodeBlock(_) => match self.start_block(&[Element::Preformatted, Element::Code]) {
                Open::Block(count) => Open::CodeBlock(count),
                other => other,
            },
            Tag::List(first) => self.start_list(first),
            Tag::Item => self.start_block(if matches!(self.open.last(), Some(Open::List(1..))) { &[Element::Item] } else { &[] }),
            Tag::Emphasis => self.start_inline(Element::Emphasis),
            Tag::Strong => self.start_inline(Element::Strong),
            Tag::Strikethrough if source.starts_with("~~") => self.start_inline(Element::Deleted),
            Tag::Strikethrough => {
                self.out.text("~");
                Open::Tildes
            }
            Tag::Link { link_type, dest_url, .. } => self.start_link(link_type, &dest_url),
            Tag::Image { dest_url, .. } => {
                self.alt = Some(String::new());
                Open::Image { target: dest_url }
            }
            // The extensions that these belong to are not enabled.
            _ => Open::Inline(0),
        }
    }

    fn start_block(&mut self, elements: &[Element]) -> Open<'a> {
        let count = elements.iter().filter(|element| self.out.open(**element, "")).count();
        if count == 0 {
            self.out.separate();
        }
        Open::Block(count)
    }

    fn start_list(&mut self, first: Option<u64>) -> Open<'a> {
        // A list is nothing without an item.
        let fits = self.out.depth_left() >= 2;
        let is_open = fits
            && match first {
                None => self.out.open(Element::UnorderedList, ""),
                Some(1) => self.out.open(Element::OrderedList, ""),
                Some(first) => self.out.open(Element::OrderedList, &format!(" start=\"{first}\"")),
            };
        if !is_open {
            self.out.separate();
        }
        Open::List(usize::from(is_open))
    }

    fn start_inline(&mut self, element: Element) -> Open<'a> {
        Open::Inline(usize::from(self.out.open(element, "")))
    }

    fn start_link(&mut self, link_type: LinkType, target: &str) -> Open<'a> {
        // An autolink may stand in the text of a link, where it is text.
        if self.in_link {
            return Open::Inline(0);
        }
        self.in_link = true;
        let target = if link_type == LinkType::Email { format!("mailto:{target}") } else { target.to_owned() };
        let is_written = link_attributes(&target).is_some_and(|attributes| self.out.open(Element::Link, &attributes));
        Open::Link { target, is_written, start: self.out.len() }
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::Block(0) | Open::CodeBlock(0) | Open::List(0)) => self.out.separate(),
            Some(Open::Block(count) | Open::CodeBlock(count) | Open::List(count) | Open::Inline(count)) => self.out.close(count),
            Some(Open::Tildes) => self.out.text("~"),
            Some(Open::Link { target, is_written, start }) => {
                if is_written && !self.out.shows_anything_since(start) {
                    self.out.text(&target);
                }
                self.out.close(usize::from(is_written));
                self.in_link = false;
            }
            Some(Open::Image { target }) => self.end_image(&target),
            Some(Open::InImage) | None => {}
        }
    }

    /// Writes an image as a link with its alternative text, inside of a link as that text alone.
    fn end_image(&mut self, target: &str) {
        let alt = self.alt.take().unwrap_or_default();
        let attributes = if self.in_link { None } else { link_attributes(target) };
        let is_written = attributes.is_some_and(|attributes| self.out.open(Element::Link, &attributes));
        self.out.text(if is_written && !alt.contains(is_visible) { target } else { &alt });
        self.out.close(usize::from(is_written));
    }

    /// Writes collected text, with links for its bare URLs as long as all of the rest could still follow.
    fn end_run(&mut self) {
        let rest = self.source.len() - self.run.start();
        let run = self.run.take();
        let mut written = 0;
        for url in bare_urls(&run) {
            let target = &run[url.clone()];
            let fits = |attributes: &String| self.out.has_room_for(attributes.len() + rest.saturating_sub(written));
            if let Some(attributes) = link_attributes(target).filter(fits) {
                self.out.text(&run[written..url.start]);
                let count = usize::from(self.out.open(Element::Link, &attributes));
                self.out.text(target);
                self.out.close(count);
                written = url.end;
            }
        }
        self.out.text(&run[written..]);
    }
}

/// Skips the rest of what has just started.
fn skip_to_end(events: &mut OffsetIter<'_>) {
    let mut depth = 1;
    while depth > 0 {
        match events.next() {
            Some((Event::Start(_), _)) => depth += 1,
            Some((Event::End(_), _)) => depth -= 1,
            Some(_) => {}
            None => return,
        }
    }
}
