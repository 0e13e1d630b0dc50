//! The keys that sign access tokens (API 3, *Access token*).

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest as _, Sha256};

use super::random::RandomSource;

/// Padding is optional, since those who generate a key may leave it out.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A secret of at least 32 bytes. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey(Arc<[u8]>);

impl TokenKey {
    /// The minimum length in bytes: that of the signature (RFC 7518, 3.2).
    pub const MIN_BYTES: usize = 32;

    /// Generates a random key.
    #[must_use]
    pub fn random(random: &dyn RandomSource) -> Self {
        let mut bytes = [0; Self::MIN_BYTES];
        random.fill(&mut bytes);
        Self(bytes.as_slice().into())
    }

    /// Parses base64 in the standard or the URL-safe alphabet. The error does not repeat the text.
    fn parse(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).map_err(|_| "must be base64")?;
        if bytes.len() < Self::MIN_BYTES {
            return Err(format!("must have at least {} bytes before they are encoded", Self::MIN_BYTES));
        }
        Ok(Self(bytes.into()))
    }

    /// Returns the secret bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the id by which tokens name their key: the start of its digest, in hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> String {
        let [first, second, third, fourth, ..]: [u8; 32] = Sha256::digest(&self.0).into();
        format!("{:08x}", u32::from_be_bytes([first, second, third, fourth]))
    }
}

/// Prints nothing of the key, since knowing it grants access to every account.
impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// One or two keys: the first signs, both verify, so that a key can be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenKeys(Vec<TokenKey>);

impl TokenKeys {
    /// The most keys that verify.
    pub const MAX: usize = 2;

    /// Parses keys separated by a comma.
    ///
    /// # Errors
    /// A line for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        let keys = text.split(',').map(|key| TokenKey::parse(key.trim())).collect::<Result<Vec<_>, _>>()?;
        if keys.len() > Self::MAX {
            return Err("must be one key, or two separated by a comma".into());
        }
        Ok(Self(keys))
    }

    /// Generates one random key.
    #[must_use]
    pub fn random(random: &dyn RandomSource) -> Self {
        Self(vec![TokenKey::random(random)])
    }

    /// Returns the keys, the one that signs first.
    #[must_use]
    pub fn into_vec(self) -> Vec<TokenKey> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn keys_are_base64_of_32_bytes_or_more() {
        let (plain, url_safe) = (STANDARD.encode([0xff; 32]), URL_SAFE.encode([0xff; 32]));
        let long = STANDARD.encode([7; 64]);
        for one in [&plain, &url_safe, &long, plain.trim_end_matches('='), url_safe.trim_end_matches('='), &format!(" {plain}\n")] {
            assert_eq!(TokenKeys::parse(one).unwrap().into_vec().len(), 1, "{one}");
        }
        assert_eq!(TokenKeys::parse(&plain), TokenKeys::parse(&url_safe));
        let two = TokenKeys::parse(&format!("{long}, {plain}")).unwrap().into_vec();
        assert_eq!([two[0].expose(), two[1].expose()], [[7; 64].as_slice(), &[0xff; 32]]);
        let short = STANDARD.encode([0xff; 31]);
        for wrong in [
            "",
            ",",
            &short,
            &format!("{plain},"),
            &format!("{plain},{short}"),
            &[plain.as_str(); 3].join(","),
            "not base64 but long enough to be a key!",
        ] {
            let error = TokenKeys::parse(wrong).unwrap_err();
            assert!(error.starts_with("must be") || error.starts_with("must have at least 32 bytes"), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn a_key_is_named_by_its_digest() {
        assert_eq!(TokenKey([0; 32].as_slice().into()).id(), "66687aad");
        assert_ne!(TokenKey::random(&SystemRandom).id(), TokenKey::random(&SystemRandom).id());
    }

    #[test]
    fn keys_print_nothing() {
        assert_eq!(format!("{:?}", TokenKeys::random(&SystemRandom)), "TokenKeys([TokenKey(…)])");
    }
}
