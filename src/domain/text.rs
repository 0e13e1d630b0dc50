//! Validation of user-supplied text: length and characters (API 1, *Text limits*; SEC-028, SEC-101).

use std::sync::Arc;

use unicode_normalization::char::is_combining_mark;

use super::characters::{is_edge, is_invisible, is_line_or_bidi, is_unassigned, is_visible, is_visible_in_line};

/// Why a text was rejected, worded for its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidText(pub String);

/// The most consecutive combining marks: more would overlap neighbouring lines.
pub const MAX_COMBINING_RUN: usize = 8;

/// Defines a one-line text type with a limit in characters (Unicode scalar values).
macro_rules! line {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The maximum length in characters.
            pub const MAX_CHARS: usize = $max;

            /// Parses user input, trimming surrounding spaces and direction marks.
            pub fn parse(text: &str) -> Result<Self, InvalidText> {
                one_line(text, Self::MAX_CHARS).map(|line| Self(line.into()))
            }

            /// Returns the text as entered, without the trimmed characters.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

line!(
    /// The name of a person in a chat: 1 to 40 characters.
    Name, 40
);
line!(
    /// The title of a chat: 1 to 120 characters.
    Title, 120
);
line!(
    /// The label an owner gives a link: 1 to 60 characters.
    Label, 60
);
line!(
    /// The name of a device that somebody signs in with: 1 to 60 characters.
    Device, 60
);
line!(
    /// The note a guest sends with a knock: 1 to 280 characters.
    Note, 280
);
line!(
    /// The reason an owner gives for a decision: 1 to 280 characters.
    Reason, 280
);
line!(
    /// What an image shows, told by its sender: 1 to 280 characters.
    Alt, 280
);

impl Device {
    /// Returns the beginning of what a browser says of itself, if that can be shown.
    #[must_use]
    pub fn beginning_of(agent: &str) -> Option<Self> {
        Self::parse(&agent.chars().take(Self::MAX_CHARS).collect::<String>()).ok()
    }
}

impl Name {
    /// Returns the owner's default name.
    #[must_use]
    pub fn owner() -> Self {
        Self("Owner".into())
    }

    /// Returns a guest's default name.
    #[must_use]
    pub fn guest() -> Self {
        Self("Guest".into())
    }

    /// Returns the name of everyone whose account was deleted.
    #[must_use]
    pub fn deleted_account() -> Self {
        Self("Deleted account".into())
    }

    /// Returns this name with a number appended, shortened to fit: `Ana (2)`.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        let suffix = format!(" ({number})");
        let kept: String = self.0.chars().take(Self::MAX_CHARS - suffix.len()).collect();
        Self(format!("{}{suffix}", kept.trim_end()).into())
    }

    /// Returns the two keys that confusable names share: UTS 39 skeletons of the name in lower case and as written, without invisible characters and
    /// surrounding spaces.
    ///
    /// Two names are confusable if they have one of the two keys in common.
    #[must_use]
    pub fn confusable_keys(&self) -> [Box<str>; 2] {
        let seen: String = self.0.chars().filter(|c| !is_invisible(*c)).collect();
        let (small, skeleton) = (seen.to_lowercase(), |text: &str| unicode_security::skeleton(text).collect::<String>());
        let without_capitals = skeleton(&skeleton(&small).to_lowercase());
        let with_capitals = skeleton(&skeleton(&seen).to_lowercase());
        [without_capitals, with_capitals].map(|key| key.trim().into())
    }

    /// Returns true if this name can be confused with another one.
    #[must_use]
    pub fn is_confusable_with(&self, other: &Self) -> bool {
        let keys = other.confusable_keys();
        self.confusable_keys().iter().any(|key| keys.contains(key))
    }

    /// Returns the case-insensitive key, for storage where one key is enough.
    #[must_use]
    pub fn canonical(&self) -> Box<str> {
        let [folded, _] = self.confusable_keys();
        folded
    }
}

/// A message's text: 1 to 8,192 bytes and at most 500 lines, kept exactly as entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageText(Box<str>);

