//! Chats in memory, from opening to end.

use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::MemoryStore;
use super::keys::refuse_bad_key;
use super::place::Place;
use super::state::ChatState;
use super::weight;
use crate::domain::bounds::SPARE_ENTRIES;
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
        openings.keys.forget(&key.scope, |opened| self.read(opened.chat.id, now, |_| ()).is_none());
        match openings.keys.made(Some(&key), now) {
            Err(bad) => return Ok(Err(bad.into())),
            Ok(Some(opened)) => return Ok(Ok(Committed::new(Once::again(opened), Vec::new()))),
            Ok(None) => {}
        }
        let done = self.open_chat(new, now);
        if let Ok(opened) = &done {
            openings.keys.keep(Some(&key), || opened.value().made.clone(), now);
        }
        self.totals.count_keys(&mut openings);
        Ok(done)
    }

    async fn see_chat(&self, chat: ChatId, who: Option<Credential>, now: Timestamp) -> StoreResult<Option<View>> {
        Ok(self.read(chat, now, |state| {
            let seat = who.and_then(|credential| state.seat_of(&credential).cloned());
            View { chat: state.chat.clone(), seat }
        }))
    }

    async fn update_chat(&self, chat: ChatId, change: ChatChange, now: Timestamp) -> Write<Chat, NotUpdated> {
        Ok(self.write(chat, now, NotUpdated::Gone, |state| self.update(state, &change, now)))
    }

    async fn close_chat(&self, chat: ChatId, now: Timestamp) -> StoreResult<Option<Committed<()>>> {
        Ok(self.end(chat, End::Closed, |state| state.is_open(now)))
    }

    async fn clear_due(&self, now: Timestamp, most: usize) -> StoreResult<Vec<Committed<()>>> {
        let mut cleared = Vec::new();
        for shard in &self.shards {
            let ringing = shard.timers.lock().ringing(now, most - cleared.len());
            cleared.extend(ringing.into_iter().map(|place| self.clear(&place, now)));
            if cleared.len() >= most {
                break;
            }
        }
        let mut openings = self.openings.lock();
        openings.keys.lapse(now);
        self.totals.count_keys(&mut openings);
        Ok(cleared)
    }
}

impl MemoryStore {
    fn open_chat(&self, new: NewChat, now: Timestamp) -> Result<Committed<Once<OpenedChat>>, NotOpened> {
        let most = self.bounds.total_chats;
        let one_more = |chats: u64| (chats < most).then_some(chats + 1);
        if self.totals.chats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_err() {
            return Err(NotOpened::NodeFull);
        }
        let id = new.chat.id;
        let mut state = ChatState::new(new.chat, new.key.map(|key| key.scope));
        state.seat(&new.owner, new.author, None, None, now);
        state.say(Event::MemberJoined { member: new.owner.clone(), by: None }, now);
        if !self.take(state.weight(), &mut state.counted, |before, _| before.takes_chats()) {
            self.totals.chats.fetch_sub(1, Ordering::Relaxed);
            return Err(NotOpened::NodeFull);
        }
        self.totals.count(&mut state);
        let news = state.take_news();
        let opened = OpenedChat { chat: state.chat.clone(), owner: new.owner, author: new.author };
        let home = self.home(id);
        let armed = state.armed;
        let place = Place::of(state);
        home.timers.lock().set(place.clone(), armed);
        home.chats.write().insert(place);
        Ok(Committed::new(Once::first(opened), news))
    }

    /// Looks at a chat whose timer rang: it ends, or what is due in it is cleared away; its timer is set anew.
    fn clear(&self, place: &Place, now: Timestamp) -> Committed<()> {
        if let Some(ended) = self.end(place.id(), End::Expired, |state| !state.is_open(now)) {
            return ended;
        }
        let mut state = place.state().lock();
        if state.gone {
            return Committed::new((), Vec::new());
        }
        state.settle(now, &self.bounds);
        self.totals.count(&mut state);
        state.armed = state.due();
        self.home(place.id()).timers.lock().set(place.clone(), state.armed);
        Committed::new((), state.take_news())
    }

    fn update(&self, state: &mut ChatState, change: &ChatChange, now: Timestamp) -> Result<Chat, NotUpdated> {
        if change.is_nothing() {
            return Ok(state.chat.clone());
        }
        let (before, after) = (state.chat.admission, change.applied_to(&state.chat, now));
        let opens = before == Admission::Knock && after.admission == Admission::Open;
        if opens && state.somebody_was_removed {
            return Err(NotUpdated::SomebodyWasRemoved);
        }
        let admitted = if opens { state.doorway().pending.len() } else { 0 };
        if state.members.len() + admitted > self.bounds.members {
            return Err(NotUpdated::MembersFull);
        }
        let always = !opens && (before != after.admission || change.expires_in.is_some());
        if !always && !state.has_room(1 + admitted, &self.bounds) {
            return Err(NotUpdated::Full);
        }
        if !always && !opens && !self.lets_grow(state, weight::CHANGE) {
            return Err(NotUpdated::NodeFull);
        }
        state.chat = after;
        let room = state.conversation.len() < self.bounds.entries.saturating_add(SPARE_ENTRIES) && !self.fill().is_over();
        if room || before != state.chat.admission {
            let event = Event::ChatUpdated { chat: Box::new(state.chat.clone()), by: state.owner() };
            state.say(event, now);
        }
        if opens {
            state.decide_all(None, Verdict::Approve, now, &self.bounds);
        } else if before == Admission::Open && state.chat.admission == Admission::Knock {
            state.revoke_where(|link| !link.is_owners(), now, &self.bounds);
        }
        Ok(state.chat.clone())
    }
}
