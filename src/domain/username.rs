//! Usernames: the unique names of accounts, and those that nobody may have.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use super::text::{InvalidText, Name};

/// Names that would pass for the server, its operators or a group of people.
const RESERVED: &str = "\
    abuse account accounts admin administrator administrators admins all anonymous api author billing bot bots channel channels chat chats \
    contact current daemon deleted deletedaccount docs everybody everyone feedback friend friends group groups guest guests help helpdesk here \
    host hostmaster info instance localhost login logout mail mailerdaemon me member members metrics mod moderation moderator moderators mods \
    myself news nobody noreply notification notifications null official operator operators owner owners parlor parlorbot parlorteam parlour \
    password postmaster privacy register report reports root security self server service services session sessions settings signin signout \
    signup somebody someone staff status superuser support sysadmin sysop system team teams undefined unknown user username users visitor \
    visitors webhook webhooks webmaster you";

/// An account's name: 2 to 32 lower-case letters, digits, and single separators between them. It is public, unique and final.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(Arc<str>);

impl Username {
    /// The minimum length in characters.
    pub const MIN_CHARS: usize = 2;
    /// The maximum length in characters.
    pub const MAX_CHARS: usize = 32;

    /// Parses user input of any case, and lowers it.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let invalid = |why: &str| Err(InvalidText(why.into()));
        let bytes = text.as_bytes();
        if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || is_separator(*byte)) {
            return invalid("must consist of the letters a to z, digits, dots, underscores and hyphens");
        }
        if !(Self::MIN_CHARS..=Self::MAX_CHARS).contains(&bytes.len()) {
            return Err(InvalidText(format!("must have {} to {} characters", Self::MIN_CHARS, Self::MAX_CHARS)));
        }
        if [bytes.first(), bytes.last()].into_iter().flatten().any(|byte| is_separator(*byte)) {
            return invalid("must start and end with a letter or a digit");
        }
        if bytes.windows(2).any(|pair| is_separator(pair[0]) && is_separator(pair[1])) {
            return invalid("must not have two dots, underscores or hyphens in a row");
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// Returns the name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the display name of an account that has none of its own.
    ///
    /// # Panics
    /// Never: every username is a name.
    #[must_use]
    pub fn as_name(&self) -> Name {
        Name::parse(&self.0).expect("a username is a name of one line")
    }

    /// Returns true if nobody may have this name: it reads like a reserved word, without separators and with digits that stand for letters.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        let letters: Vec<u8> = self.0.bytes().filter(|byte| !is_separator(*byte)).collect();
        RESERVED.split(' ').any(|word| word.len() == letters.len() && word.bytes().zip(&letters).all(|(letter, byte)| reads_as(*byte, letter)))
    }
}

/// Usernames compare as their texts do.
impl Borrow<str> for Username {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'_' | b'-')
}

/// Returns true if `byte` is this letter, or a digit that stands for it.
const fn reads_as(byte: u8, letter: u8) -> bool {
    byte == letter || matches!((byte, letter), (b'0', b'o') | (b'1', b'l' | b'i') | (b'3', b'e') | (b'4', b'a') | (b'5', b's') | (b'7', b't'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_lowered_and_nothing_else() {
        for (text, name) in [("ana", "ana"), ("Ana.B_c-9", "ana.b_c-9"), ("42", "42"), ("A1", "a1"), (&"X".repeat(32), &"x".repeat(32))] {
            assert_eq!(Username::parse(text).unwrap().as_str(), name);
            assert_eq!(Username::parse(text).unwrap().to_string(), name);
        }
    }

    #[test]
    fn a_username_has_a_narrow_form() {
        let long = "x".repeat(33);
        let wrong = ["", "a", &long, " ana", "ana ", "a na", "ana\n", "a\0b", "añb", "\u{430}na", "\u{212a}ai", "ana@b", "a/b", "a%62"];
        let separators = [".ana", "ana.", "-ana", "ana_", "a..b", "a.-b", "a__b", "--", "._", "a-"];
        for wrong in wrong.into_iter().chain(separators) {
            let InvalidText(reason) = Username::parse(wrong).unwrap_err();
            assert!(reason.starts_with("must "), "{wrong:?}: {reason}");
        }
    }

    #[test]
    fn what_reads_like_a_reserved_word_is_reserved() {
        let reserved = |text: &str| Username::parse(text).unwrap().is_reserved();
        let plain = ["admin", "root", "support", "system", "owner", "parlor", "me", "everyone", "deleted", "moderator", "guest", "noreply", "here"];
        let disguised = ["ADMIN", "a.d-m_i.n", "4dm1n", "adm1n1strat0r", "0wn3r", "5upp0r7", "5y57em", "p4r10r", "pa-r1or", "m3", "3veryone", "a11"];
        for name in plain.into_iter().chain(disguised).chain(["off1c1a1", "1nf0", "de1eted", "n0-rep1y"]) {
            assert!(reserved(name), "{name}");
        }
        for name in ["ana", "admina", "adm2n", "ro0t1", "parl", "m-e-g", "42", "6uest", "mee", "owne"] {
            assert!(!reserved(name), "{name}");
        }
    }

    #[test]
    fn reserved_words_are_sorted_and_plain() {
        let words: Vec<&str> = RESERVED.split(' ').collect();
        assert!(words.len() > 100 && words.is_sorted());
        assert!(words.iter().all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())));
    }
}
