//! Running totals of memory usage and counts.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use parking_lot::{MutexGuard, RwLockWriteGuard};

use super::MemoryStore;
use super::chat::idempotency::IdempotencyCache;
use super::chat::memory_cost::max_chat_bytes;
use super::chat::{ChatState, ChatUsage};
use super::counting::{CountingGuard, NodeData, adjust};
use super::directory::Directory;
use super::push_table::PushTable;
use super::reports::ReportTable;
use crate::domain::capacity::MemoryUsage;
use crate::domain::chat::OpenedChat;
use crate::store::StoreResult;
use crate::store::usage::{Usage, UsageStats};

/// Running totals of the node.
#[derive(Debug, Default)]
pub(super) struct UsageTotals {
    pub(super) chats: AtomicU64,
    members: AtomicU64,
    held: AtomicU64,
}

/// The idempotency keys of chat creations, which belong to no chat.
#[derive(Debug, Default)]
pub(super) struct ChatCreationKeys {
    pub(super) keys: IdempotencyCache<OpenedChat>,
    counted: u64,
}

impl NodeData for ChatCreationKeys {
    fn memory_bytes(&self) -> u64 {
        self.keys.memory_bytes()
    }

    fn counted(&mut self) -> &mut u64 {
        &mut self.counted
    }
}

#[async_trait]
impl UsageStats for MemoryStore {
    async fn usage(&self) -> StoreResult<Usage> {
        let [chats, members, held] = [&self.totals.chats, &self.totals.members, &self.totals.held].map(|total| total.load(Ordering::Relaxed));
        Ok(Usage { chats, members, held, most: self.limits.total_memory })
    }
}

impl MemoryStore {
    /// Locks the directory for a change.
    pub(super) fn directory_mut(&self) -> CountingGuard<'_, RwLockWriteGuard<'_, Directory>> {
        CountingGuard::new(self.directory.write(), &self.totals.held)
    }

    /// Locks the reports.
    pub(super) fn reports_mut(&self) -> CountingGuard<'_, MutexGuard<'_, ReportTable>> {
        CountingGuard::new(self.reports.lock(), &self.totals.held)
    }

    /// Locks the push subscriptions.
    pub(super) fn pushes_mut(&self) -> CountingGuard<'_, MutexGuard<'_, PushTable>> {
        CountingGuard::new(self.pushes.lock(), &self.totals.held)
    }

    /// Locks the keys of chat creations.
    pub(super) fn creation_keys_mut(&self) -> CountingGuard<'_, MutexGuard<'_, ChatCreationKeys>> {
        CountingGuard::new(self.creation_keys.lock(), &self.totals.held)
    }

    /// Returns the node's memory usage.
    pub(super) fn memory_usage(&self) -> MemoryUsage {
        MemoryUsage { used: self.totals.held.load(Ordering::Relaxed), limit: self.limits.total_memory }
    }

    /// Adds `bytes` to a chat's share if `fits` accepts the node's usage before and after. Concurrent reservations never claim the same memory.
    pub(super) fn reserve(&self, bytes: u64, counted: &mut ChatUsage, fits: impl Fn(MemoryUsage, MemoryUsage) -> bool) -> bool {
        let usage = |held| MemoryUsage { used: held, limit: self.limits.total_memory };
        let sum = |held: u64| held.checked_add(bytes).filter(|sum| fits(usage(held), usage(*sum)));
        let fitted = self.totals.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok();
        counted.held += if fitted { bytes } else { 0 };
        fitted
    }

    /// Reserves `bytes` for an entry of a conversation if a chat of its size may still grow.
    pub(super) fn reserve_growth(&self, state: &mut ChatState, bytes: u64) -> bool {
        let bytes = bytes + state.next_slot_bytes();
        let (chat_bytes, max_bytes) = (state.memory_bytes() + bytes, max_chat_bytes(state.chat.kind, &self.limits));
        self.reserve(bytes, &mut state.counted, |_, after| after.allows_growth(chat_bytes, max_bytes))
    }
}

impl UsageTotals {
    /// Applies the changes of a chat since it was last counted.
    pub(super) fn count(&self, state: &mut ChatState) {
        let now = ChatUsage { members: state.members.len() as u64, held: state.memory_bytes() };
        adjust(&self.members, state.counted.members, now.members);
        adjust(&self.held, state.counted.held, now.held);
        state.counted = now;
    }

    /// Subtracts a chat that ended.
    pub(super) fn release(&self, contents: &ChatState) {
        self.chats.fetch_sub(1, Ordering::Relaxed);
        self.members.fetch_sub(contents.counted.members, Ordering::Relaxed);
        self.held.fetch_sub(contents.counted.held, Ordering::Relaxed);
    }
}
