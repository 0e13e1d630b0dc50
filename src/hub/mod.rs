//! The hub: a room per subscribed log, notified by a bus.
//!
//! A room exists while it has subscribers. It holds the head of its log and the recent tail as rendered frames; a subscriber holds a sequence number.
//!
//! Nothing here knows the store or JSON: the composition root injects a [`Render`], and subscribers read from the store what a room no longer has.

mod memory_budget;
pub mod schedule;
pub mod session_watches;
mod open_streams;
pub mod account_presence;
pub mod presence;
pub mod bus;
pub mod ephemeral;
pub mod frame;
pub mod page_cache;
pub mod room;
pub mod viewer;
mod publication;
mod subscription;
mod tail;
mod reorder_buffer;
mod wakeups;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use self::account_presence::OnlineAccounts;
use self::frame::{Frame, Render};
use self::memory_budget::MemoryBudget;
use self::page_cache::PageCache;
use self::presence::OnlineChats;
use self::room::Room;
use self::schedule::{Due, Schedule};
use self::session_watches::{SessionWatch, SessionWatches};
pub use self::subscription::Subscription;
use self::wakeups::Wakeups;
use crate::domain::chat::EndReason;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Head, LogUpdate, Topic};
use crate::domain::id::{AccountId, SessionId};
use crate::domain::session::{EndedSession, SessionEnd};

const SHARDS: usize = 64;
/// The usual limit of bytes held by the tails of all rooms together.
pub const MAX_TAIL_BYTES: usize = 64 << 20;

type Rooms = HashMap<Topic, Arc<Room>>;

