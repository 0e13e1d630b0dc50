//! Forgetting the oldest entries of one chat in memory.

use super::ChatState;
use super::erasure::content_of;
use crate::domain::limits::Limits;
use crate::store::memory::allocation::MemoryCost as _;

/// The part of the entries that is forgotten at once: one in this many.
const FORGOTTEN_PART: usize = 10;

impl ChatState {
    /// Forgets the oldest entries until one more with `content` bytes fits, in a chat that forgets.
    pub(in crate::store::memory) fn make_room(&mut self, content: u64, limits: &Limits) {
        let (max_entries, max_content) = limits.conversation(self.chat.kind);
        let fits = |state: &Self| state.conversation.len() < max_entries && state.content + content <= max_content;
        while self.chat.kind.forgets() && !fits(self) && !self.conversation.is_empty() {
            self.forget_oldest(self.conversation.len().div_ceil(FORGOTTEN_PART));
        }
    }

    fn forget_oldest(&mut self, count: usize) {
        for entry in self.conversation.drain(..count) {
            self.content -= content_of(&entry);
            self.conversation_bytes -= entry.bytes();
        }
        self.chat.first += count as u64;
    }

    /// Returns the place of a sequence number among the entries that are kept: 0 for one that is forgotten.
    pub(in crate::store::memory) fn index_of(&self, seq: u64) -> usize {
        usize::try_from(seq.saturating_sub(self.chat.first)).unwrap_or(usize::MAX).min(self.conversation.len())
    }
}
