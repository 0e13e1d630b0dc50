//! The friends in the ephemeral lane of the room of an account: the latest presence of each.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{RETENTION, Rendered};
use crate::domain::clock::Timestamp;
use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::Topic;
use crate::domain::id::AccountId;
use crate::domain::presence::FriendPresence;
use crate::hub::frame::Render;
use crate::hub::memory_budget::FRAME_OVERHEAD;

#[derive(Debug)]
struct Published {
    at: Timestamp,
    rendered: Rendered,
}

/// The friends that went online or offline.
#[derive(Debug, Default)]
pub(super) struct Friends {
    pending: BTreeMap<AccountId, FriendPresence>,
    published: BTreeMap<AccountId, Published>,
}

impl Friends {
    /// Adds a friend to the next publication.
    pub(super) fn push(&mut self, friend: FriendPresence) {
        self.pending.insert(friend.account, friend);
    }

    /// Returns true if there is something to publish.
    pub(super) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Publishes what changed since the last publication, and drops what is old.
    pub(super) fn publish(&mut self, publication: u64, render: &dyn Render, topic: Topic, now: Timestamp) {
        for (account, friend) in std::mem::take(&mut self.pending) {
            let rendered = Rendered { publication, bytes: render.ephemeral(topic, &EphemeralEvent::Friend(friend)) };
            self.published.insert(account, Published { at: now, rendered });
        }
        self.published.retain(|_, friend| friend.at + RETENTION > now);
    }

    /// Drops all that was published before this moment.
    pub(super) fn drop_before(&mut self, now: Timestamp) {
        self.published.retain(|_, friend| friend.at == now);
    }

    /// Returns what was published after a publication.
    pub(super) fn after(&self, after: u64) -> Bytes {
        let news = self.published.values().filter(|friend| friend.rendered.publication > after);
        news.flat_map(|friend| &friend.rendered.bytes).copied().collect()
    }

    /// Returns the size of what is published.
    pub(super) fn bytes(&self) -> usize {
        self.published.values().map(|friend| FRAME_OVERHEAD + friend.rendered.bytes.len()).sum()
    }
}
