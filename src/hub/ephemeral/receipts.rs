//! The receipts in the ephemeral lane of a room: the latest one of each member.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{RETENTION, Rendered};
use crate::domain::clock::Timestamp;
use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::Topic;
use crate::domain::id::MemberId;
use crate::domain::receipt::{MovedReceipt, ReceiptViewer};
use crate::hub::frame::Render;
use crate::hub::memory_budget::FRAME_OVERHEAD;

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

/// Receipts concatenated for subscribers at the same position.
#[derive(Debug)]
struct CachedReceipts {
    after: u64,
    publication: u64,
    bytes: Bytes,
}

/// The receipts that are not published yet, and the published ones.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    pending: BTreeMap<MemberId, MovedReceipt>,
    published: BTreeMap<MemberId, PublishedReceipt>,
    /// For viewers who show what they have read, and for those who do not.
    cached: [Option<CachedReceipts>; 2],
}

impl Receipts {
    /// Adds a move to the next publication.
    pub(super) fn push(&mut self, moved: MovedReceipt) {
        // Notifications may arrive in any order; cursors only move forward.
        let merged = self.pending.get(&moved.member).map_or(moved, |before| MovedReceipt {
            receipt: before.receipt.max(moved.receipt),
            delivered_moved: before.delivered_moved || moved.delivered_moved,
            ..moved
        });
        self.pending.insert(moved.member, merged);
    }

    /// Returns true if there is something to publish.
    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Publishes the moves since the last publication, and drops what is old.
    pub(super) fn publish(&mut self, publication: u64, render: &dyn Render, topic: Topic, now: Timestamp) {
        for (member, moved) in std::mem::take(&mut self.pending) {
            self.publish_one(publication, member, moved, render, topic, now);
        }
        self.published.retain(|_, receipt| receipt.at + RETENTION > now);
        self.cached = [None, None];
    }

    fn publish_one(&mut self, publication: u64, member: MemberId, moved: MovedReceipt, render: &dyn Render, topic: Topic, now: Timestamp) {
        let MovedReceipt { receipt, delivered_moved, shows_read, .. } = moved;
        let event = |read| EphemeralEvent::Receipt { member, delivered: receipt.delivered, read };
        let rendered = |read| Rendered { publication, bytes: render.ephemeral(topic, &event(read)) };
        let full = rendered(Some(receipt.read));
        let without_read = if delivered_moved { Some(rendered(None)) } else { self.published.remove(&member).and_then(|before| before.without_read) };
        self.published.insert(member, PublishedReceipt { at: now, shows_read, full, without_read });
    }

    /// Drops all that was published before this moment.
    pub(super) fn drop_before(&mut self, now: Timestamp) {
        self.published.retain(|_, receipt| receipt.at == now);
    }

    /// Returns the size of what is published.
    pub(super) fn bytes(&self) -> usize {
        self.published.values().map(PublishedReceipt::bytes).sum()
    }

    /// Returns what was published after a publication, up to the last one, for this viewer.
    pub(super) fn after(&mut self, after: u64, publication: u64, viewer: ReceiptViewer) -> Bytes {
        // What a viewer who hides what they read sees of their own receipt is nobody else's.
        let own = self.published.get(&viewer.member).filter(|own| !own.shows_read || !viewer.shows_read);
        if own.is_some_and(|own| own.full.publication > after) {
            return self.concatenate(after, viewer);
        }
        let cached = self.cached[usize::from(viewer.shows_read)].as_ref();
        if let Some(cached) = cached.filter(|cached| cached.after == after && cached.publication == publication) {
            return cached.bytes.clone();
        }
        let bytes = self.concatenate(after, viewer);
        self.cached[usize::from(viewer.shows_read)] = Some(CachedReceipts { after, publication, bytes: bytes.clone() });
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
