//! In-memory store: all data in this process, nothing on disk.
//!
//! Chats are in a sharded map, each behind its own lock, so that posts to different chats never wait for each other. Lock order, each held for a few
//! lines: the keys of chat creations, a shard's map, one chat, a shard's timers, the index of links, that of deliveries, the directory of accounts, the
//! reports, the push subscriptions.

mod accounts;
mod allocation;
mod chat;
mod chats;
mod chat_items;
mod direct_chats;
mod counting;
mod directory;
mod entries;
mod groups;
mod friends;
mod knocks;
mod links;
mod mail_tokens;
mod members;
mod messages;
mod push_queue;
mod push_subscriptions;
mod push_table;
mod receipts;
mod presence;
mod reactions;
mod reports;
mod sessions;
mod tickets;
mod timers;
mod usage;
mod webhooks;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use parking_lot::{Mutex, RwLock};

use self::allocation::slots_for;
use self::chat::ChatState;
use self::chat::handle::ChatHandle;
use self::directory::Directory;
use self::push_table::PushTable;
use self::reports::ReportTable;
use self::timers::Timers;
use self::usage::{ChatCreationKeys, UsageTotals};
use self::webhooks::DueDeliveries;
use super::Committed;
use crate::domain::account_log::AccountEvent;
use crate::domain::chat::{ChatKind, EndReason};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{LogUpdate, Topic};
use crate::domain::id::{AccountId, ChatId, LinkId};
use crate::domain::limits::Limits;
use crate::domain::principal::Principal;
use crate::domain::username::Username;

const SHARDS: usize = 64;

#[derive(Default)]
struct Shard {
    chats: RwLock<HashSet<ChatHandle>>,
    timers: Mutex<Timers>,
    links: RwLock<HashMap<LinkId, ChatId>>,
}

impl Shard {
    fn forget(&self, chat: ChatId) {
        let mut chats = self.chats.write();
        chats.remove(&chat);
        let slots = slots_for(chats.len(), chats.capacity());
        chats.shrink_to(slots);
    }
}

