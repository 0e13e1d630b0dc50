//! Messages in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::idempotency::impl_from_key_error;
use super::chat::memory_cost;
use super::chat::{ChatState, StoredOutcome};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::ChatId;
use crate::domain::idempotency::Idempotent;
use crate::domain::limits::Limits;
use crate::domain::message::Message;
use crate::domain::pagination::{LogRange, Page};
use crate::store::messages::{Messages, NewMessage, NotPosted};
use crate::store::{StoreResult, WriteResult};

impl_from_key_error!(NotPosted);

#[async_trait]
impl Messages for MemoryStore {
    async fn append_message(&self, new: NewMessage, now: Timestamp) -> WriteResult<Idempotent<Arc<Entry>>, NotPosted> {
        Ok(self.write(new.chat, now, NotPosted::Gone, |state| {
            if !state.may_post(&new.message) {
                return Err(NotPosted::Gone);
            }
            if let Some(StoredOutcome::Message(entry)) = state.keys.lookup(new.key.as_ref(), now)? {
                return Ok(Idempotent::replayed(entry));
            }
            if !state.has_room_for(&new.message, &self.limits) {
                return Err(NotPosted::Full);
            }
            if !self.reserve_growth(state, memory_cost::message(&new.message)) {
                return Err(NotPosted::NodeFull);
            }
            state.content += new.message.content();
            let entry = state.append(Event::Message(new.message), now);
            state.chat.renew(now);
            state.keys.insert(new.key.as_ref(), || StoredOutcome::Message(entry.clone()), now);
            Ok(Idempotent::new(entry))
        }))
    }

    async fn messages_page(&self, chat: ChatId, floor: u64, page: LogRange, now: Timestamp) -> StoreResult<Option<Page<Arc<Entry>>>> {
        Ok(self.read(chat, now, |state| {
            // Sequence numbers are dense, so entries before the page can be skipped.
            let first = match page {
                LogRange::Forward { after, .. } => usize::try_from(after).unwrap_or(usize::MAX).min(state.conversation.len()),
                LogRange::All | LogRange::Backward { .. } => 0,
            };
            let messages = state.conversation[first..].iter().filter(|entry| entry.is_message());
            page.select(messages.cloned(), |entry| entry.seq, floor)
        }))
    }
}

impl ChatState {
    fn may_post(&self, message: &Message) -> bool {
        match &message.member {
            Some(member) => self.member(member.id).is_some() && !self.is_departed(member.id),
            None => self.chat.admits_visitors(),
        }
    }

    fn has_room_for(&self, message: &Message, limits: &Limits) -> bool {
        self.has_room(1, limits) && self.content + message.content() <= limits.content
    }
}
