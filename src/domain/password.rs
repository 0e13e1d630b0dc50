//! Passwords: which may be chosen, in one Unicode form, and their hashes (API 3, *Password*; SEC-040).

use std::fmt;
use std::sync::{Arc, LazyLock};

use unicode_normalization::UnicodeNormalization as _;

use super::email::EmailAddress;
use super::text::InvalidText;
use super::username::Username;

/// The commonest passwords of 8 and more characters, in lower case and sorted; mostly from the frequency lists of zxcvbn.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// The name of this program.
const PRODUCT: &str = "parlor";

/// A password in Unicode normalisation form C. `Debug` prints nothing of it.
#[derive(Clone)]
pub struct Password(Box<str>);

impl Password {
    /// The minimum length in characters.
    pub const MIN_CHARS: usize = 8;
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 1_024;

    /// Parses a password that somebody chooses for the account with this username and address.
    pub fn parse_new(text: &str, username: &Username, email: Option<&EmailAddress>) -> Result<Self, InvalidText> {
        let invalid = |why: &str| Err(InvalidText(why.into()));
        let Some(password) = Self::normalized(text) else {
            return Err(InvalidText(format!("must have at most {} bytes", Self::MAX_BYTES)));
        };
        if password.0.chars().count() < Self::MIN_CHARS {
            return Err(InvalidText(format!("must have at least {} characters", Self::MIN_CHARS)));
        }
        if password.0.contains('\0') {
            return invalid("must not contain NUL");
        }
        let lowered = password.0.to_lowercase();
        if lowered == username.as_str() {
            return invalid("must not be your username");
        }
        if email.is_some_and(|email| lowered == email.as_str() || lowered == email.local_part()) {
            return invalid("must not be your e-mail address");
        }
        if lowered.trim_matches(|c: char| !c.is_alphabetic()) == PRODUCT {
            return invalid("must not be the name of this service");
        }
        if COMMON.binary_search(&lowered.as_str()).is_ok() {
            return invalid("must not be one of the most common passwords, which are the first to be guessed");
        }
        Ok(password)
    }

    /// Parses a password to be compared with an account's: `None` if it is empty or too long to be anybody's.
    #[must_use]
    pub fn parse_attempt(text: &str) -> Option<Self> {
        if text.is_empty() { None } else { Self::normalized(text) }
    }

    /// Returns the secret bytes, to be hashed.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Normalises a text, unless it is too long before or after.
    fn normalized(text: &str) -> Option<Self> {
        let fits = |text: &str| text.len() <= Self::MAX_BYTES;
        fits(text).then(|| text.nfc().collect::<String>()).filter(|text| fits(text)).map(|text| Self(text.into()))
    }
}

/// Prints nothing of the password.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The hash of a password with its salt and parameters, as a PHC string. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Arc<str>);

impl PasswordHash {
    /// Wraps a PHC string, as it was made or stored.
    #[must_use]
    pub fn from_phc(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the PHC string, for the store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints nothing of the hash, since passwords can be guessed with it.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Result<Password, InvalidText> {
        let email = EmailAddress::parse("ana.banana@example.org").unwrap();
        Password::parse_new(text, &Username::parse("bananarama-9").unwrap(), Some(&email))
    }

    #[test]
    fn a_password_has_8_characters_to_1024_bytes() {
        for right in ["tr0mbone", "        ", "пароль я", "😀😀😀😀😀😀😀!", &"ab".repeat(32), &"ab".repeat(512)] {
            assert_eq!(chosen(right).unwrap().expose(), right.as_bytes());
        }
        for wrong in ["", "tr0mbon", "😀😀😀😀😀😀😀", "tr0mbone\0", &format!("{}a", "ab".repeat(512)), &"é".repeat(513)] {
            assert!(chosen(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_is_the_same_however_it_was_typed() {
        let (composed, decomposed) = ("caf\u{e9} cr\u{e8}me", "cafe\u{301} cre\u{300}me");
        assert_eq!(chosen(composed).unwrap().expose(), chosen(decomposed).unwrap().expose());
        assert_eq!(Password::parse_attempt(decomposed).unwrap().expose(), composed.as_bytes());
        assert!(chosen(&"e\u{301}".repeat(7)).is_err(), "seven characters, each typed as two");
        assert!(chosen(&"e\u{301}".repeat(342)).is_err(), "too long before it is normalised");
        assert!(chosen(&"\u{958}".repeat(341)).is_err(), "too long after it is normalised");
        assert!(Password::parse_attempt(&"\u{958}".repeat(341)).is_none());
    }

    #[test]
    fn the_commonest_passwords_are_refused_in_any_case() {
        let known = ["password1", "12345678", "qwertyuiop", "iloveyou", "Password", "PASSWORD1", "football", "1qaz2wsx", "passw0rd", "jennifer"];
        for common in known.into_iter().chain(["aaaaaaaa", "00000000", "abcdefgh", "87654321", "administrator", "qwerty123", "trustno1"]) {
            let InvalidText(reason) = chosen(common).unwrap_err();
            assert!(reason.contains("common"), "{common}: {reason}");
        }
        assert!(chosen("password1 and more").is_ok());
    }

    #[test]
    fn the_list_of_common_passwords_can_be_searched() {
        assert!(COMMON.len() >= 3_000);
        assert!(COMMON.is_sorted_by(|one, next| one < next));
        assert!(COMMON.iter().all(|common| common.chars().count() >= Password::MIN_CHARS && common.to_lowercase() == **common));
    }

    #[test]
    fn a_password_is_not_what_everybody_knows_of_the_account() {
        for known in ["bananarama-9", "BananaRama-9", "ana.banana", "Ana.Banana@Example.org", "parlor99", "!Parlor!", "12parlor"] {
            let InvalidText(reason) = chosen(known).unwrap_err();
            assert!(reason.starts_with("must not be ") && !reason.contains("common"), "{known}: {reason}");
        }
        assert!(chosen("bananarama-9 x").is_ok() && chosen("parlors and parlors").is_ok());
        assert!(Password::parse_new("ana.banana", &Username::parse("ana").unwrap(), None).is_ok());
    }

    #[test]
    fn signing_in_knows_no_policy_but_the_length() {
        assert!(Password::parse_attempt("x").is_some() && Password::parse_attempt("password1").is_some());
        assert!(Password::parse_attempt(&"x".repeat(1_024)).is_some());
        assert!(Password::parse_attempt("").is_none() && Password::parse_attempt(&"x".repeat(1_025)).is_none());
    }

    #[test]
    fn passwords_and_hashes_print_nothing() {
        assert_eq!(format!("{:?}", chosen("tr0mbone").unwrap()), "Password(…)");
        assert_eq!(format!("{:?}", PasswordHash::from_phc("$argon2id$")), "PasswordHash(…)");
        assert_eq!(PasswordHash::from_phc("$argon2id$").as_str(), "$argon2id$");
    }
}
