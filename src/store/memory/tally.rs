//! What is kept in memory, counted as it comes and goes.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::MemoryStore;
use super::state::ChatState;
use crate::store::StoreResult;
use crate::store::tally::{Tallies, Tally};

/// Running totals of the node.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) chats: AtomicU64,
    pub(super) members: AtomicU64,
    pub(super) content: AtomicU64,
}

#[async_trait]
impl Tallies for MemoryStore {
    async fn tally(&self) -> StoreResult<Tally> {
        let [chats, members, held] = [&self.totals.chats, &self.totals.members, &self.totals.content].map(|total| total.load(Ordering::Relaxed));
        Ok(Tally { chats, members, held, most: self.bounds.total_content })
    }
}

impl Totals {
    /// Counts what became different about a chat since it was counted last.
    pub(super) fn count(&self, state: &mut ChatState) {
        let members = state.members.len() as u64;
        move_by(&self.members, state.counted_members, members);
        state.counted_members = members;
    }

    /// Counts a chat out that ended; it was counted before.
    pub(super) fn count_out(&self, remains: &ChatState) {
        self.chats.fetch_sub(1, Ordering::Relaxed);
        self.members.fetch_sub(remains.counted_members, Ordering::Relaxed);
        self.content.fetch_sub(remains.content, Ordering::Relaxed);
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
