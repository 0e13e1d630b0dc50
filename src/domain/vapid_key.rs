//! The key by which push services recognize this server (VAPID, RFC 8292).

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::random::RandomSource;

/// Padding is optional, since those who generate a key may leave it out.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The order of the group of P-256: private keys are below it.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9,
    0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A private key of P-256. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct VapidKey([u8; 32]);

impl VapidKey {
    /// Generates a random key.
    #[must_use]
    pub fn random(random: &dyn RandomSource) -> Self {
        loop {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            if is_private_key(&bytes) {
                return Self(bytes);
            }
        }
    }

    /// Parses a private key as tools print it: 32 bytes in base64url, or in base64. The error does not repeat the text.
    ///
    /// # Errors
    /// A line for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bytes = URL_SAFE.decode(text).or_else(|_| STANDARD.decode(text)).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.filter(is_private_key).map(Self).ok_or_else(|| "must be a private key of P-256: 32 bytes in base64url".into())
    }

    /// Returns the private key.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Returns true for a number from 1 to the order.
fn is_private_key(bytes: &[u8; 32]) -> bool {
    bytes.iter().any(|byte| *byte != 0) && *bytes < ORDER
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn a_key_is_a_private_key_of_the_curve_in_base64() {
        let key = [0xfb; 32];
        for text in [URL_SAFE.encode(key), STANDARD.encode(key), URL_SAFE.encode(key).trim_end_matches('=').to_owned()] {
            assert_eq!(VapidKey::parse(&text).unwrap().expose(), &key);
        }
        let mut last = ORDER;
        last[31] -= 1;
        assert!(VapidKey::parse(&URL_SAFE.encode(last)).is_ok());
        for wrong in [&[0; 32][..], &ORDER, &[0xff; 32], &[1; 31], &[1; 33], &[]] {
            assert!(VapidKey::parse(&URL_SAFE.encode(wrong)).is_err());
        }
        assert!(VapidKey::parse("no key").is_err());
    }

    #[test]
    fn keys_print_nothing() {
        assert_eq!(format!("{:?}", VapidKey::random(&SystemRandom)), "VapidKey(…)");
    }
}
