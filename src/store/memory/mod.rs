//! The embedded store: everything in this process, nothing on disk.
//!
//! Chats stand in a sharded map, each behind its own lock, so that posts into different chats never wait for each other. Locks are taken in this order,
//! each held for a few lines: the keys of new chats, a shard's map, one chat, a shard's timers, the index of links.

mod chats;
mod decisions;
mod door;
mod doorway;
mod entries;
mod keys;
mod knocks;
mod links;
mod members;
mod messages;
mod place;
mod state;
mod tally;
mod tickets;
mod timers;
mod waiting;
mod weight;

use std::collections::{HashMap, HashSet};
use std::fmt;

use parking_lot::{Mutex, RwLock};

use self::place::Place;
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

#[derive(Default)]
struct Shard {
    chats: RwLock<HashSet<Place>>,
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

    fn place(&self, id: ChatId) -> Option<Place> {
        self.home(id).chats.read().get(&id).cloned()
    }

    /// Looks into a chat that is there.
    fn read<T>(&self, id: ChatId, now: Timestamp, look: impl FnOnce(&ChatState) -> T) -> Option<T> {
        let place = self.place(id)?;
        let state = place.state().lock();
        state.is_open(now).then(|| look(&state))
    }

    /// Changes a chat that is there: what is due is cleared away first, the timer is set afterwards. News that a refused change cannot hand out go
    /// with the next one.
    fn write<T, R>(&self, id: ChatId, now: Timestamp, gone: R, change: impl FnOnce(&mut ChatState) -> Result<T, R>) -> Result<Committed<T>, R> {
        let Some(place) = self.place(id) else { return Err(gone) };
        let mut state = place.state().lock();
        if !state.is_open(now) {
            return Err(gone);
        }
        state.settle(now, &self.bounds);
        let done = change(&mut state);
        self.totals.count(&mut state);
        self.rearm(&place, &mut state);
        let dropped = state.doorway.as_mut().map(|doorway| std::mem::take(&mut doorway.dropped_links)).unwrap_or_default();
        let done = done.map(|value| Committed::new(value, state.take_news()));
        drop(state);
        self.forget_links(dropped);
        done
    }

    fn rearm(&self, place: &Place, state: &mut ChatState) {
        let due = state.due();
        if due < state.armed {
            self.home(place.id()).timers.lock().move_to(place.clone(), state.armed, due);
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
            let mut links = self.shard(link.bytes()[0]).links.write();
            links.remove(&link);
            let slots = slots_for(links.len(), links.capacity());
            links.shrink_to(slots);
        }
    }

    /// Takes a chat away if `ends` says so of it. What it held is freed after its lock is.
    fn end(&self, id: ChatId, end: End, ends: impl FnOnce(&ChatState) -> bool) -> Option<Committed<()>> {
        let place = self.place(id)?;
        let remains = {
            let mut state = place.state().lock();
            if state.gone || !ends(&state) {
                return None;
            }
            state.empty()
        };
        let home = self.home(id);
        home.forget(id);
        home.timers.lock().drop_from(place, remains.armed);
        self.forget_links(remains.links());
        self.totals.count_out(&remains);
        if let Some(scope) = remains.opened_with {
            self.openings.lock().keys.forget(&scope, |opened| opened.chat.id == id);
        }
        let news = [Topic::Conversation(id), Topic::Door(id)].map(|topic| News::Ended { topic, end });
        Some(Committed::new((), news.into()))
    }
}

/// How many slots a table should have after something was taken out: it gives memory back once three quarters of it stand empty.
const fn slots_for(len: usize, capacity: usize) -> usize {
    if capacity / 4 > len { len * 2 } else { capacity }
}
