//! Messages in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::keys::refuse_bad_key;
use super::state::{ChatState, Made};
use super::weight;
use crate::domain::bounds::Bounds;
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Entry, Event};
use crate::domain::id::ChatId;
use crate::domain::key::Once;
use crate::domain::message::Message;
use crate::domain::page::{Cut, LogPage};
use crate::store::messages::{Messages, NewMessage, NotPosted};
use crate::store::{StoreResult, Write};

refuse_bad_key!(NotPosted);

#[async_trait]
impl Messages for MemoryStore {
    async fn append_message(&self, new: NewMessage, now: Timestamp) -> Write<Once<Arc<Entry>>, NotPosted> {
        Ok(self.write(new.chat, now, NotPosted::Gone, |state| {
            if !state.may_still_post(&new.message) {
                return Err(NotPosted::Gone);
            }
            if let Some(Made::Message(entry)) = state.keys.made(new.key.as_ref(), now)? {
                return Ok(Once::again(entry));
            }
            if !state.has_room_for(&new.message, &self.bounds) {
                return Err(NotPosted::Full);
            }
            if !self.lets_grow(state, weight::message(&new.message)) {
                return Err(NotPosted::NodeFull);
            }
            state.content += new.message.content();
            let entry = state.say(Event::Message(new.message), now);
            state.chat.renew(now);
            state.keys.keep(new.key.as_ref(), || Made::Message(entry.clone()), now);
            Ok(Once::first(entry))
        }))
    }

    async fn messages_page(&self, chat: ChatId, floor: u64, page: LogPage, now: Timestamp) -> StoreResult<Option<Cut<Arc<Entry>>>> {
        Ok(self.read(chat, now, |state| {
            // Numbers are dense, so that what stands in front of a page need not be looked at.
            let first = match page {
                LogPage::Forward { after, .. } => usize::try_from(after).unwrap_or(usize::MAX).min(state.conversation.len()),
                LogPage::All | LogPage::Backward { .. } => 0,
            };
            let messages = state.conversation[first..].iter().filter(|entry| matches!(entry.event, Event::Message(_)));
            page.cut(messages.cloned(), |entry| entry.number, floor)
        }))
    }
}

impl ChatState {
    fn may_still_post(&self, message: &Message) -> bool {
        match &message.member {
            Some(member) => self.seated(member.id).is_some(),
            None => self.chat.admits_visitors(),
        }
    }

    fn has_room_for(&self, message: &Message, bounds: &Bounds) -> bool {
        self.has_room(1, bounds) && self.content + message.content() <= bounds.content
    }
}
