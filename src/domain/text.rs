//! Texts from people, judged at the border: how long, which characters (API 1, *Text limits*; SEC-028, SEC-101).

use std::sync::Arc;

use unicode_normalization::char::is_combining_mark;

use super::characters::{is_edge, is_line_or_bidi, is_shown, is_shown_in_line, is_unassigned, is_unseen};

/// Why a text was refused, in words for the person who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// The most combining marks in a row: more would climb over neighbouring lines.
pub const MARKS_IN_A_ROW: usize = 8;

/// A one-line text with a limit in characters (Unicode scalar values).
macro_rules! line {
    ($(#[$doc:meta])* $name:ident, $most:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The most characters it may have.
            pub const MOST: usize = $most;

            /// Reads what somebody typed, without spaces and marks of direction around it; says what is wrong with it otherwise.
            pub fn parse(text: &str) -> Result<Self, Refusal> {
                one_line(text, Self::MOST).map(|line| Self(line.into()))
            }

            /// As it was typed, but for what stood around it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

line!(
    /// What somebody is called in a chat: 1 to 40 characters.
    Name, 40
);
line!(
    /// What a chat is called: 1 to 120 characters.
    Title, 120
);
line!(
    /// What an owner calls a link: 1 to 60 characters.
    Label, 60
);
line!(
    /// What a guest says when knocking: 1 to 280 characters.
    Note, 280
);
line!(
    /// Why an owner decided as they did: 1 to 280 characters.
    Reason, 280
);

impl Name {
    /// The owner's, where they gave none.
    #[must_use]
    pub fn owner() -> Self {
        Self("Owner".into())
    }

    /// A guest's, where they gave none.
    #[must_use]
    pub fn guest() -> Self {
        Self("Guest".into())
    }

    /// This name with a visible number, shortened where both do not fit: `Ana (2)`.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        let suffix = format!(" ({number})");
        let kept: String = self.0.chars().take(Self::MOST - suffix.len()).collect();
        Self(format!("{}{suffix}", kept.trim_end()).into())
    }

    /// What it has in common with every name that an eye could take for it, with or without an eye for capitals: UTS 39 skeletons, without spaces at
    /// the ends or what is not seen. Two names are alike when they share one of the two.
    #[must_use]
    pub fn guises(&self) -> [Box<str>; 2] {
        let seen: String = self.0.chars().filter(|c| !is_unseen(*c)).collect();
        let (small, skeleton) = (seen.to_lowercase(), |text: &str| unicode_security::skeleton(text).collect::<String>());
        let without_capitals = skeleton(&skeleton(&small).to_lowercase());
        let with_capitals = skeleton(&skeleton(&seen).to_lowercase());
        [without_capitals, with_capitals].map(|guise| guise.trim().into())
    }

    /// The guise under which a name is remembered, where one is enough.
    #[must_use]
    pub fn folded(&self) -> Box<str> {
        let [folded, _] = self.guises();
        folded
    }
}

/// A message's text: 1 to 8,192 bytes and at most 500 lines, kept exactly as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageText(Box<str>);

impl MessageText {
    /// The most bytes it may have.
    pub const MOST_BYTES: usize = 8_192;
    /// The most lines it may have.
    pub const MOST_LINES: usize = 500;

    /// Reads what somebody typed; says what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        refuse(text.is_empty(), || "must not be empty".into())?;
        refuse(text.len() > Self::MOST_BYTES, || format!("must have at most {} bytes", Self::MOST_BYTES))?;
        // Each line but the last has a byte that ends it.
        refuse(text.len() >= Self::MOST_LINES && lines(text) > Self::MOST_LINES, || format!("must have at most {} lines", Self::MOST_LINES))?;
        everywhere(text)?;
        refuse(!text.chars().any(is_shown), || NOTHING_SEEN.into())?;
        Ok(Self(text.into()))
    }

    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A client's own name for a message it sent: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRef(Box<str>);

impl ClientRef {
    /// The most characters it may have.
    pub const MOST: usize = 64;

    /// Reads it; says what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let fits = (1..=Self::MOST).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        refuse(!fits, || format!("must be 1 to {} visible ASCII characters", Self::MOST))?;
        Ok(Self(text.into()))
    }

    /// As it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const NOTHING_SEEN: &str = "must contain something that can be seen";

fn refuse(wrong: bool, why: impl FnOnce() -> String) -> Result<(), Refusal> {
    if wrong { Err(Refusal(why())) } else { Ok(()) }
}

fn one_line(text: &str, most: usize) -> Result<&str, Refusal> {
    let length = text.chars().count();
    refuse(length == 0 || length > most, || format!("must have 1 to {most} characters"))?;
    let text = text.trim_matches(is_edge);
    everywhere(text)?;
    refuse(text.chars().any(char::is_control), || "must not contain control characters".into())?;
    refuse(text.chars().any(is_line_or_bidi), || "must not contain line separators or bidirectional controls".into())?;
    refuse(text.chars().any(is_unassigned), || "must not contain characters that Unicode gives no meaning".into())?;
    refuse(!text.chars().any(is_shown_in_line), || NOTHING_SEEN.into())?;
    Ok(text)
}

fn everywhere(text: &str) -> Result<(), Refusal> {
    refuse(text.contains('\0'), || "must not contain NUL".into())?;
    if text.is_ascii() {
        return Ok(());
    }
    let mut row = 0;
    for c in text.chars() {
        row = if is_combining_mark(c) { row + 1 } else { 0 };
        refuse(row > MARKS_IN_A_ROW, || format!("must not have more than {MARKS_IN_A_ROW} combining marks in a row"))?;
    }
    Ok(())
}

/// Lines as a reader sees them: whatever breaks a line anywhere counts once, CR LF together.
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
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_in_characters() {
        assert!(Name::parse(&"é".repeat(40)).is_ok());
        for wrong in
            [&"a".repeat(41), "", "  ", "\u{200b}", "a\nb", "a\0b", "a\u{202e}b", "a\u{2028}b", "a\u{1b}[2Jb", &format!("a{}", "\u{301}".repeat(9))]
        {
            assert!(Name::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(Name::parse(&format!("a{}", "\u{301}".repeat(8))).is_ok());
    }

    #[test]
    fn names_have_something_to_see_and_nothing_around_it() {
        for nothing in
            ["\u{1d159}", "\u{301}", " \u{301}", "\u{20e3}", "\u{200f}", " \u{200e} ", "\u{fff9}", "\u{378}", "\u{fdd0}", "a\u{ffff}", "Ben\n"]
        {
            assert!(Name::parse(nothing).is_err(), "{nothing:?}");
        }
        for ben in [" Ben ", "\u{200f}Ben", "Ben\u{200e}", "\u{61c} \u{3000}Ben\u{a0}\u{200e}\u{200f}"] {
            assert_eq!(Name::parse(ben).unwrap().as_str(), "Ben", "{ben:?}");
        }
        assert!(Name::parse("Be\u{200f}n").is_err(), "inside it would turn what stands beside it");
        for seen in ["\u{301}a", "\u{6dd}", "😀", "\u{1fafe}"] {
            assert!(Name::parse(seen).is_ok(), "{seen:?}");
        }
    }

    #[test]
    fn names_that_look_alike_share_a_guise() {
        let alike = |one: &str, other: &str| {
            let (one, other) = (Name::parse(one).unwrap().guises(), Name::parse(other).unwrap().guises());
            one.iter().any(|guise| other.contains(guise))
        };
        for owner in ["Оwner", "owner\u{200b}", "OWNER", "0wner", " owner ", "\u{ff2f}wner"] {
            assert!(alike(owner, "Owner"), "{owner:?}");
        }
        assert!(alike("\u{412}en", "Ben"), "a capital that looks like another only as a capital");
        assert!(alike("ALI", "ali"));
        assert!(!alike("Ana", "Ben"));
    }

    #[test]
    fn a_numbered_name_still_fits() {
        let long = Name::parse(&"x".repeat(40)).unwrap().numbered(12);
        assert_eq!(long.as_str().chars().count(), 40);
        assert!(long.as_str().ends_with("x (12)"));
    }

    #[test]
    fn message_text_has_bytes_and_lines() {
        assert!(MessageText::parse(&"é".repeat(4_096)).is_ok());
        assert!(MessageText::parse(&"é".repeat(4_097)).is_err());
        assert!(MessageText::parse(&format!("{}x", "\r\n".repeat(499))).is_ok());
        assert!(MessageText::parse(&format!("{}x", "\n".repeat(500))).is_err());
        assert!(MessageText::parse("\r\u{202e}data: \u{2028}").is_ok(), "what got 201 arrives unchanged");
    }
    #[test]
    fn a_message_shows_something() {
        for nothing in
            [" ", "\r\n", "\t \n", "\u{200b}", "\u{2800}", "\u{3164}", "\u{200f}\u{202e}", "\u{2028}\u{85}", "\u{fe0f}", "\u{feff}\u{2060}"]
        {
            assert_eq!(MessageText::parse(nothing), Err(Refusal(NOTHING_SEEN.into())), "{nothing:?}");
        }
        for something in [".", " \n.", "\u{301}", "\u{600}", "\u{200f}ש", "👍", "\u{378}"] {
            assert_eq!(MessageText::parse(something).unwrap().as_str(), something);
        }
    }
}
