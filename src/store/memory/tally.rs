//! What is kept in memory, counted as it comes and goes.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::MemoryStore;
use super::keys::Keys;
use super::state::ChatState;
use super::weight::most_of_a_chat;
use crate::domain::chat::OpenedChat;
use crate::domain::fill::Fill;
use crate::store::StoreResult;
use crate::store::tally::{Tallies, Tally};

/// Running totals of the node.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) chats: AtomicU64,
    members: AtomicU64,
    held: AtomicU64,
}

/// What of something stands in the totals.
#[derive(Debug, Default)]
pub(super) struct Counted {
    members: u64,
    held: u64,
}

/// The keys of new chats, which belong to no chat.
#[derive(Debug, Default)]
pub(super) struct Openings {
    pub(super) keys: Keys<OpenedChat>,
    counted: u64,
}

#[async_trait]
impl Tallies for MemoryStore {
    async fn tally(&self) -> StoreResult<Tally> {
        let [chats, members, held] = [&self.totals.chats, &self.totals.members, &self.totals.held].map(|total| total.load(Ordering::Relaxed));
        Ok(Tally { chats, members, held, most: self.bounds.total_memory })
    }
}

impl MemoryStore {
    /// How full the node is.
    pub(super) fn fill(&self) -> Fill {
        Fill { held: self.totals.held.load(Ordering::Relaxed), most: self.bounds.total_memory }
    }

    /// Counts `bytes` that a chat is going to take, if `fits` says that the node, before and after, may hold them. No two of these see the same room.
    pub(super) fn take(&self, bytes: u64, counted: &mut Counted, fits: impl Fn(Fill, Fill) -> bool) -> bool {
        let fill = |held| Fill { held, most: self.bounds.total_memory };
        let sum = |held: u64| held.checked_add(bytes).filter(|sum| fits(fill(held), fill(*sum)));
        let fitted = self.totals.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok();
        counted.held += if fitted { bytes } else { 0 };
        fitted
    }

    /// Counts an entry of `bytes` that a conversation is going to take, if there is room for a chat of its size to grow.
    pub(super) fn lets_grow(&self, state: &mut ChatState, bytes: u64) -> bool {
        let bytes = bytes + state.next_place();
        let (weight, heaviest) = (state.weight() + bytes, most_of_a_chat(&self.bounds));
        self.take(bytes, &mut state.counted, |_, after| after.lets_grow(weight, heaviest))
    }
}

impl Totals {
    /// Counts what became different about a chat since it was counted last.
    pub(super) fn count(&self, state: &mut ChatState) {
        let now = Counted { members: state.members.len() as u64, held: state.weight() };
        move_by(&self.members, state.counted.members, now.members);
        move_by(&self.held, state.counted.held, now.held);
        state.counted = now;
    }

    /// Counts a chat out that ended.
    pub(super) fn count_out(&self, remains: &ChatState) {
        self.chats.fetch_sub(1, Ordering::Relaxed);
        self.members.fetch_sub(remains.counted.members, Ordering::Relaxed);
        self.held.fetch_sub(remains.counted.held, Ordering::Relaxed);
    }

    /// Counts what became different about the keys of new chats.
    pub(super) fn count_keys(&self, openings: &mut Openings) {
        let now = openings.keys.weight();
        move_by(&self.held, openings.counted, now);
        openings.counted = now;
    }
}

/// Moves a total by the difference between what was counted and what there is.
fn move_by(total: &AtomicU64, counted: u64, now: u64) {
    if now >= counted {
        total.fetch_add(now - counted, Ordering::Relaxed);
    } else {
        total.fetch_sub(counted - now, Ordering::Relaxed);
    }
}
