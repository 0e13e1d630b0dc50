//! A search term: what somebody looks for among the names of accounts.

use super::text::{InvalidText, Name};

/// 2 to 40 characters, compared in lower case with the beginnings of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerm(Box<str>);

impl SearchTerm {
    /// The minimum length in characters: a shorter one would list most accounts.
    pub const MIN_CHARS: usize = 2;

    /// Parses user input, trimming surrounding spaces.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let name = Name::parse(text)?;
        if name.as_str().chars().count() < Self::MIN_CHARS {
            return Err(InvalidText(format!("must have at least {} characters", Self::MIN_CHARS)));
        }
        Ok(Self(name.as_str().to_lowercase().into()))
    }

    /// Returns the term in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
