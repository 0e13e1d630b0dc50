//! The knocks of a chat that wait, with how many of them came by each link, and how many of those from one address.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::domain::address::ClientAddress;
use crate::domain::id::LinkId;

/// Numbers of knocks that wait. Counts are kept, so that a full door is noticed without looking at everybody who waits.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    numbers: BTreeMap<u64, (LinkId, ClientAddress)>,
    by_link: HashMap<LinkId, usize>,
    by_address: HashMap<(LinkId, ClientAddress), usize>,
}

impl Waiting {
    /// One more waits.
    pub(super) fn insert(&mut self, number: u64, link: LinkId, address: ClientAddress) {
        if self.numbers.insert(number, (link, address)).is_none() {
            *self.by_link.entry(link).or_default() += 1;
            *self.by_address.entry((link, address)).or_default() += 1;
        }
    }

    /// It waits no longer.
    pub(super) fn remove(&mut self, number: u64) {
        if let Some((link, address)) = self.numbers.remove(&number) {
            decrement(&mut self.by_link, &link);
            decrement(&mut self.by_address, &(link, address));
        }
    }

    /// All of them, in the order of arrival.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.numbers.keys().copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// How many came by this link.
    pub(super) fn on_link(&self, link: LinkId) -> usize {
        self.by_link.get(&link).copied().unwrap_or(0)
    }

    /// How many came by this link from this address.
    pub(super) fn on_link_from(&self, link: LinkId, address: ClientAddress) -> usize {
        self.by_address.get(&(link, address)).copied().unwrap_or(0)
    }

    /// How many slots the two tables of counts have.
    pub(super) fn capacities(&self) -> (usize, usize) {
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
