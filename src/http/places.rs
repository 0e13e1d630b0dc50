//! Places: how many of something each one may have at one time.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// Places for everybody, up to so many each. It remembers nobody who has none.
pub struct Places<K> {
    most: Option<u32>,
    taken: Mutex<HashMap<K, u32>>,
}

impl<K> fmt::Debug for Places<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places").field("most", &self.most).finish_non_exhaustive()
    }
}

impl<K: Copy + Eq + Hash> Places<K> {
    /// So many each; without a number, as many as anybody wants.
    #[must_use]
    pub fn new(most: Option<u32>) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    /// One more place for `who`, unless they have as many as they may.
    #[must_use]
    pub fn take(self: &Arc<Self>, who: K) -> Option<Place<K>> {
        if let Some(most) = self.most {
            let mut taken = self.taken.lock();
            let count = taken.entry(who).or_default();
            if *count >= most {
                return None;
            }
            *count += 1;
        }
        Some(Place { places: self.clone(), who })
    }
}

/// A place. Dropping it is leaving it.
#[derive(Debug)]
pub struct Place<K: Copy + Eq + Hash> {
    places: Arc<Places<K>>,
    who: K,
}

impl<K: Copy + Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        if self.places.most.is_none() {
            return;
        }
        let mut taken = self.places.taken.lock();
        match taken.get_mut(&self.who) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_left_is_free_again() {
        let places = Places::new(Some(2));
        let (first, second) = (places.take(1), places.take(1));
        assert!(first.is_some() && second.is_some() && places.take(1).is_none() && places.take(2).is_some());
        drop(first);
        assert!(places.take(1).is_some());
        drop(second);
        assert!(places.taken.lock().is_empty(), "nobody who left is remembered");
    }
}