impl MessageText {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 8_192;
    /// The maximum number of lines.
    pub const MAX_LINES: usize = 500;

    /// Validates user input.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        reject_if(text.is_empty(), || "must not be empty".into())?;
        reject_if(text.len() > Self::MAX_BYTES, || format!("must have at most {} bytes", Self::MAX_BYTES))?;
        // Each line but the last ends with at least one byte, so a shorter text cannot exceed the limit.
        reject_if(text.len() >= Self::MAX_LINES && lines(text) > Self::MAX_LINES, || format!("must have at most {} lines", Self::MAX_LINES))?;
        check_characters(text)?;
        reject_if(shows_nothing(text), || NOTHING_VISIBLE.into())?;
        Ok(Self(text.into()))
    }

    /// Returns the text as entered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a group is about: 1 to 1,000 characters, with line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(Arc<str>);

impl Description {
    /// The maximum length in characters.
    pub const MAX_CHARS: usize = 1_000;

    /// Validates user input.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let length = text.chars().count();
        reject_if(length == 0 || length > Self::MAX_CHARS, || format!("must have 1 to {} characters", Self::MAX_CHARS))?;
        check_characters(text)?;
        let is_forbidden = |c: char| c != '\n' && (c.is_control() || is_line_or_bidi(c));
        reject_if(text.chars().any(is_forbidden), || "must not contain control characters or bidirectional controls".into())?;
        reject_if(shows_nothing(text), || NOTHING_VISIBLE.into())?;
        Ok(Self(text.into()))
    }

    /// Returns the text as entered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A client's own reference for a message it sent: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRef(Box<str>);

impl ClientRef {
    /// The maximum length in characters.
    pub const MAX_CHARS: usize = 64;

    /// Validates a reference.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let fits = (1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        reject_if(!fits, || format!("must be 1 to {} visible ASCII characters", Self::MAX_CHARS))?;
        Ok(Self(text.into()))
    }

    /// Returns the reference as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns true if a message would show nothing: only white space, control and format characters. Markdown is judged as typed.
#[must_use]
pub fn shows_nothing(text: &str) -> bool {
    !text.chars().any(is_visible)
}

const NOTHING_VISIBLE: &str = "must contain something that can be seen";

fn reject_if(wrong: bool, why: impl FnOnce() -> String) -> Result<(), InvalidText> {
    if wrong { Err(InvalidText(why())) } else { Ok(()) }
}

fn one_line(text: &str, max: usize) -> Result<&str, InvalidText> {
    let length = text.chars().count();
    reject_if(length == 0 || length > max, || format!("must have 1 to {max} characters"))?;
    let text = text.trim_matches(is_edge);
    check_characters(text)?;
    reject_if(text.chars().any(char::is_control), || "must not contain control characters".into())?;
    reject_if(text.chars().any(is_line_or_bidi), || "must not contain line separators or bidirectional controls".into())?;
    reject_if(text.chars().any(is_unassigned), || "must not contain characters that Unicode gives no meaning".into())?;
    reject_if(!text.chars().any(is_visible_in_line), || NOTHING_VISIBLE.into())?;
    Ok(text)
}

/// Rejects NUL and too many combining marks in a row, which no text of the API may have.
pub(super) fn check_characters(text: &str) -> Result<(), InvalidText> {
    reject_if(text.contains('\0'), || "must not contain NUL".into())?;
    if text.is_ascii() {
        return Ok(());
    }
    let mut row = 0;
    for c in text.chars() {
        row = if is_combining_mark(c) { row + 1 } else { 0 };
        reject_if(row > MAX_COMBINING_RUN, || format!("must not have more than {MAX_COMBINING_RUN} combining marks in a row"))?;
    }
    Ok(())
}

/// Counts lines as displayed: every line-breaking character counts once, CR LF as one.
fn lines(text: &str) -> usize {
    let mut before = ' ';
    let mut count = 1;
    for c in text.chars() {
        let breaks = matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
        count += usize::from(breaks && !(before == '\r' && c == '\n'));
        before = c;
    }
    count
}

#[cfg(test)]
mod tests;
