//! A short digest: stands for a text that must not be kept, such as a name or an address.

use sha2::{Digest as _, Sha256};

/// The first 128 bits of the SHA-256 digest. Two texts practically never share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShortDigest([u8; 16]);

impl ShortDigest {
    /// Computes the digest of `bytes`.
    #[must_use]
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let mut first = [0; 16];
        first.copy_from_slice(&Sha256::digest(bytes)[..16]);
        Self(first)
    }
}
