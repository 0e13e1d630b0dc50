//! Idempotency keys: a request with a key is carried out at most once (API 1, *Idempotency*).

use sha2::{Digest as _, Sha256};

use super::principal::Principal;

/// Identifies a keyed request by two digests: its scope and its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Digest of credential, method, path and key: equal for a retry.
    pub scope: [u8; 32],
    /// Digest of key and body: equal for an unchanged retry. The key keeps a password in the body from being guessed.
    pub body: [u8; 32],
}

impl IdempotencyKey {
    /// The minimum length of a key, in characters, where no credential distinguishes callers.
    pub const MIN_LEN_ANONYMOUS: usize = 22;
    /// The maximum length of a key, in characters.
    pub const MAX_LEN: usize = 255;

    /// Computes the digests of `key`, sent by `who` for `method` on `path` with `body`.
    #[must_use]
    pub fn new(who: Option<Principal>, method: &str, path: &str, key: &str, body: &[u8]) -> Self {
        let mut scope = Sha256::new();
        let who = who.map(|principal| principal.bytes());
        for part in [who.as_ref().map_or(&[][..], |bytes| &bytes[..]), method.as_bytes(), path.as_bytes(), key.as_bytes()] {
            scope.update((part.len() as u64).to_be_bytes());
            scope.update(part);
        }
        Self { scope: scope.finalize().into(), body: Sha256::new().chain_update(key).chain_update(body).finalize().into() }
    }
}

/// The result of a keyed request: created now, or stored from the first request with the same key.
#[derive(Clone, Debug)]
pub struct Idempotent<T> {
    /// The result.
    pub value: T,
    /// True if an earlier request created it.
    pub replayed: bool,
}

impl<T> Idempotent<T> {
    /// Wraps a result created by this request.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self { value, replayed: false }
    }

    /// Wraps a result created by an earlier request with the same key.
    #[must_use]
    pub const fn replayed(value: T) -> Self {
        Self { value, replayed: true }
    }
}
