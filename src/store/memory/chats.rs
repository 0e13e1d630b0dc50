//! Chats in memory, from creation to end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::ChatState;
use super::chat::handle::ChatHandle;
use super::chat::idempotency::{KeyError, impl_from_key_error};
use super::chat::memory_cost;
use super::directory::group_index::NameTaken;
use crate::domain::chat::{Admission, Chat, ChatChange, ChatKind, ChatView, EndReason, OpenedChat};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Event, LogUpdate};
use crate::domain::id::{ChatId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::knock::Verdict;
use crate::domain::member::Member;
use crate::domain::principal::Principal;
use crate::store::chats::{Chats, NewChat, NotOpened, NotUpdated};
use crate::store::{Committed, StoreResult, WriteResult};

impl_from_key_error!(NotOpened);

#[async_trait]
impl Chats for MemoryStore {
    async fn create_chat(&self, new: NewChat, now: Timestamp) -> WriteResult<Idempotent<OpenedChat>, NotOpened> {
        Ok(self.create_once(new.key, now, || self.open_chat(new, now)))
    }

    async fn find_chat(&self, chat: ChatId, who: Option<Principal>, now: Timestamp) -> StoreResult<Option<ChatView>> {
        Ok(self.read(chat, now, |state| {
            let membership = who.and_then(|credential| state.membership_of(&credential).cloned());
            let with = membership.as_ref().and_then(|membership| state.other_in_direct_chat(membership.member.id));
            ChatView { chat: state.chat.clone(), membership, with: with.cloned() }
        }))
    }

    async fn update_chat(&self, chat: ChatId, change: ChatChange, by: MemberId, now: Timestamp) -> WriteResult<Chat, NotUpdated> {
        Ok(self.write(chat, now, NotUpdated::Gone, |state| {
            let by = state.member(by).filter(|_| !state.is_departed(by)).ok_or(NotUpdated::Gone)?.membership.member.clone();
            self.update(state, &change, &by, now)
        }))
    }

    async fn close_chat(&self, chat: ChatId, now: Timestamp) -> StoreResult<Option<Committed<()>>> {
        Ok(self.end(chat, EndReason::Closed, now, |state| state.is_open(now)))
    }

    async fn expire_due(&self, now: Timestamp, max: usize) -> StoreResult<Vec<Committed<()>>> {
        let mut expired = Vec::new();
        for shard in &self.shards {
            let due = shard.timers.lock().due(now, max - expired.len());
            expired.extend(due.into_iter().map(|handle| self.clear(&handle, now)));
            if expired.len() >= max {
                break;
            }
        }
        let mut creation_keys = self.creation_keys_mut();
        creation_keys.keys.expire(now);
        drop(creation_keys);
        let mut directory = self.directory_mut();
        directory.claims.expire(now);
        directory.groups.expire(now);
        Ok(expired)
    }
}

impl MemoryStore {
    /// Creates a chat, or returns the one that the first request with this key created.
    pub(super) fn create_once<R: From<KeyError>>(
        &self,
        key: Option<IdempotencyKey>,
        now: Timestamp,
        create: impl FnOnce() -> Result<Committed<Idempotent<OpenedChat>>, R>,
    ) -> Result<Committed<Idempotent<OpenedChat>>, R> {
        let Some(key) = key else { return create() };
        let mut creation_keys = self.creation_keys_mut();
        creation_keys.keys.forget(&key.scope, |opened| self.read(opened.chat.id, now, |_| ()).is_none());
        if let Some(opened) = creation_keys.keys.lookup(Some(&key), now)? {
            return Ok(Committed::new(Idempotent::replayed(opened), Vec::new()));
        }
        let done = create();
        if let Ok(opened) = &done {
            let opened = &opened.value().value;
            // Not before: a chat that ends looks for its key.
            self.note_creation_scope(opened.chat.id, key.scope);
            creation_keys.keys.insert(Some(&key), || opened.clone(), now);
        }
        done
    }

    /// Lets a chat know with which key it was created.
    fn note_creation_scope(&self, chat: ChatId, scope: [u8; 32]) {
        let Some(handle) = self.handle(chat) else { return };
        let mut state = handle.state().lock();
        state.creation_scope = Some(Box::new(scope));
        self.totals.count(&mut state);
    }

    fn open_chat(&self, new: NewChat, now: Timestamp) -> Result<Committed<Idempotent<OpenedChat>>, NotOpened> {
        let id = new.chat.id;
        if !self.enter_chat(id, new.author) {
            return Err(NotOpened::AccountFull);
        }
        let mut state = ChatState::new(new.chat);
        state.add_member(&new.owner, new.author, None, None, now);
        state.append(Event::MemberJoined { member: new.owner.clone(), by: None }, now);
        let news = state.take_news();
        let Some((chat, mut updates)) = self.insert_chat(state) else {
            if let Some(account) = new.author.account() {
                self.directory_mut().remove_chat([&account].into_iter(), id);
            }
            return Err(NotOpened::NodeFull);
        };
        updates.extend(self.tell_accounts(news));
        let opened = OpenedChat { chat, owner: new.owner, author: new.author };
        self.erase_if_gone(id, &opened, now);
        Ok(Committed::new(Idempotent::new(opened), updates))
    }

    /// Adds a chat with its first entries to the node. Returns it with the updates to announce; `None` if the node is full.
    pub(super) fn insert_chat(&self, mut state: ChatState) -> Option<(Chat, Vec<LogUpdate>)> {
        let max = self.limits.total_chats;
        let increment = |chats: u64| (chats < max).then_some(chats + 1);
        self.totals.chats.fetch_update(Ordering::Relaxed, Ordering::Relaxed, increment).ok()?;
        if !self.reserve(state.memory_bytes(), &mut state.counted, |before, _| before.accepts_new_chats()) {
            self.totals.chats.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        self.totals.count(&mut state);
        state.timer_at = state.due();
        let (chat, timer_at, updates) = (state.chat.clone(), state.timer_at, state.take_updates());
        let (shard, handle) = (self.shard_of(chat.id), ChatHandle::new(state));
        shard.timers.lock().set(handle.clone(), timer_at);
        shard.chats.write().insert(handle);
        Some((chat, updates))
    }

    /// Erases the owner of a new chat if its account was deleted while the chat was created: the deletion did not find the chat yet.
    fn erase_if_gone(&self, chat: ChatId, opened: &OpenedChat, now: Timestamp) {
        if let (Some(account), Some(username)) = (opened.author.account(), &opened.owner.username)
            && !self.directory.read().accounts.contains_key(&account)
        {
            self.erase_account(chat, account, username, now);
        }
    }

    /// Handles a chat whose timer fired: ends it, or applies what is due and sets its timer again.
    fn clear(&self, handle: &ChatHandle, now: Timestamp) -> Committed<()> {
        if let Some(ended) = self.end(handle.id(), EndReason::Expired, now, |state| !state.is_open(now)) {
            return ended;
        }
        let mut state = handle.state().lock();
        if state.gone {
            return Committed::new((), Vec::new());
        }
        state.apply_expiry(now, &self.limits);
        let told = self.tell_accounts(state.take_news());
        let updates = state.take_updates();
        self.mark_pushes(&mut state, &updates, now);
        self.totals.count(&mut state);
        state.timer_at = state.due();
        self.shard_of(handle.id()).timers.lock().set(handle.clone(), state.timer_at);
        Committed::new((), updates.into_iter().chain(told).collect())
    }

    fn update(&self, state: &mut ChatState, change: &ChatChange, by: &Arc<Member>, now: Timestamp) -> Result<Chat, NotUpdated> {
        if change.is_empty() {
            return Ok(state.chat.clone());
        }
        let (role, is_link) = (by.role, state.chat.kind == ChatKind::Link);
        if (change.needs_owner() && !role.may_govern()) || (change.changes_profile() && !role.may_change_profile()) {
            return Err(NotUpdated::Gone);
        }
        let (before, after) = (state.chat.admission, change.applied_to(&state.chat, now));
        let opens = is_link && before == Admission::Knock && after.admission == Admission::Open;
        if opens && state.member_was_removed {
            return Err(NotUpdated::SomebodyWasRemoved);
        }
        let admitted = if opens { state.door().shown_pending().count() } else { 0 };
        if state.members.len() + admitted > self.limits.members {
            return Err(NotUpdated::MembersFull);
        }
        let always_fits = !opens && (before != after.admission || change.expires_in.is_some());
        if !always_fits && !state.has_room(1 + admitted, &self.limits) {
            return Err(NotUpdated::Full);
        }
        if !always_fits && !opens && !self.reserve_growth(state, memory_cost::CHANGE) {
            return Err(NotUpdated::NodeFull);
        }
        if let (Some(group), Some(name)) = (&state.chat.group, &change.name) {
            self.directory_mut().groups.rename(&group.name, name, state.chat.id, now).map_err(|NameTaken| NotUpdated::NameTaken)?;
        }
        state.chat = after;
        let room = state.has_room_in_reserve(&self.limits) && !self.memory_usage().is_exhausted();
        if room || before != state.chat.admission {
            let event = Event::ChatUpdated { chat: Box::new(state.chat.clone()), by: by.clone() };
            state.append(event, now);
        }
        if opens {
            state.decide_all(None, Verdict::Approve, now, &self.limits);
        } else if is_link && before == Admission::Open && state.chat.admission == Admission::Knock {
            state.revoke_where(|link| !link.is_by_owner(), now, &self.limits);
        }
        Ok(state.chat.clone())
    }
}
