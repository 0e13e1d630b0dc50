//! Reading event logs in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::ChatState;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Head, Topic};
use crate::domain::pagination::{LogRange, Page};
use crate::store::StoreResult;
use crate::store::entries::{Entries, EntryBatch};

#[async_trait]
impl Entries for MemoryStore {
    async fn heads(&self, topics: &[Topic], now: Timestamp) -> StoreResult<Vec<Option<Head>>> {
        let head = |topic: &Topic| match topic {
            Topic::Conversation(chat) | Topic::Door(chat) => self.read(*chat, now, |state| state.head(*topic)),
            Topic::Account(account) => self.directory.read().log_head(*account),
        };
        Ok(topics.iter().map(head).collect())
    }

    async fn entries_after(&self, topic: Topic, after: u64, max: usize, now: Timestamp) -> StoreResult<Option<EntryBatch>> {
        let Some(chat) = topic.chat() else { return Ok(None) };
        Ok(self.read(chat, now, |state| {
            let oldest = match topic {
                Topic::Door(_) => state.oldest_at_door(),
                Topic::Conversation(_) | Topic::Account(_) => state.chat.first,
            };
            let skipped = usize::try_from(after.saturating_add(1).saturating_sub(oldest)).unwrap_or(usize::MAX);
            EntryBatch { oldest, entries: state.log(topic).skip(skipped).take(max).cloned().collect() }
        }))
    }

    async fn entries_page(&self, topic: Topic, floor: u64, page: LogRange, now: Timestamp) -> StoreResult<Option<Page<Arc<Entry>>>> {
        let Some(chat) = topic.chat() else { return Ok(None) };
        Ok(self.read(chat, now, |state| page.select(state.log(topic).cloned(), |entry| entry.seq, floor)))
    }
}

impl ChatState {
    /// Returns the stored entries of a log, in order.
    pub(super) fn log(&self, topic: Topic) -> Box<dyn DoubleEndedIterator<Item = &Arc<Entry>> + '_> {
        match topic {
            Topic::Door(_) => Box::new(self.door().log.iter()),
            Topic::Conversation(_) | Topic::Account(_) => Box::new(self.conversation.iter()),
        }
    }
}
