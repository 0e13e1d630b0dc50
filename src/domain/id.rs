//! Ids as they stand in addresses, in headers, in logs: how long they are, how they are read.
//!
//! A chat's and a link's id are capabilities: 256 and 160 bits from the operating system's generator, in base64url without padding.

use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::dice::Dice;

/// A fixed number of random bytes, written in base64url without padding.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $chars:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// What a text that is no id is read as. It is never given out, so that a malformed id takes the same road as an unknown one.
            pub const NOWHERE: Self = Self([0; $bytes]);
            /// The length of the written form, in characters.
            pub const CHARS: usize = $chars;

            /// A fresh one.
            #[must_use]
            pub fn random(dice: &dyn Dice) -> Self {
                let mut bytes = [0; $bytes];
                dice.fill(&mut bytes);
                Self(bytes)
            }

            /// Reads the written form; whatever is not exactly that form is [`Self::NOWHERE`].
            #[must_use]
            pub fn read(text: &str) -> Self {
                let mut bytes = [0; $bytes];
                match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
                    Ok($bytes) if text.len() == $chars => Self(bytes),
                    _ => Self::NOWHERE,
                }
            }

            /// Reads an id that was pasted with what stood behind it: characters that no id has, percent-encoded or not, and white space around it all.
            /// Whatever has one more character of an id is [`Self::NOWHERE`].
            #[must_use]
            pub fn read_pasted(text: &str) -> Self {
                let text = text.trim();
                match text.split_at_checked($chars) {
                    Some((id, rest)) if !has_id_characters(rest.as_bytes()) => Self::read(id),
                    _ => Self::NOWHERE,
                }
            }

            /// The raw bytes, for hashing and for choosing a shard.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; $chars];
                let length = URL_SAFE_NO_PAD.encode_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
                f.write_str(std::str::from_utf8(&text[..length]).map_err(|_| fmt::Error)?)
            }
        }

        /// Eight bytes tell random ids apart as well as all of them do.
        impl Hash for $name {
            fn hash<H: Hasher>(&self, hasher: &mut H) {
                let mut first = [0; 8];
                first.copy_from_slice(&self.0[..8]);
                hasher.write_u64(u64::from_ne_bytes(first));
            }
        }

        /// Prints nothing of the id: whoever holds it holds what it opens.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

random_id!(
    /// Names a chat: 32 random bytes, 43 characters. Whoever does not belong to the chat cannot tell it from one that never was.
    ChatId, 32, 43
);
random_id!(
    /// Names a link: 20 random bytes, 27 characters. Whoever holds a live one may knock.
    LinkId, 20, 27
);
random_id!(
    /// A stream ticket: 20 random bytes, 27 characters. It stands in a URL, so it opens one stream and nothing else.
    TicketId, 20, 27
);

/// Who somebody is inside a chat: the owner's `author_id` or a guest's `client_id`, a UUID of version 4.
///
/// It is shown to its holder alone; `Debug` prints nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Credential(Uuid);

impl Credential {
    /// A fresh one.
    #[must_use]
    pub fn random(dice: &dyn Dice) -> Self {
        Self(random_uuid(dice))
    }

    /// Reads the written form, 36 characters with hyphens.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        read_uuid(text).map(Self)
    }

    /// The written form, for its holder alone.
    #[must_use]
    pub const fn reveal(&self) -> Uuid {
        self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// Names a knock to the owner. It is public to them, and opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KnockId(Uuid);

impl KnockId {
    /// What a text that is no id is read as.
    pub const NOWHERE: Self = Self(Uuid::nil());

    /// A fresh one.
    #[must_use]
    pub fn random(dice: &dyn Dice) -> Self {
        Self(random_uuid(dice))
    }

    /// Reads the written form; whatever is not that form is [`Self::NOWHERE`].
    #[must_use]
    pub fn read(text: &str) -> Self {
        read_uuid(text).map_or(Self::NOWHERE, Self)
    }

    /// The written form.
    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        self.0
    }
}

