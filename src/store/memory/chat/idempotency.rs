//! Cache of idempotency keys with the results of their first requests.

use std::collections::{HashMap, VecDeque};

use crate::domain::clock::Timestamp;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::limits::{IDEMPOTENCY_KEY_LIFETIME, MAX_IDEMPOTENCY_KEYS};
use crate::store::memory::allocation::{MemoryCost, block, table, vec};

#[derive(Debug)]
struct StoredResult<R> {
    body: [u8; 32],
    until: Timestamp,
    result: R,
}

/// Keys in the order in which they expire.
#[derive(Debug)]
struct Table<R> {
    results: HashMap<[u8; 32], StoredResult<R>>,
    order: VecDeque<(Timestamp, [u8; 32])>,
    result_bytes: u64,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { results: HashMap::new(), order: VecDeque::new(), result_bytes: 0 }
    }
}

/// The keys of a chat or of the node. Most chats have none, which costs one null pointer.
#[derive(Debug)]
pub(in crate::store::memory) struct IdempotencyCache<R>(Option<Box<Table<R>>>);

impl<R> Default for IdempotencyCache<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> IdempotencyCache<R> {
    /// Creates an empty cache.
    pub(in crate::store::memory) const fn new() -> Self {
        Self(None)
    }

    /// Returns true if it holds nothing.
    pub(in crate::store::memory) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

/// Why a keyed request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::memory) enum KeyError {
    Reused,
    TooMany,
}

/// Implements the conversion of a [`KeyError`] into the error type of a store method.
macro_rules! impl_from_key_error {
    ($error:ty) => {
        impl From<$crate::store::memory::chat::idempotency::KeyError> for $error {
            fn from(error: $crate::store::memory::chat::idempotency::KeyError) -> Self {
                match error {
                    $crate::store::memory::chat::idempotency::KeyError::Reused => Self::KeyReused,
                    $crate::store::memory::chat::idempotency::KeyError::TooMany => Self::TooManyKeys,
                }
            }
        }
    };
}
pub(in crate::store::memory) use impl_from_key_error;

impl<R: Clone + MemoryCost> IdempotencyCache<R> {
    /// Returns the result of the first request with this key, if there was one.
    pub(in crate::store::memory) fn lookup(&mut self, key: Option<&IdempotencyKey>, now: Timestamp) -> Result<Option<R>, KeyError> {
        let Some(key) = key else { return Ok(None) };
        self.expire(now);
        let Some(cache) = &self.0 else { return Ok(None) };
        match cache.results.get(&key.scope) {
            Some(stored) if stored.body == key.body => Ok(Some(stored.result.clone())),
            Some(_) => Err(KeyError::Reused),
            None if cache.order.len() >= MAX_IDEMPOTENCY_KEYS => Err(KeyError::TooMany),
            None => Ok(None),
        }
    }

    /// Stores the result of the first request with this key.
    pub(in crate::store::memory) fn insert(&mut self, key: Option<&IdempotencyKey>, result: impl FnOnce() -> R, now: Timestamp) {
        if let Some(key) = key {
            let cache = self.0.get_or_insert_default();
            let until = now + IDEMPOTENCY_KEY_LIFETIME;
            let result = result();
            cache.result_bytes += result.bytes();
            cache.results.insert(key.scope, StoredResult { body: key.body, until, result });
            cache.order.push_back((until, key.scope));
        }
    }

    /// Drops expired keys.
    pub(in crate::store::memory) fn expire(&mut self, now: Timestamp) {
        let Some(cache) = &mut self.0 else { return };
        while let Some((until, scope)) = cache.order.front() {
            if *until > now {
                break;
            }
            if cache.results.get(scope).is_some_and(|stored| stored.until <= now) {
                cache.result_bytes -= cache.results.remove(scope).map_or(0, |stored| stored.result.bytes());
            }
            cache.order.pop_front();
        }
        if cache.order.is_empty() {
            self.0 = None;
        }
    }

    /// Returns when the next key expires.
    pub(in crate::store::memory) fn due(&self) -> Timestamp {
        self.0.as_ref().and_then(|cache| cache.order.front()).map_or(Timestamp::NEVER, |(until, _)| *until)
    }

    /// Drops one key if its result satisfies the predicate.
    pub(in crate::store::memory) fn forget(&mut self, scope: &[u8; 32], matches: impl Fn(&R) -> bool) {
        let Some(cache) = &mut self.0 else { return };
        if cache.results.get(scope).is_some_and(|stored| matches(&stored.result)) {
            cache.result_bytes -= cache.results.remove(scope).map_or(0, |stored| stored.result.bytes());
        }
    }

    /// Changes stored results, whose size stays the same.
    pub(in crate::store::memory) fn replace(&mut self, change: impl FnMut(&mut R)) {
        if let Some(cache) = &mut self.0 {
            cache.results.values_mut().map(|stored| &mut stored.result).for_each(change);
        }
    }

    /// Drops the keys whose results do not satisfy `keep`, such as those of a former member.
    pub(in crate::store::memory) fn retain(&mut self, keep: impl Fn(&R) -> bool) {
        let Some(cache) = &mut self.0 else { return };
        cache.results.retain(|_, stored| keep(&stored.result));
        cache.result_bytes = cache.results.values().map(|stored| stored.result.bytes()).sum();
    }

    /// Returns the memory the keys use, in bytes.
    pub(in crate::store::memory) fn memory_bytes(&self) -> u64 {
        self.0.as_ref().map_or(0, |cache| {
            let lists = table::<([u8; 32], StoredResult<R>)>(cache.results.capacity()) + vec::<(Timestamp, [u8; 32])>(cache.order.capacity());
            block(size_of::<Table<R>>()) + lists + cache.result_bytes
        })
    }
}
