//! Chats in memory, from opening to end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::MemoryStore;
use super::keys::refuse_bad_key;
use super::state::ChatState;
use crate::domain::bounds::{Bounds, SPARE_ENTRIES};
use crate::domain::chat::{Admission, Chat, ChatChange, End, OpenedChat, View};
use crate::domain::clock::Timestamp;
use crate::domain::entry::Event;
use crate::domain::id::{ChatId, Credential};
use crate::domain::key::Once;
use crate::domain::knock::Verdict;
use crate::store::chats::{Chats, NewChat, NotOpened, NotUpdated};
use crate::store::{Committed, StoreResult, Write};

refuse_bad_key!(NotOpened);

#[async_trait]
impl Chats for MemoryStore {
    async fn create_chat(&self, new: NewChat, now: Timestamp) -> Write<Once<OpenedChat>, NotOpened> {
        let Some(key) = new.key else { return Ok(self.open_chat(new, now)) };
        let mut openings = self.openings.lock();
        openings.forget(&key.scope, |opened| self.read(opened.chat.id, now, |_| ()).is_none());
        match openings.made(Some(&key), now) {
            Err(bad) => return Ok(Err(bad.into())),
            Ok(Some(opened)) => return Ok(Ok(Committed::new(Once::again(opened), Vec::new()))),
            Ok(None) => {}
        }
        let done = self.open_chat(new, now);
        if let Ok(opened) = &done {
            openings.keep(Some(&key), || opened.value().made.clone(), now);
        }
        Ok(done)
    }

    async fn see_chat(&self, chat: ChatId, who: Option<Credential>, now: Timestamp) -> StoreResult<Option<View>> {
        Ok(self.read(chat, now, |state| {
            let seat = who.and_then(|credential| state.seat_of(&credential).cloned());
            View { chat: state.chat.clone(), seat }
        }))
    }

    async fn update_chat(&self, chat: ChatId, change: ChatChange, now: Timestamp) -> Write<Chat, NotUpdated> {
        Ok(self.write(chat, now, NotUpdated::Gone, |state| state.update(&change, now, &self.bounds)))
    }

    async fn close_chat(&self, chat: ChatId, now: Timestamp) -> StoreResult<Option<Committed<()>>> {
        Ok(self.end(chat, End::Closed, |state| state.is_open(now)))
    }

    async fn clear_due(&self, now: Timestamp, most: usize) -> StoreResult<Vec<Committed<()>>> {
        let mut cleared = Vec::new();
        for shard in &self.shards {
            let ringing = shard.timers.lock().ringing(now, most - cleared.len());
            cleared.extend(ringing.into_iter().map(|chat| self.clear(chat, now)));
            if cleared.len() >= most {
                break;
            }
        }
        self.openings.lock().lapse(now);
        Ok(cleared)
    }
}

impl MemoryStore {
    fn open_chat(&self, new: NewChat, now: Timestamp) -> Result<Committed<Once<OpenedChat>>, NotOpened> {
        let most = self.bounds.total_chats;
        let one_more = |chats: u64| (chats < most).then_some(chats + 1);
        if self.totals.content.load(Ordering::Relaxed) >= self.bounds.total_content
            || self.totals.chats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_err()
        {
            return Err(NotOpened::NodeFull);
        }
        let id = new.chat.id;
        let mut state = ChatState::new(new.chat, new.key.map(|key| key.scope));
        state.seat(&new.owner, new.author, None, None, now);
        state.say(Event::MemberJoined { member: new.owner.clone(), by: None }, now);
        self.totals.count(&mut state);
        let news = state.take_news();
        let opened = OpenedChat { chat: state.chat.clone(), owner: new.owner, author: new.author };
        let home = self.home(id);
        home.timers.lock().set(id, state.armed);
        home.chats.write().insert(id, Arc::new(Mutex::new(state)));
        Ok(Committed::new(Once::first(opened), news))
    }

    /// Looks at a chat whose timer rang: it ends, or what is due in it is cleared away; its timer is set anew.
    fn clear(&self, chat: ChatId, now: Timestamp) -> Committed<()> {
        if let Some(ended) = self.end(chat, End::Expired, |state| !state.is_open(now)) {
            return ended;
        }
        let Some(cell) = self.cell(chat) else { return Committed::new((), Vec::new()) };
        let mut state = cell.lock();
        if state.gone {
            return Committed::new((), Vec::new());
        }
        state.settle(now, &self.bounds);
        self.totals.count(&mut state);
        state.armed = state.due();
        self.home(chat).timers.lock().set(chat, state.armed);
        Committed::new((), state.take_news())
    }
}

impl ChatState {
    fn update(&mut self, change: &ChatChange, now: Timestamp, bounds: &Bounds) -> Result<Chat, NotUpdated> {
        if change.is_nothing() {
            return Ok(self.chat.clone());
        }
        let (before, after) = (self.chat.admission, change.applied_to(&self.chat, now));
        let opens = before == Admission::Knock && after.admission == Admission::Open;
        if opens && self.somebody_was_removed {
            return Err(NotUpdated::SomebodyWasRemoved);
        }
        let admitted = if opens { self.pending.len() } else { 0 };
        if self.members.len() + admitted > bounds.members {
            return Err(NotUpdated::MembersFull);
        }
        let always = !opens && (before != after.admission || change.expires_in.is_some());
        if !always && !self.has_room(1 + admitted, bounds) {
            return Err(NotUpdated::Full);
        }
        self.chat = after;
        if self.conversation.len() < bounds.entries.saturating_add(SPARE_ENTRIES) || before != self.chat.admission {
            let event = Event::ChatUpdated { chat: Box::new(self.chat.clone()), by: self.owner() };
            self.say(event, now);
        }
        if opens {
            self.decide_all(None, Verdict::Approve, now, bounds);
        } else if before == Admission::Open && self.chat.admission == Admission::Knock {
            self.revoke_where(|link| !link.is_owners(), now, bounds);
        }
        Ok(self.chat.clone())
    }
}
