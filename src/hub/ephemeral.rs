//! The ephemeral lane of a room: its latest values that have no sequence number and are not stored.
//!
//! A value replaces the one before it of the same kind and member. Changes are collected and published together every [`EPHEMERAL_INTERVAL`]; a
//! subscriber at the head of the log gets the values that were published since it last got some, so a slow one gets only the latest.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use super::frame::Render;
use super::memory_budget::{FRAME_OVERHEAD, MemoryBudget, Pressure};
use crate::domain::clock::Timestamp;
use crate::domain::ephemeral::{EphemeralChange, EphemeralEvent};
use crate::domain::event_log::Topic;
use crate::domain::id::MemberId;
use crate::domain::receipt::{MovedReceipt, ReceiptViewer};

/// How often changes are published.
pub const EPHEMERAL_INTERVAL: Duration = Duration::from_millis(500);
/// How long a value is kept for subscribers that did not get it yet: one that takes nothing for so long is disconnected.
const RETENTION: Duration = Duration::from_secs(30);

/// The last publication of which a subscriber got the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EphemeralPosition(u64);

/// A rendered value, and the publication that it belongs to.
#[derive(Clone, Debug)]
struct Rendered {
    publication: u64,
    bytes: Bytes,
}

/// The receipt of a member in its two variants.
#[derive(Debug)]
struct PublishedReceipt {
    at: Timestamp,
    shows_read: bool,
    /// For those who may see what the member has read.
    full: Rendered,
    /// For all others. A move of `read` alone leaves it as it was.
    without_read: Option<Rendered>,
}

impl PublishedReceipt {
    fn bytes(&self) -> usize {
        FRAME_OVERHEAD + self.full.bytes.len() + self.without_read.as_ref().map_or(0, |rendered| rendered.bytes.len())
    }
}

/// Values concatenated for subscribers at the same position.
#[derive(Debug)]
struct CachedValues {
    after: u64,
    publication: u64,
    bytes: Bytes,
}

#[derive(Debug, Default)]
struct Values {
    pending: BTreeMap<MemberId, MovedReceipt>,
    published: BTreeMap<MemberId, PublishedReceipt>,
    publication: u64,
    /// For viewers who show what they have read, and for those who do not.
    cached: [Option<CachedValues>; 2],
    /// Bytes that are counted against the budget.
    counted: usize,
}

/// The ephemeral values of one room. Costs next to nothing until the first change.
#[derive(Debug)]
pub(super) struct EphemeralLane {
    budget: Arc<MemoryBudget>,
    /// The last publication; 0 before the first.
    publication: AtomicU64,
    values: Mutex<Option<Box<Values>>>,
}

impl EphemeralLane {
    pub(super) const fn new(budget: Arc<MemoryBudget>) -> Self {
        Self { budget, publication: AtomicU64::new(0), values: Mutex::new(None) }
    }

    /// Adds a change to the next publication. Returns true if it is the first.
    pub(super) fn push(&self, change: EphemeralChange) -> bool {
        let mut values = self.values.lock();
        let pending = &mut values.get_or_insert_default().pending;
        let is_first = pending.is_empty();
        let EphemeralChange::Receipt(moved) = change;
        // Notifications may arrive in any order; cursors only move forward.
        let merged = pending.get(&moved.member).map_or(moved, |before| MovedReceipt {
            receipt: before.receipt.max(moved.receipt),
            delivered_moved: before.delivered_moved || moved.delivered_moved,
            ..moved
        });
        pending.insert(moved.member, merged);
        is_first
    }

    /// Publishes the changes since the last publication.
    pub(super) fn publish(&self, render: &dyn Render, topic: Topic, now: Timestamp) {
        let mut values = self.values.lock();
        let Some(values) = values.as_deref_mut() else { return };
        values.publication += 1;
        for (member, moved) in std::mem::take(&mut values.pending) {
            values.publish(member, moved, render, topic, now);
        }
        values.published.retain(|_, receipt| receipt.at + RETENTION > now);
        self.count(values);
        if self.budget.pressure() != Pressure::None {
            values.published.retain(|_, receipt| receipt.at == now);
            self.count(values);
        }
        values.cached = [None, None];
        self.publication.store(values.publication, Ordering::Release);
    }

    /// Returns the position after the last publication.
    pub(super) fn position(&self) -> EphemeralPosition {
        EphemeralPosition(self.publication.load(Ordering::Acquire))
    }

    /// Returns what was published after a position for this viewer, and advances the position; `None` if there is nothing.
    pub(super) fn next(&self, at: &mut EphemeralPosition, viewer: ReceiptViewer) -> Option<Bytes> {
        let mut values = self.values.lock();
        let values = values.as_deref_mut()?;
        let after = std::mem::replace(&mut at.0, values.publication);
        Some(values.after(after, viewer)).filter(|bytes| !bytes.is_empty())
    }

    fn count(&self, values: &mut Values) {
        let bytes = values.published.values().map(PublishedReceipt::bytes).sum();
        self.budget.reserve(bytes);
        self.budget.release(std::mem::replace(&mut values.counted, bytes));
    }
}

impl Drop for EphemeralLane {
    fn drop(&mut self) {
        self.budget.release(self.values.get_mut().as_ref().map_or(0, |values| values.counted));
    }
}

impl Values {
    fn publish(&mut self, member: MemberId, moved: MovedReceipt, render: &dyn Render, topic: Topic, now: Timestamp) {
        let MovedReceipt { receipt, delivered_moved, shows_read, .. } = moved;
        let event = |read| EphemeralEvent::Receipt { member, delivered: receipt.delivered, read };
        let rendered = |read| Rendered { publication: self.publication, bytes: render.ephemeral(topic, &event(read)) };
        let full = rendered(Some(receipt.read));
        let without_read = if delivered_moved { Some(rendered(None)) } else { self.published.remove(&member).and_then(|before| before.without_read) };
        self.published.insert(member, PublishedReceipt { at: now, shows_read, full, without_read });
    }

    fn after(&mut self, after: u64, viewer: ReceiptViewer) -> Bytes {
        // What a viewer who hides what they read sees of their own receipt is nobody else's.
        let own = self.published.get(&viewer.member).filter(|own| !own.shows_read || !viewer.shows_read);
        if own.is_some_and(|own| own.full.publication > after) {
            return self.concatenate(after, viewer);
        }
        let cached = self.cached[usize::from(viewer.shows_read)].as_ref();
        if let Some(cached) = cached.filter(|cached| cached.after == after && cached.publication == self.publication) {
            return cached.bytes.clone();
        }
        let bytes = self.concatenate(after, viewer);
        self.cached[usize::from(viewer.shows_read)] = Some(CachedValues { after, publication: self.publication, bytes: bytes.clone() });
        bytes
    }

    fn concatenate(&self, after: u64, viewer: ReceiptViewer) -> Bytes {
        let mut out = Vec::new();
        for (member, receipt) in &self.published {
            let seen = viewer.sees_read_of(*member, receipt.shows_read);
            let rendered = if seen { Some(&receipt.full) } else { receipt.without_read.as_ref() };
            if let Some(rendered) = rendered.filter(|rendered| rendered.publication > after) {
                out.extend_from_slice(&rendered.bytes);
            }
        }
        out.into()
    }
}

#[cfg(test)]
mod tests;