/// Stores chats in memory until the process ends.
pub struct MemoryStore {
    limits: Limits,
    shards: Box<[Shard]>,
    creation_keys: Mutex<ChatCreationKeys>,
    directory: RwLock<Directory>,
    reports: Mutex<ReportTable>,
    deliveries: Mutex<DueDeliveries>,
    pushes: Mutex<PushTable>,
    /// How many push subscriptions of accounts there are.
    account_subscriptions: Arc<AtomicUsize>,
    totals: UsageTotals,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("totals", &self.totals).finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// Creates an empty store with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        let directory = RwLock::new(Directory::new(&limits));
        let account_subscriptions = Arc::<AtomicUsize>::default();
        Self {
            limits,
            shards,
            directory,
            reports: Mutex::default(),
            deliveries: Mutex::default(),
            pushes: Mutex::new(PushTable::counting(account_subscriptions.clone())),
            account_subscriptions,
            creation_keys: Mutex::default(),
            totals: UsageTotals::default(),
        }
    }

    fn shard(&self, first_byte: u8) -> &Shard {
        &self.shards[usize::from(first_byte) % SHARDS]
    }

    fn shard_of(&self, id: ChatId) -> &Shard {
        self.shard(id.bytes()[0])
    }

    fn handle(&self, id: ChatId) -> Option<ChatHandle> {
        self.shard_of(id).chats.read().get(&id).cloned()
    }

    /// Reads an existing chat.
    fn read<T>(&self, id: ChatId, now: Timestamp, f: impl FnOnce(&ChatState) -> T) -> Option<T> {
        let handle = self.handle(id)?;
        let state = handle.state().lock();
        state.is_open(now).then(|| f(&state))
    }

    /// Changes an existing chat: applies what is due, then the change, then sets the timer. Updates that an unsuccessful change cannot return are
    /// returned with the next one.
    fn write<T, R>(&self, id: ChatId, now: Timestamp, gone: R, change: impl FnOnce(&mut ChatState) -> Result<T, R>) -> Result<Committed<T>, R> {
        let Some(handle) = self.handle(id) else { return Err(gone) };
        let mut state = handle.state().lock();
        if !state.is_open(now) {
            return Err(gone);
        }
        state.apply_expiry(now, &self.limits);
        let result = change(&mut state);
        let told = self.tell_accounts(state.take_news());
        state.trim(&self.limits);
        let due = self.schedule_deliveries(&mut state);
        self.rearm(&handle, &mut state);
        let dropped_links = state.door.as_mut().map(|door| std::mem::take(&mut door.dropped_links)).unwrap_or_default();
        let result = result.map(|value| {
            let updates = state.take_updates();
            self.mark_pushes(&mut state, &updates, now);
            Committed::new(value, updates.into_iter().chain(told).chain(due).collect())
        });
        self.totals.count(&mut state);
        drop(state);
        self.forget_links(dropped_links);
        result
    }

    /// Appends what a change adds to the logs of accounts, while its chat is locked. Returns the updates to announce; what is not announced, the audit of
    /// the heads finds.
    fn tell_accounts(&self, news: Vec<(AccountId, AccountEvent)>) -> Vec<LogUpdate> {
        if news.is_empty() { Vec::new() } else { self.directory_mut().append_news(news) }
    }

    fn rearm(&self, handle: &ChatHandle, state: &mut ChatState) {
        let due = state.due();
        if due < state.timer_at {
            self.shard_of(handle.id()).timers.lock().move_to(handle.clone(), state.timer_at, due);
            state.timer_at = due;
        }
    }

    /// Adds the chat to the chats of an account that comes to it, before it leaves anything there: so a deletion of the account finds all chats. Returns
    /// false if the account is gone, or may enter no further chat.
    fn enter_chat(&self, chat: ChatId, principal: Principal) -> bool {
        principal.account().is_none_or(|account| self.directory_mut().enter_chat(account, chat))
    }

    /// Takes back [`Self::enter_chat`] for an account that did not come to the chat after all.
    fn stay_out(&self, state: &ChatState, principal: Principal) {
        let Some(account) = principal.account() else { return };
        if state.accounts.as_ref().is_none_or(|accounts| !accounts.contains(account)) {
            self.directory_mut().remove_chat([&account].into_iter(), state.chat.id);
        }
    }

    /// Erases a deleted account from a chat. Returns the updates to announce.
    fn erase_account(&self, chat: ChatId, account: AccountId, username: &Username, now: Timestamp) -> Vec<LogUpdate> {
        let erased = self.write(chat, now, (), |state| Ok(state.erase(account, username, now, &self.limits)));
        let Ok((mut updates, appended)) = erased.map(Committed::into_parts) else { return Vec::new() };
        updates.extend(appended);
        updates.extend(self.end(chat, EndReason::Closed, now, ChatState::is_abandoned).into_iter().flat_map(|ended| ended.into_parts().1));
        updates
    }

    /// Drops the stored results of chats that a deleted account created.
    fn forget_creations_of(&self, account: AccountId) {
        let mut creation_keys = self.creation_keys_mut();
        creation_keys.keys.retain(|opened| opened.author != Principal::Account(account));
    }

    /// Removes an ended chat from the chats and the logs of its accounts, and tells those whose knocks end with it. Returns the updates to announce.
    fn unindex_accounts(&self, contents: &ChatState) -> Vec<LogUpdate> {
        let Some(accounts) = &contents.accounts else { return Vec::new() };
        let mut directory = self.directory_mut();
        directory.remove_chat(accounts.iter(), contents.chat.id);
        if contents.chat.kind == ChatKind::Direct {
            accounts.iter().for_each(|account| directory.friends.forget_direct_chat(*account, contents.chat.id));
        }
        directory.append_news(contents.knocks_ended_with_chat())
    }

    fn chat_of(&self, link: LinkId) -> Option<ChatId> {
        self.shard(link.bytes()[0]).links.read().get(&link).copied()
    }

    fn index_link(&self, link: LinkId, chat: ChatId) {
        self.shard(link.bytes()[0]).links.write().insert(link, chat);
    }

    fn forget_links(&self, links: impl IntoIterator<Item = LinkId>) {
        for link in links {
            let mut links = self.shard(link.bytes()[0]).links.write();
            links.remove(&link);
            let slots = slots_for(links.len(), links.capacity());
            links.shrink_to(slots);
        }
    }

    /// Removes a chat if `ends` returns true. Its contents are freed after its lock is released.
    fn end(&self, id: ChatId, end: EndReason, now: Timestamp, ends: impl FnOnce(&ChatState) -> bool) -> Option<Committed<()>> {
        let handle = self.handle(id)?;
        let contents = {
            let mut state = handle.state().lock();
            if state.gone || !ends(&state) {
                return None;
            }
            state.empty()
        };
        let shard = self.shard_of(id);
        shard.forget(id);
        shard.timers.lock().drop_from(handle, contents.timer_at);
        self.forget_links(contents.links());
        self.drop_deliveries(&contents);
        self.drop_pushes(&contents);
        let told = self.unindex_accounts(&contents);
        if let Some(group) = &contents.chat.group {
            self.directory_mut().groups.release(&group.name, id, now);
        }
        self.totals.release(&contents);
        if let Some(scope) = contents.creation_scope {
            self.creation_keys_mut().keys.forget(&scope, |opened| opened.chat.id == id);
        }
        let ended = [Topic::Conversation(id), Topic::Door(id)].map(|topic| LogUpdate::Ended { topic, end });
        Some(Committed::new((), ended.into_iter().chain(told).collect()))
    }
}
