//! Permits: how many of something each key may have at one time, such as connections of an address.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// Permits for every key, up to a maximum each. Keys without permits take no memory.
pub struct KeyedPermits<K> {
    most: Option<u32>,
    held: Mutex<HashMap<K, u32>>,
}

impl<K> fmt::Debug for KeyedPermits<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedPermits").field("most", &self.most).finish_non_exhaustive()
    }
}

impl<K: Copy + Eq + Hash> KeyedPermits<K> {
    /// At most `most` for each key; without a number, without limit.
    #[must_use]
    pub fn new(most: Option<u32>) -> Arc<Self> {
        Arc::new(Self { most, held: Mutex::default() })
    }

    /// One more permit for `key`, unless it has as many as it may.
    #[must_use]
    pub fn try_acquire(self: &Arc<Self>, key: K) -> Option<Permit<K>> {
        if let Some(most) = self.most {
            let mut held = self.held.lock();
            let count = held.entry(key).or_default();
            if *count >= most {
                return None;
            }
            *count += 1;
        }
        Some(Permit { permits: self.clone(), key })
    }
}

/// A permit. Dropping it gives it back.
#[derive(Debug)]
pub struct Permit<K: Copy + Eq + Hash> {
    permits: Arc<KeyedPermits<K>>,
    key: K,
}

impl<K: Copy + Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        if self.permits.most.is_none() {
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
