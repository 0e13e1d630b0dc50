//! The reactions that are offered, and which emoji may be one.

/// The reactions that one key puts on a message.
pub const OFFERED: [&str; 8] = ["👍", "❤️", "😂", "😮", "😢", "🎉", "🙏", "👀"];

/// Returns the emoji in a text, as the server takes it; none if the text is not one emoji.
#[must_use]
pub fn emoji(text: &str) -> Option<&'static str> {
    emojis::get(text.trim()).map(emojis::Emoji::as_str)
}