/// All rooms of this node.
pub struct Hub {
    render: Arc<dyn Render>,
    budget: Arc<MemoryBudget>,
    pages: PageCache,
    sessions: SessionWatches,
    schedule: Arc<Schedule>,
    online_chats: OnlineChats,
    online_accounts: Arc<OnlineAccounts>,
    delivery_due: Notify,
    hash: RandomState,
    shards: Box<[Mutex<Rooms>]>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl Hub {
    /// Creates a hub without rooms that renders entries with `render`.
    ///
    /// The tails of all rooms together hold about `max_tail_bytes`, plus up to a quarter. Beyond that, rooms keep less and their subscribers read
    /// from the store.
    #[must_use]
    pub fn new(render: Arc<dyn Render>, max_tail_bytes: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        let schedule = Arc::<Schedule>::default();
        Self {
            render,
            budget: MemoryBudget::new(max_tail_bytes),
            pages: PageCache::default(),
            sessions: SessionWatches::default(),
            online_chats: OnlineChats::new(schedule.clone()),
            online_accounts: OnlineAccounts::new(schedule.clone()),
            schedule,
            delivery_due: Notify::new(),
            hash: RandomState::new(),
            shards,
        }
    }

    /// Subscribes to a log. The caller then reads the head from the store and passes it to [`Room::advance_head`], since updates may have been
    /// committed before the subscription.
    #[must_use]
    pub fn join(self: &Arc<Self>, topic: Topic) -> Subscription {
        let mut rooms = self.shard(topic).lock();
        let room = rooms.entry(topic).or_insert_with(|| Arc::new(Room::new(topic, self.render.clone(), self.budget.clone()))).clone();
        let wakeups = room.join();
        drop(rooms);
        Subscription::new(self.clone(), room, wakeups)
    }

    /// Applies a committed update to its room.
    pub fn apply(&self, update: LogUpdate) {
        match update {
            LogUpdate::Appended { topic, head, entries } => self.append(topic, head, &entries),
            LogUpdate::Rewritten { topic, head } => {
                if let Some(chat) = topic.chat() {
                    self.pages.remove(chat);
                }
                if let Some(room) = self.room(topic) {
                    room.rewrite(head);
                }
            }
            LogUpdate::Unlogged { topic } => self.wake(topic),
            LogUpdate::Ephemeral { topic, change } => {
                if self.room(topic).is_some_and(|room| room.push_ephemeral(change)) {
                    self.schedule.add_soon(Due::Room(topic));
                }
            }
            LogUpdate::SightChanged { account } => self.schedule.add_soon(Due::Sight(account)),
            LogUpdate::ReadReceipts { account, shown } => self.set_read_receipts(&HashMap::from([(account, shown)])),
            LogUpdate::SessionEnded(EndedSession { session, end, .. }) => self.end_session(session, end),
            LogUpdate::DeliveryDue => self.delivery_due.notify_one(),
            LogUpdate::Ended { topic, end } => {
                if let Some(chat) = topic.chat() {
                    self.pages.remove(chat);
                    self.online_chats.end_chat(chat);
                }
                if let Some(room) = self.room(topic) {
                    room.end(end);
                }
            }
        }
    }

    /// Waits until a webhook has something to send.
    pub async fn delivery_due(&self) {
        self.delivery_due.notified().await;
    }

    /// Registers a stream of a session of an account, so that it learns of the session's end: it is woken by `topic`.
    #[must_use]
    pub fn watch_session(&self, session: SessionId, account: AccountId, topic: Topic) -> SessionWatch {
        self.sessions.watch(session, account, topic)
    }

    /// Returns the accounts that have streams, each once.
    #[must_use]
    pub fn watched_accounts(&self) -> Vec<AccountId> {
        self.sessions.accounts()
    }

    /// Tells the streams of accounts whether these show what they have read.
    pub fn set_read_receipts(&self, shown: &HashMap<AccountId, bool>) {
        self.sessions.set_read_receipts(shown);
    }

    /// Returns the sessions that have streams.
    #[must_use]
    pub fn watched_sessions(&self) -> Vec<SessionId> {
        self.sessions.sessions()
    }

    /// Ends the streams of a session.
    pub fn end_session(&self, session: SessionId, end: SessionEnd) {
        for topic in self.sessions.end(session, end) {
            self.wake(topic);
        }
    }

    /// The cache of recently returned pages.
    #[must_use]
    pub const fn pages(&self) -> &PageCache {
        &self.pages
    }

    /// Returns the logs that have subscribers.
    #[must_use]
    pub fn topics(&self) -> Vec<Topic> {
        self.shards.iter().flat_map(|shard| shard.lock().keys().copied().collect::<Vec<_>>()).collect()
    }

    /// Applies a head read from the store by the audit: what the room missed becomes known. Returns true if it had missed anything.
    pub fn repair_head(&self, topic: Topic, head: Head) -> bool {
        self.room(topic).is_some_and(|room| room.advance_head(head))
    }

    /// Ends a room whose log the store no longer has, although no notification arrived. The reason follows from its expiry.
    ///
    /// Returns true if the room had not known.
    pub fn mark_ended(&self, topic: Topic, now: Timestamp) -> bool {
        self.room(topic).is_some_and(|room| room.end(if now >= room.expires_at() { EndReason::Expired } else { EndReason::Closed }))
    }

    /// Wakes all subscribers of this log, for changes outside it.
    pub fn wake(&self, topic: Topic) {
        if let Some(room) = self.room(topic) {
            room.wake();
        }
    }

    /// Wakes all subscribers, for changes outside the logs.
    pub fn wake_all(&self) {
        for shard in &self.shards {
            let rooms: Vec<Arc<Room>> = shard.lock().values().cloned().collect();
            for room in rooms {
                room.wake();
            }
        }
    }

    /// Drops all rendered data because rendering has changed. Subscribers read from the store instead.
    pub fn forget_rendered(&self) {
        self.pages.clear();
        for shard in &self.shards {
            shard.lock().values().for_each(|room| room.forget_rendered());
        }
    }

    /// Renders an entry the way a room does.
    #[must_use]
    pub fn frame(&self, topic: Topic, entry: &Entry) -> Frame {
        Frame::new(self.render.as_ref(), topic, entry)
    }

    /// The renderer of entries and positions.
    #[must_use]
    pub fn render(&self) -> &dyn Render {
        self.render.as_ref()
    }

    fn shard(&self, topic: Topic) -> &Mutex<Rooms> {
        let index = self.hash.hash_one(topic) % self.shards.len() as u64;
        &self.shards[usize::try_from(index).unwrap_or_default()]
    }

    fn room(&self, topic: Topic) -> Option<Arc<Room>> {
        self.shard(topic).lock().get(&topic).cloned()
    }

    fn leave(&self, room: &Room, wakeups: &Wakeups) {
        let mut rooms = self.shard(room.topic()).lock();
        if room.leave(wakeups) {
            rooms.remove(&room.topic());
        }
    }
}
