//! Keeps count of data that is changed behind a lock of its own.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};

/// Data of the node that belongs to no chat and is counted as a whole.
pub(super) trait NodeData {
    /// Returns the memory it uses, in bytes. Called after every change, so it must not visit all of it.
    fn memory_bytes(&self) -> u64;

    /// Returns the bytes that the totals have of it.
    fn counted(&mut self) -> &mut u64;
}

/// A lock on such data, which adds the change in size to the totals before it is released.
pub(super) struct CountingGuard<'a, G: DerefMut<Target: NodeData>> {
    data: G,
    held: &'a AtomicU64,
}

impl<'a, G: DerefMut<Target: NodeData>> CountingGuard<'a, G> {
    pub(super) const fn new(data: G, held: &'a AtomicU64) -> Self {
        Self { data, held }
    }
}

impl<G: DerefMut<Target: NodeData>> Deref for CountingGuard<'_, G> {
    type Target = G::Target;

    fn deref(&self) -> &G::Target {
        &self.data
    }
}

impl<G: DerefMut<Target: NodeData>> DerefMut for CountingGuard<'_, G> {
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.data
    }
}

impl<G: DerefMut<Target: NodeData>> Drop for CountingGuard<'_, G> {
    fn drop(&mut self) {
        let now = self.data.memory_bytes();
        let counted = std::mem::replace(self.data.counted(), now);
        adjust(self.held, counted, now);
    }
}

/// Adjusts a total by the difference between the previously counted and the current value.
pub(super) fn adjust(total: &AtomicU64, counted: u64, now: u64) {
    if now >= counted {
        total.fetch_add(now - counted, Ordering::Relaxed);
    } else {
        total.fetch_sub(counted - now, Ordering::Relaxed);
    }
}
