//! Index of a chat's pending knocks, with counts per link and per address on a link.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::domain::client_address::ClientAddress;
use crate::domain::id::LinkId;

/// The numbers of the pending knocks. Counts are maintained so that limits are checked without scanning.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct PendingKnocks {
    numbers: BTreeMap<u64, (LinkId, ClientAddress)>,
    by_link: HashMap<LinkId, usize>,
    by_address: HashMap<(LinkId, ClientAddress), usize>,
}

impl PendingKnocks {
    /// Adds a pending knock.
    pub(in crate::store::memory) fn insert(&mut self, number: u64, link: LinkId, address: ClientAddress) {
        if self.numbers.insert(number, (link, address)).is_none() {
            *self.by_link.entry(link).or_default() += 1;
            *self.by_address.entry((link, address)).or_default() += 1;
        }
    }

    /// Removes a knock that is no longer pending.
    pub(in crate::store::memory) fn remove(&mut self, number: u64) {
        if let Some((link, address)) = self.numbers.remove(&number) {
            decrement(&mut self.by_link, &link);
            decrement(&mut self.by_address, &(link, address));
        }
    }

    /// Returns all of them in order of arrival.
    pub(in crate::store::memory) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.numbers.keys().copied()
    }

    /// Returns how many there are.
    pub(in crate::store::memory) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Returns how many were made on this link.
    pub(in crate::store::memory) fn on_link(&self, link: LinkId) -> usize {
        self.by_link.get(&link).copied().unwrap_or(0)
    }

    /// Returns how many were made on this link from this address.
    pub(in crate::store::memory) fn on_link_from(&self, link: LinkId, address: ClientAddress) -> usize {
        self.by_address.get(&(link, address)).copied().unwrap_or(0)
    }

    /// Returns the capacities of the two tables of counts.
    pub(in crate::store::memory) fn capacities(&self) -> (usize, usize) {
        (self.by_link.capacity(), self.by_address.capacity())
    }
}

fn decrement<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
