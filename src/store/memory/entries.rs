//! How the logs in memory are read.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::ChatState;
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Entry, Head, Topic};
use crate::domain::page::{Cut, LogPage};
use crate::store::StoreResult;
use crate::store::entries::{Entries, Slice};

#[async_trait]
impl Entries for MemoryStore {
    async fn heads(&self, topics: &[Topic], now: Timestamp) -> StoreResult<Vec<Option<Head>>> {
        Ok(topics.iter().map(|topic| self.read(topic.chat(), now, |state| state.head(*topic))).collect())
    }

    async fn entries_after(&self, topic: Topic, after: u64, most: usize, now: Timestamp) -> StoreResult<Option<Slice>> {
        Ok(self.read(topic.chat(), now, |state| {
            let oldest = match topic {
                Topic::Conversation(_) => 1,
                Topic::Door(_) => state.oldest_at_door(),
            };
            let skipped = usize::try_from(after.saturating_add(1).saturating_sub(oldest)).unwrap_or(usize::MAX);
            Slice { oldest, entries: state.log(topic).skip(skipped).take(most).cloned().collect() }
        }))
    }

    async fn entries_page(&self, topic: Topic, floor: u64, page: LogPage, now: Timestamp) -> StoreResult<Option<Cut<Arc<Entry>>>> {
        Ok(self.read(topic.chat(), now, |state| page.cut(state.log(topic).cloned(), |entry| entry.number, floor)))
    }
}

impl ChatState {
    /// The entries of a log that are kept, in order.
    pub(super) fn log(&self, topic: Topic) -> Box<dyn DoubleEndedIterator<Item = &Arc<Entry>> + '_> {
        match topic {
            Topic::Conversation(_) => Box::new(self.conversation.iter()),
            Topic::Door(_) => Box::new(self.doorway().log.iter()),
        }
    }
}
