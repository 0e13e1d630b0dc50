//! Secret tokens: 32 random bytes, 43 characters, kept by the server as SHA-256 digests only (SEC-046).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::random::RandomSource;

/// The length in bytes.
const BYTES: usize = 32;

/// The SHA-256 digest of a token. It finds a token, and does not reveal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenDigest(pub [u8; 32]);

/// A secret of 32 bytes, encoded in base64url without padding.
macro_rules! secret_token {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name([u8; BYTES]);

        impl $name {
            /// The length of the encoded form, in characters.
            pub const CHARS: usize = 43;

            /// Generates a random token.
            #[must_use]
            pub fn random(random: &dyn RandomSource) -> Self {
                let mut bytes = [0; BYTES];
                random.fill(&mut bytes);
                Self(bytes)
            }

            /// Returns the token with these bytes, which must be as hard to guess as random ones.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; BYTES]) -> Self {
                Self(bytes)
            }

            /// Parses the encoded form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let mut bytes = [0; BYTES];
                match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
                    Ok(BYTES) if text.len() == Self::CHARS => Some(Self(bytes)),
                    _ => None,
                }
            }

            /// Returns the digest, under which the token is kept.
            #[must_use]
            pub fn digest(&self) -> TokenDigest {
                TokenDigest(Sha256::digest(self.0).into())
            }
        }

        /// Writes the secret, for its holder only.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        /// Prints nothing of the token, since knowing it grants access.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret_token!(
    /// Continues a session: it is exchanged for an access token and its own successor.
    RefreshToken
);
secret_token!(
    /// Proves that its holder reads an address: it is sent by mail to verify the address or to set a new password.
    MailToken
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn a_token_is_read_as_it_is_written_and_in_no_other_form() {
        let token = RefreshToken::random(&SystemRandom);
        let text = token.to_string();
        assert_eq!(text.len(), RefreshToken::CHARS);
        assert_eq!(RefreshToken::parse(&text), Some(token));
        let spare_bits = format!("{}B", "A".repeat(42));
        for wrong in ["", "x", &text[1..], &format!("{text}A"), &format!("{text}="), &"é".repeat(21), &"/".repeat(43), &spare_bits] {
            assert_eq!(RefreshToken::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_kept_as_the_digest_of_its_bytes() {
        let digest = MailToken::from_bytes([0; 32]).digest().0;
        assert_eq!(digest[..4], [0x66, 0x68, 0x7a, 0xad], "SHA-256 of 32 zero bytes");
        assert_ne!(MailToken::random(&SystemRandom).digest(), MailToken::random(&SystemRandom).digest());
    }

    #[test]
    fn tokens_print_nothing() {
        assert_eq!(format!("{:?}", RefreshToken::random(&SystemRandom)), "RefreshToken(…)");
        assert_eq!(format!("{:?}", MailToken::random(&SystemRandom)), "MailToken(…)");
    }
}
