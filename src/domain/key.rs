//! An idempotency key: a promise that the same request is carried out once (API 1, *Idempotency*).

use sha2::{Digest as _, Sha256};

use super::id::Credential;

/// A request that must not be carried out twice, as two digests: what it is, what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Of credential, method, path, key: equal for a repetition.
    pub scope: [u8; 32],
    /// Of the body: equal for an honest repetition.
    pub body: [u8; 32],
}

impl IdempotencyKey {
    /// The fewest characters of a key where no credential tells callers apart.
    pub const FEWEST_ALONE: usize = 22;
    /// The most characters of a key.
    pub const MOST: usize = 255;

    /// The key `key` of `who`, for `method` on `path` with `body`.
    #[must_use]
    pub fn new(who: Option<Credential>, method: &str, path: &str, key: &str, body: &[u8]) -> Self {
        let mut scope = Sha256::new();
        let who = who.map(|credential| credential.reveal().into_bytes());
        for part in [who.as_ref().map_or(&[][..], |bytes| &bytes[..]), method.as_bytes(), path.as_bytes(), key.as_bytes()] {
            scope.update((part.len() as u64).to_be_bytes());
            scope.update(part);
        }
        Self { scope: scope.finalize().into(), body: Sha256::digest(body).into() }
    }
}

/// What a keyed request answers: what it made, or what the first one with its key had made.
#[derive(Clone, Debug)]
pub struct Once<T> {
    /// What was made.
    pub made: T,
    /// Whether an earlier request had made it.
    pub replayed: bool,
}

impl<T> Once<T> {
    /// Made just now.
    #[must_use]
    pub const fn first(made: T) -> Self {
        Self { made, replayed: false }
    }

    /// Made by an earlier request with the same key.
    #[must_use]
    pub const fn again(made: T) -> Self {
        Self { made, replayed: true }
    }
}
