//! Ids as they appear in URLs, headers and logs: their length and how they are parsed.
//!
//! Chat ids and link ids are capabilities: 256 and 160 bits from the operating system's generator, in base64url without padding.

use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::random::RandomSource;
pub use super::uuid_id::{AccountId, FriendRequestId, KnockId, PushSubscriptionId, ReportId, SessionId, WebhookId};
use super::uuid_id::{parse_uuid, random_uuid};

/// A fixed number of random bytes, encoded in base64url without padding.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $chars:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// The value that malformed ids parse to. It is never assigned, so that a malformed id follows the same path as an unknown one.
            pub const NIL: Self = Self([0; $bytes]);
            /// The length of the encoded form, in characters.
            pub const CHARS: usize = $chars;

            /// Generates a random id.
            #[must_use]
            pub fn random(random: &dyn RandomSource) -> Self {
                let mut bytes = [0; $bytes];
                random.fill(&mut bytes);
                Self(bytes)
            }

            /// Parses the encoded form; anything else yields [`Self::NIL`].
            #[must_use]
            pub fn parse_or_nil(text: &str) -> Self {
                let mut bytes = [0; $bytes];
                match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
                    Ok($bytes) if text.len() == $chars => Self(bytes),
                    _ => Self::NIL,
                }
            }

            /// Parses an id that was pasted with trailing characters that no id contains, percent-encoded or not, and surrounding white space.
            ///
            /// Any further id character yields [`Self::NIL`].
            #[must_use]
            pub fn parse_pasted(text: &str) -> Self {
                let text = text.trim();
                match text.split_at_checked($chars) {
                    Some((id, rest)) if !has_id_characters(rest.as_bytes()) => Self::parse_or_nil(id),
                    _ => Self::NIL,
                }
            }

            /// Returns the raw bytes, for hashing and for selecting a shard.
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

        /// Hashes the first eight bytes, which distinguish random ids as well as all of them do.
        impl Hash for $name {
            fn hash<H: Hasher>(&self, hasher: &mut H) {
                let mut first = [0; 8];
                first.copy_from_slice(&self.0[..8]);
                hasher.write_u64(u64::from_ne_bytes(first));
            }
        }

        /// Prints nothing of the id, since knowing it grants access.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

random_id!(
    /// Identifies a chat: 32 random bytes, 43 characters. Callers without access cannot tell an existing chat from a nonexistent one.
    ChatId, 32, 43
);
random_id!(
    /// Identifies a link: 20 random bytes, 27 characters. Anyone who has a live one may knock.
    LinkId, 20, 27
);
random_id!(
    /// A stream ticket: 20 random bytes, 27 characters. It appears in a URL, so it opens one stream and nothing else.
    TicketId, 20, 27
);

/// Authenticates a person in a chat: the owner's `author_id` or a guest's `client_id`, a version 4 UUID.
///
/// It is shown to its holder only; `Debug` prints nothing of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Credential(Uuid);

impl Credential {
    /// Generates a random credential.
    #[must_use]
    pub fn random(random: &dyn RandomSource) -> Self {
        Self(random_uuid(random))
    }

    /// Parses the text form, 36 characters with hyphens.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse_uuid(text).map(Self)
    }

    /// Returns the secret value, for its holder only.
    #[must_use]
    pub const fn expose(&self) -> Uuid {
        self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// Identifies a member within a chat, counted from 1 (the owner) in the order of admission. It is not a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub u32);

impl MemberId {
    /// The value that malformed ids parse to; no member has it.
    pub const NONE: Self = Self(0);
    /// The owner of every chat.
    pub const OWNER: Self = Self(1);

    /// Parses a decimal number without sign or leading zeros; anything else yields [`Self::NONE`].
    #[must_use]
    pub fn parse_or_none(text: &str) -> Self {
        match text.parse() {
            Ok(number) if !text.starts_with(['0', '+']) => Self(number),
            _ => Self::NONE,
        }
    }
}

/// The numbering that a position belongs to. It changes when a chat's sequence numbers start anew, so that old cursors are detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(u32);

impl Epoch {
    /// The numbering of the logs of accounts, which have one for as long as the account exists.
    pub const OF_ACCOUNTS: Self = Self(0);

    /// Generates a random epoch.
    #[must_use]
    pub fn random(random: &dyn RandomSource) -> Self {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        Self(u32::from_be_bytes(bytes))
    }

    /// Parses the text form, eight lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        plain.then(|| u32::from_str_radix(text, 16).ok().map(Self)).flatten()
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// Returns true if `text` contains an id character, percent-encoded or not.
fn has_id_characters(mut text: &[u8]) -> bool {
    let is_id_character = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let [first, rest @ ..] = text {
        let decoded = match text {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        if is_id_character(decoded.unwrap_or(*first)) {
            return true;
        }
        text = if decoded.is_some() { &text[3..] } else { rest };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_exactly_an_id_is_nowhere() {
        let id = ChatId::random(&crate::domain::random::SystemRandom);
        let text = id.to_string();
        assert_eq!(text.len(), ChatId::CHARS);
        assert_eq!(ChatId::parse_or_nil(&text), id);
        for wrong in ["", "x", &text[1..], &format!("{text}A"), &format!("{text}="), &text.replace(char::is_alphanumeric, "/")] {
            assert_eq!(ChatId::parse_or_nil(wrong), ChatId::NIL, "{wrong}");
        }
    }

    #[test]
    fn what_no_id_has_may_stand_behind_a_pasted_one() {
        let id = LinkId::random(&crate::domain::random::SystemRandom);
        let text = id.to_string();
        for behind in
            ["", ".", ",", ")", ").", "!", "\"", "*", "\u{200b}", "\u{a0}", "…", "。", " ", "\n", "%20", "%E2%80%8B", "%2e%29", "%", "%%20", "/", "~"]
        {
            assert_eq!(LinkId::parse_pasted(&format!("{text}{behind}")), id, "{behind:?}");
            assert_eq!(LinkId::parse_pasted(&format!("  {text}{behind}\t")), id, "{behind:?}");
        }
        for more in ["A", "-", "_", ".A", ".-", " x", "%41", "%2D", "%5f", "%2", "%zz", "%25A", "%E2%80%8Bx", ".json", ";x=1"] {
            assert_eq!(LinkId::parse_pasted(&format!("{text}{more}")), LinkId::NIL, "{more:?}");
        }
        for wrong in
            ["", ".", &text[1..], &format!("{}.", &text[1..]), &format!(".{text}"), &format!("{}é", &text[..26]), &format!("{}%41", &text[..26])]
        {
            assert_eq!(LinkId::parse_pasted(wrong), LinkId::NIL, "{wrong:?}");
        }
    }

    #[test]
    fn the_same_id_is_not_written_in_two_ways() {
        let zero = "A".repeat(26);
        assert_eq!(LinkId::parse_or_nil(&format!("{zero}B")), LinkId::NIL, "the spare bits of the last character must be zero");
    }

    #[test]
    fn secrets_print_nothing() {
        let secret = Credential::random(&crate::domain::random::SystemRandom);
        assert!(!format!("{secret:?}").contains(&secret.expose().to_string()));
    }
}
