//! Messages in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::idempotency::impl_from_key_error;
use super::chat::memory_cost;
use super::chat::{ChatState, StoredOutcome};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::idempotency::Idempotent;
use crate::domain::limits::Limits;
use crate::domain::message::Message;
use crate::domain::pagination::{LogRange, NumberedPage, Page};
use crate::store::messages::{MessageEdit, Messages, NewMessage, NotDeleted, NotEdited, NotPosted};
use crate::store::{StoreResult, WriteResult};

impl_from_key_error!(NotPosted);

#[async_trait]
impl Messages for MemoryStore {
    async fn append_message(&self, new: NewMessage, now: Timestamp) -> WriteResult<Idempotent<Arc<Entry>>, NotPosted> {
        Ok(self.write(new.chat, now, NotPosted::Gone, |state| self.post(state, new, None, now)))
    }

    async fn find_message(&self, chat: ChatId, floor: u64, seq: u64, now: Timestamp) -> StoreResult<Option<Arc<Entry>>> {
        Ok(self.read(chat, now, |state| state.readable_message(floor, seq).cloned()).flatten())
    }

    async fn edit_message(&self, edit: MessageEdit, now: Timestamp) -> WriteResult<Arc<Entry>, NotEdited> {
        Ok(self.write(edit.chat, now, NotEdited::Gone, |state| {
            let (by, entry) = state.member_and_message(edit.by, edit.seq).ok_or(NotEdited::Gone)?;
            let message = match &entry.event {
                Event::Message(message) if message.member.as_ref().is_some_and(|author| author.id == by.id) => message,
                Event::DeletedMessage(message) if message.member.as_ref().is_some_and(|author| author.id == by.id) => return Err(NotEdited::Deleted),
                _ => return Err(NotEdited::NotAuthor),
            };
            if edit.text.is_none() && message.media().is_none() {
                return Err(NotEdited::NothingLeft);
            }
            if message.text == edit.text {
                return Ok(entry.clone());
            }
            let edited = message.edited(edit.text, edit.html, now);
            let fits = state.chat.kind.forgets() || state.content + edited.content() <= self.limits.content + message.content();
            if !state.has_room(1, &self.limits) || !fits {
                return Err(NotEdited::Full);
            }
            if !self.reserve_growth(state, memory_cost::message(&edited) + memory_cost::CHANGED) {
                return Err(NotEdited::NodeFull);
            }
            let entry = state.rewrite_message(&entry, Event::Message(edited));
            state.append(Event::MessageEdited { target: entry.seq, message: Some(entry.clone()), by }, now);
            Ok(entry)
        }))
    }

    async fn delete_message(&self, chat: ChatId, seq: u64, by: MemberId, now: Timestamp) -> WriteResult<(), NotDeleted> {
        Ok(self.write(chat, now, NotDeleted::Gone, |state| {
            let (by, entry) = state.member_and_message(by, seq).ok_or(NotDeleted::Gone)?;
            let (author, message) = match &entry.event {
                Event::Message(message) => (message.member.as_deref(), Some(message)),
                Event::DeletedMessage(message) => (message.member.as_deref(), None),
                _ => return Err(NotDeleted::Gone),
            };
            let author = author.map(|author| state.member(author.id).map_or(author, |record| &record.membership.member));
            if !by.may_delete_messages_of(author) {
                return Err(NotDeleted::NotAllowed);
            }
            if let Some(message) = message {
                let deleted = message.deleted(Some(by.clone()), now);
                let entry = state.rewrite_message(&entry, Event::DeletedMessage(deleted));
                state.append(Event::MessageDeleted { target: entry.seq, message: Some(entry), by }, now);
            }
            Ok(())
        }))
    }

    async fn messages_page(&self, chat: ChatId, floor: u64, page: LogRange, now: Timestamp) -> StoreResult<Option<Page<Arc<Entry>>>> {
        Ok(self.read(chat, now, |state| {
            // Sequence numbers are dense, so entries before the page can be skipped.
            let first = match page {
                LogRange::Forward { after, .. } => state.start_of(after.saturating_add(1)),
                LogRange::All | LogRange::Backward { .. } => 0,
            };
            let messages = state.conversation[first..].iter().filter(|entry| entry.is_message());
            page.select(messages.cloned(), |entry| entry.seq, floor)
        }))
    }

    async fn messages_by_number(&self, chat: ChatId, floor: u64, page: NumberedPage, now: Timestamp) -> StoreResult<Option<(Vec<Arc<Entry>>, u64)>> {
        Ok(self.read(chat, now, |state| {
            let messages = || state.conversation[state.start_of(floor)..].iter().rev().filter(|entry| entry.is_message());
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
        if new.message.reply_to().is_some_and(|seq| state.readable_message(state.floor_of(&new.message), seq).is_none()) {
            return Err(NotPosted::NothingToReplyTo);
        }
        if !state.has_room_for(&new.message, &self.limits) {
            return Err(NotPosted::Full);
        }
        if !self.reserve_growth(state, memory_cost::message(&new.message)) {
            return Err(NotPosted::NodeFull);
        }
        if let Some(participants) = state.participants(&new.message) {
            self.directory_mut().admit_direct(participants)?;
        }
        if let (Some(account), Some(key)) = (claim, &new.key) {
            self.directory_mut().claim_key(account, key, state.chat.id, now)?;
        }
        Ok(Idempotent::new(state.post(new, now)))
    }
}

impl ChatState {
    /// Appends a message that was admitted.
    pub(super) fn post(&mut self, new: NewMessage, now: Timestamp) -> Arc<Entry> {
        self.content += new.message.content();
        self.begin_anew();
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

    /// Returns the first sequence number that the author of a new message can read.
    fn floor_of(&self, message: &Message) -> u64 {
        let author = message.member.as_ref().and_then(|member| self.member(member.id));
        author.map_or(1, |record| record.membership.visible_from)
    }

    fn has_room_for(&self, message: &Message, limits: &Limits) -> bool {
        self.chat.kind.forgets() || (self.has_room(1, limits) && self.content + message.content() <= limits.content)
    }
}
