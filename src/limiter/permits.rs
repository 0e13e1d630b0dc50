//! Permits per key: a semaphore for each key, such as the connections of an address.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// Permits per key, up to a maximum for each. Keys without permits use no memory.
pub struct KeyedPermits<K> {
    max: Option<u32>,
    held: Mutex<HashMap<K, u32>>,
}

impl<K> fmt::Debug for KeyedPermits<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedPermits").field("max", &self.max).finish_non_exhaustive()
    }
}

impl<K: Copy + Eq + Hash> KeyedPermits<K> {
    /// Creates permits with at most `max` per key; `None` means unlimited.
    #[must_use]
    pub fn new(max: Option<u32>) -> Arc<Self> {
        Arc::new(Self { max, held: Mutex::default() })
    }

    /// Returns a permit for `key`, or `None` if it has the maximum.
    #[must_use]
    pub fn try_acquire(self: &Arc<Self>, key: K) -> Option<Permit<K>> {
        if let Some(max) = self.max {
            let mut held = self.held.lock();
            let count = held.entry(key).or_default();
            if *count >= max {
                return None;
            }
            *count += 1;
        }
        Some(Permit { permits: self.clone(), key })
    }
}

/// A permit. Dropping it releases it.
#[derive(Debug)]
pub struct Permit<K: Copy + Eq + Hash> {
    permits: Arc<KeyedPermits<K>>,
    key: K,
}

impl<K: Copy + Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        if self.permits.max.is_none() {
            return;
        }
        let mut held = self.permits.held.lock();
        match held.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                held.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_that_is_given_back_is_free_again() {
        let permits = KeyedPermits::new(Some(2));
        let (first, second) = (permits.try_acquire(1), permits.try_acquire(1));
        assert!(first.is_some() && second.is_some() && permits.try_acquire(1).is_none() && permits.try_acquire(2).is_some());
        drop(first);
        assert!(permits.try_acquire(1).is_some());
        drop(second);
        assert!(permits.held.lock().is_empty(), "keys without permits are forgotten");
    }
}
