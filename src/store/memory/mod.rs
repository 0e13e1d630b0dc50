//! The embedded store: everything in this process, nothing on disk.
//!
//! Chats stand in a sharded map, each behind its own lock, so that posts into different chats never wait for each other. Locks are taken in this order,
//! each held for a few lines: the keys of new chats, a shard's map, one chat, a shard's timers, the index of links.

mod chats;
mod door;
mod entries;
mod keys;
mod knocks;
mod links;
mod members;
mod messages;
mod state;
mod tally;
mod tickets;
mod timers;
mod weight;

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use self::state::ChatState;
use self::tally::{Openings, Totals};
use self::timers::Timers;
use super::Committed;
use crate::domain::bounds::Bounds;
use crate::domain::chat::End;
use crate::domain::clock::Timestamp;
use crate::domain::entry::{News, Topic};
use crate::domain::id::{ChatId, LinkId};

const SHARDS: usize = 64;

type Chat = Arc<Mutex<ChatState>>;

#[derive(Default)]
struct Shard {
    chats: RwLock<HashMap<ChatId, Chat>>,
    timers: Mutex<Timers>,
    links: RwLock<HashMap<LinkId, ChatId>>,
}

/// Chats in memory, until the process ends.
pub struct MemoryStore {
    bounds: Bounds,
    shards: Box<[Shard]>,
    openings: Mutex<Openings>,
    totals: Totals,
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("totals", &self.totals).finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// An empty store with these bounds.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { bounds, shards, openings: Mutex::default(), totals: Totals::default() }
    }

    fn shard(&self, first_byte: u8) -> &Shard {
        &self.shards[usize::from(first_byte) % SHARDS]
    }

    fn home(&self, id: ChatId) -> &Shard {
        self.shard(id.bytes()[0])
    }

    fn cell(&self, id: ChatId) -> Option<Chat> {
        self.home(id).chats.read().get(&id).cloned()
    }

    /// Looks into a chat that is there.
    fn read<T>(&self, id: ChatId, now: Timestamp, look: impl FnOnce(&ChatState) -> T) -> Option<T> {
        let cell = self.cell(id)?;
        let state = cell.lock();
        state.is_open(now).then(|| look(&state))
    }

    /// Changes a chat that is there: what is due is cleared away first, the timer is set afterwards. News that a refused change cannot hand out go
    /// with the next one.
    fn write<T, R>(&self, id: ChatId, now: Timestamp, gone: R, change: impl FnOnce(&mut ChatState) -> Result<T, R>) -> Result<Committed<T>, R> {
        let Some(cell) = self.cell(id) else { return Err(gone) };
        let mut state = cell.lock();
        if !state.is_open(now) {
            return Err(gone);
        }
        state.settle(now, &self.bounds);
        let done = change(&mut state);
        self.totals.count(&mut state);
        self.rearm(&mut state);
        let dropped = std::mem::take(&mut state.dropped_links);
        let done = done.map(|value| Committed::new(value, state.take_news()));
        drop(state);
        self.forget_links(dropped);
        done
    }

    fn rearm(&self, state: &mut ChatState) {
        let due = state.due();
        if due < state.armed {
            self.home(state.chat.id).timers.lock().move_to(state.chat.id, state.armed, due);
            state.armed = due;
        }
    }

    fn chat_of(&self, link: LinkId) -> Option<ChatId> {
        self.shard(link.bytes()[0]).links.read().get(&link).copied()
    }

    fn index_link(&self, link: LinkId, chat: ChatId) {
        self.shard(link.bytes()[0]).links.write().insert(link, chat);
    }

    fn forget_links(&self, links: impl IntoIterator<Item = LinkId>) {
        for link in links {
            remove(&mut self.shard(link.bytes()[0]).links.write(), &link);
        }
    }

    /// Takes a chat away if `ends` says so of it. What it held is freed after its lock is.
    fn end(&self, id: ChatId, end: End, ends: impl FnOnce(&ChatState) -> bool) -> Option<Committed<()>> {
        let cell = self.cell(id)?;
        let remains = {
            let mut state = cell.lock();
            if state.gone || !ends(&state) {
                return None;
            }
            state.empty()
        };
        let home = self.home(id);
        remove(&mut home.chats.write(), &id);
        home.timers.lock().drop_from(id, remains.armed);
        self.forget_links(remains.links());
        self.totals.count_out(&remains);
        if let Some(scope) = remains.opened_with {
            self.openings.lock().keys.forget(&scope, |opened| opened.chat.id == id);
        }
        let news = [Topic::Conversation(id), Topic::Door(id)].map(|topic| News::Ended { topic, end });
        Some(Committed::new((), news.into()))
    }
}

/// Takes something out of a map, which gives memory back once three quarters of it stand empty.
fn remove<K: Eq + Hash, V>(map: &mut HashMap<K, V>, key: &K) {
    map.remove(key);
    if map.capacity() / 4 > map.len() {
        map.shrink_to(map.len() * 2);
    }
}