/// Names a member inside their chat, counted from 1 (the owner) in the order of admission. It proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub u32);

impl MemberId {
    /// What a text that is no number is read as; nobody has it.
    pub const NOBODY: Self = Self(0);
    /// The owner of every chat.
    pub const OWNER: Self = Self(1);

    /// Reads a decimal number without sign or leading zeros; whatever else is [`Self::NOBODY`].
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text.parse() {
            Ok(number) if !text.starts_with(['0', '+']) => Self(number),
            _ => Self::NOBODY,
        }
    }
}

/// Which numbering a position belongs to. It changes when the numbers of a chat start anew, so that an old cursor is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u32);

impl Epoch {
    /// A fresh one.
    #[must_use]
    pub fn random(dice: &dyn Dice) -> Self {
        let mut bytes = [0; 4];
        dice.fill(&mut bytes);
        Self(u32::from_be_bytes(bytes))
    }

    /// Reads the written form, eight lower-case hexadecimal digits.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let plain = text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        plain.then(|| u32::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Whether a character of an id stands anywhere in it, percent-encoded or not.
fn has_id_characters(mut text: &[u8]) -> bool {
    let part_of_an_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let [first, rest @ ..] = text {
        let coded = match text {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        if part_of_an_id(coded.unwrap_or(*first)) {
            return true;
        }
        text = if coded.is_some() { &text[3..] } else { rest };
    }
    false
}

fn random_uuid(dice: &dyn Dice) -> Uuid {
    let mut bytes = [0; 16];
    dice.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn read_uuid(text: &str) -> Option<Uuid> {
    let hyphenated = text.len() == 36 && text.as_bytes().get(8) == Some(&b'-');
    hyphenated.then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_exactly_an_id_is_nowhere() {
        let id = ChatId::random(&crate::domain::dice::SystemDice);
        let text = id.to_string();
        assert_eq!(text.len(), ChatId::CHARS);
        assert_eq!(ChatId::read(&text), id);
        for wrong in ["", "x", &text[1..], &format!("{text}A"), &format!("{text}="), &text.replace(char::is_alphanumeric, "/")] {
            assert_eq!(ChatId::read(wrong), ChatId::NOWHERE, "{wrong}");
        }
    }

    #[test]
    fn what_no_id_has_may_stand_behind_a_pasted_one() {
        let id = LinkId::random(&crate::domain::dice::SystemDice);
        let text = id.to_string();
        for behind in
            ["", ".", ",", ")", ").", "!", "\"", "*", "\u{200b}", "\u{a0}", "…", "。", " ", "\n", "%20", "%E2%80%8B", "%2e%29", "%", "%%20", "/", "~"]
        {
            assert_eq!(LinkId::read_pasted(&format!("{text}{behind}")), id, "{behind:?}");
            assert_eq!(LinkId::read_pasted(&format!("  {text}{behind}\t")), id, "{behind:?}");
        }
        for more in ["A", "-", "_", ".A", ".-", " x", "%41", "%2D", "%5f", "%2", "%zz", "%25A", "%E2%80%8Bx", ".json", ";x=1"] {
            assert_eq!(LinkId::read_pasted(&format!("{text}{more}")), LinkId::NOWHERE, "{more:?}");
        }
        for wrong in
            ["", ".", &text[1..], &format!("{}.", &text[1..]), &format!(".{text}"), &format!("{}é", &text[..26]), &format!("{}%41", &text[..26])]
        {
            assert_eq!(LinkId::read_pasted(wrong), LinkId::NOWHERE, "{wrong:?}");
        }
    }

    #[test]
    fn the_same_id_is_not_written_in_two_ways() {
        let zero = "A".repeat(26);
        assert_eq!(LinkId::read(&format!("{zero}B")), LinkId::NOWHERE, "the spare bits of the last character must be zero");
    }

    #[test]
    fn secrets_print_nothing() {
        let secret = Credential::random(&crate::domain::dice::SystemDice);
        assert!(!format!("{secret:?}").contains(&secret.reveal().to_string()));
    }
}
