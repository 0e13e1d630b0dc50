//! Forgetting the oldest entries of one chat in memory.

use super::ChatState;
use crate::domain::limits::Limits;
use crate::store::memory::allocation::MemoryCost as _;

/// The part of the entries that is forgotten at once: one in this many.
const FORGOTTEN_PART: usize = 10;

impl ChatState {
    /// Forgets the oldest entries of a chat that forgets and is beyond its limits.
    pub(in crate::store::memory) fn trim(&mut self, limits: &Limits) {
        if !self.chat.kind.forgets() {
            return;
        }
        let (max_entries, max_content) = limits.conversation(self.chat.kind);
        while self.conversation.len() > 1 && (self.conversation.len() > max_entries || self.content > max_content) {
            self.forget_oldest((self.conversation.len() - 1).div_ceil(FORGOTTEN_PART));
        }
    }

    fn forget_oldest(&mut self, count: usize) {
        for entry in self.conversation.drain(..count) {
            self.content -= entry.content();
            self.conversation_bytes -= entry.bytes();
        }
        self.chat.first += count as u64;
        self.refresh_all_changes();
    }

    /// Returns the index of the first entry that is kept from sequence number `seq` on.
    pub(in crate::store::memory) fn start_of(&self, seq: u64) -> usize {
        usize::try_from(seq.saturating_sub(self.chat.first)).unwrap_or(usize::MAX).min(self.conversation.len())
    }
}
