//! Messages in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::idempotency::impl_from_key_error;
use super::chat::memory_cost;
use super::chat::{ChatState, StoredOutcome};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::{AccountId, ChatId};
use crate::domain::idempotency::Idempotent;
use crate::domain::limits::Limits;
use crate::domain::message::Message;
use crate::domain::pagination::{LogRange, NumberedPage, Page};
use crate::store::messages::{Messages, NewMessage, NotPosted};
use crate::store::{StoreResult, WriteResult};

impl_from_key_error!(NotPosted);

#[async_trait]
impl Messages for MemoryStore {
    async fn append_message(&self, new: NewMessage, now: Timestamp) -> WriteResult<Idempotent<Arc<Entry>>, NotPosted> {
        Ok(self.write(new.chat, now, NotPosted::Gone, |state| self.post(state, new, None, now)))
    }

    async fn messages_page(&self, chat: ChatId, floor: u64, page: LogRange, now: Timestamp) -> StoreResult<Option<Page<Arc<Entry>>>> {
        Ok(self.read(chat, now, |state| {
            // Sequence numbers are dense, so entries before the page can be skipped.
            let first = match page {
                LogRange::Forward { after, .. } => state.index_of(after.saturating_add(1)),
                LogRange::All | LogRange::Backward { .. } => 0,
            };
            let messages = state.conversation[first..].iter().filter(|entry| entry.is_message());
            page.select(messages.cloned(), |entry| entry.seq, floor)
        }))
    }

    async fn messages_by_number(&self, chat: ChatId, floor: u64, page: NumberedPage, now: Timestamp) -> StoreResult<Option<(Vec<Arc<Entry>>, u64)>> {
        Ok(self.read(chat, now, |state| {
            let messages = || state.conversation[state.index_of(floor)..].iter().rev().filter(|entry| entry.is_message());
            let per_page = usize::try_from(page.per_page).unwrap_or(usize::MAX);
            let mut items: Vec<Arc<Entry>> = messages().skip(page.skipped()).take(per_page).cloned().collect();
            items.reverse();
            (items, messages().count() as u64)
        }))
    }
}

impl MemoryStore {
    /// Posts a message. A key of `/v1/messages` is claimed for this chat in the name of the account that sends it.
    pub(super) fn post(
        &self,
        state: &mut ChatState,
        new: NewMessage,
        claim: Option<AccountId>,
        now: Timestamp,
    ) -> Result<Idempotent<Arc<Entry>>, NotPosted> {
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
        if let Some(participants) = state.participants(&new.message) {
            self.directory.write().admit_direct(participants)?;
        }
        if let (Some(account), Some(key)) = (claim, &new.key) {
            self.directory.write().claim_key(account, key, state.chat.id, now)?;
        }
        Ok(Idempotent::new(state.post(new, now, &self.limits)))
    }
}

impl ChatState {
    /// Appends a message that was admitted.
    pub(super) fn post(&mut self, new: NewMessage, now: Timestamp, limits: &Limits) -> Arc<Entry> {
        self.make_room(new.message.content(), limits);
        self.content += new.message.content();
        let entry = self.append(Event::Message(new.message), now);
        self.chat.renew(now);
        self.keys.insert(new.key.as_ref(), || StoredOutcome::Message(entry.clone()), now);
        entry
    }

    fn may_post(&self, message: &Message) -> bool {
        match &message.member {
            Some(member) => self.member(member.id).is_some() && !self.is_departed(member.id),
            None => self.chat.admits_visitors(),
        }
    }

    fn has_room_for(&self, message: &Message, limits: &Limits) -> bool {
        self.chat.kind.forgets() || (self.has_room(1, limits) && self.content + message.content() <= limits.content)
    }
}
