//! Markdown of messages: `CommonMark` with `~~`, bare URLs and line breaks, rendered to HTML of a few elements (API 4.1, SEC-117, SEC-135).
//!
//! The parser's events are written by a writer that knows no other elements and attributes than the allowed ones, so nothing has to be removed
//! afterwards. Raw HTML, tables and rules are text; a heading is a strong paragraph; an image is a link.

mod markup;
mod bare_url;
mod href;
mod writer;
mod renderer;
#[cfg(test)]
mod tests;

pub use markup::has_markup;

/// How deep elements may be nested; deeper ones are left out, and their content stays.
pub const MAX_DEPTH: usize = 8;
/// How many times longer than its text the HTML of a message may be.
pub const MAX_GROWTH: usize = 4;
/// The length in bytes that the HTML of a short text may have in any case: a link has more than 60 bytes of markup.
pub const ALWAYS_ALLOWED: usize = 1_024;

/// How many markers of quotes and lists a line may begin with; the time of a parser grows with their product with the number of lines.
const MAX_MARKERS: usize = 16;

/// Renders a text; `None` if it is to be shown as typed.
///
/// That is so if the rendered text would have nothing but paragraphs and line breaks, if nothing could be seen of it, if it would be too long, or if
/// lines begin with more markers than anybody types.
#[must_use]
pub fn render(text: &str) -> Option<String> {
    if has_markup(text) && !markup::nests_deeper(text, MAX_MARKERS) { renderer::render(text) } else { None }
}
