//! Who is listening: rooms for the logs that are listened to, a bus that rings them.
//!
//! A room exists while somebody listens. It holds the head of its log and the recent tail as rendered frames; a listener holds a number. Nothing here knows
//! the store or JSON: whoever builds it hands in a [`Render`], and whoever listens reads what a room no longer has.

mod budget;
pub mod bus;
pub mod frame;
pub mod pages;
pub mod room;
mod tail;
mod parked;
mod wake;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::future::poll_fn;
use std::hash::BuildHasher as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use parking_lot::Mutex;
use tokio_stream::Stream as _;

use self::budget::Budget;
use self::frame::{Frame, Render};
use self::pages::Pages;
use self::room::Room;
use self::wake::Wakes;
use crate::domain::chat::End;
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Entry, Head, News, Topic};

const SHARDS: usize = 64;
/// How many bytes the tails of all rooms usually hold together, at most.
pub const TAILS: usize = 64 << 20;

type Rooms = HashMap<Topic, Arc<Room>>;

/// The rooms of this node.
pub struct Live {
    render: Arc<dyn Render>,
    budget: Arc<Budget>,
    pages: Pages,
    hash: RandomState,
    shards: Box<[Mutex<Rooms>]>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

impl Live {
    /// No rooms yet; entries will be rendered by `render`. The tails of all rooms together hold about `most` bytes of them, give or take a quarter: beyond
    /// it rooms keep less, and their listeners read the store.
    #[must_use]
    pub fn new(render: Arc<dyn Render>, most: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { render, budget: Budget::new(most), pages: Pages::default(), hash: RandomState::new(), shards }
    }

    /// Begins to listen to a log. Whoever does reads the head afterwards and hands it to [`Room::raise`]: what was committed between rings.
    #[must_use]
    pub fn join(self: &Arc<Self>, topic: Topic) -> Listener {
        let mut rooms = self.shard(topic).lock();
        let room = rooms.entry(topic).or_insert_with(|| Arc::new(Room::new(topic, self.render.clone(), self.budget.clone()))).clone();
        let wakes = room.join();
        drop(rooms);
        Listener { live: self.clone(), room, wakes: Some(wakes) }
    }

    /// Takes in what was committed.
    pub fn hear(&self, news: News) {
        match news {
            News::Grown { topic, head, entries } => {
                if let Some(room) = self.room(topic) {
                    room.grow(head, &entries);
                }
            }
            News::Ended { topic, end } => {
                self.pages.forget(topic.chat());
                if let Some(room) = self.room(topic) {
                    room.end(end);
                }
            }
        }
    }

    /// Pages that were answered lately.
    #[must_use]
    pub const fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The logs that are listened to.
    #[must_use]
    pub fn topics(&self) -> Vec<Topic> {
        self.shards.iter().flat_map(|shard| shard.lock().keys().copied().collect::<Vec<_>>()).collect()
    }

    /// What the store says of a log that is listened to: whatever its room missed is now known to be there. Says whether it missed
    /// anything.
    pub fn correct(&self, topic: Topic, head: Head) -> bool {
        self.room(topic).is_some_and(|room| room.raise(head))
    }

    /// The store says that a log that is listened to is gone, and nobody rang: its time was up, or its owner closed it. Says
    /// whether that was news to its room.
    pub fn lost(&self, topic: Topic, now: Timestamp) -> bool {
        self.room(topic).is_some_and(|room| room.end(if now >= room.expires_at() { End::Expired } else { End::Closed }))
    }

    /// Wakes everybody who listens to this log, so that they see what changed outside it.
    pub fn wake(&self, topic: Topic) {
        if let Some(room) = self.room(topic) {
            room.wake();
        }
    }

    /// Wakes everybody, so that they see what changed outside the logs.
    pub fn wake_all(&self) {
        for shard in &self.shards {
            let rooms: Vec<Arc<Room>> = shard.lock().values().cloned().collect();
            for room in rooms {
                room.wake();
            }
        }
    }

    /// Forgets what was rendered: it is rendered otherwise now. Listeners read the store instead.
    pub fn forget_rendered(&self) {
        self.pages.clear();
        for shard in &self.shards {
            shard.lock().values().for_each(|room| room.forget_rendered());
        }
    }

    /// Renders an entry as a room would.
    #[must_use]
    pub fn frame(&self, topic: Topic, entry: &Entry) -> Frame {
        Frame::new(self.render.as_ref(), topic, entry)
    }

    /// How entries and positions are rendered.
    #[must_use]
    pub fn render(&self) -> &dyn Render {
        self.render.as_ref()
    }

    fn shard(&self, topic: Topic) -> &Mutex<Rooms> {
        let place = self.hash.hash_one(topic) % self.shards.len() as u64;
        &self.shards[usize::try_from(place).unwrap_or_default()]
    }

    fn room(&self, topic: Topic) -> Option<Arc<Room>> {
        self.shard(topic).lock().get(&topic).cloned()
    }

    fn leave(&self, room: &Room, wakes: &Wakes) {
        let mut rooms = self.shard(room.topic()).lock();
        if room.leave(wakes) {
            rooms.remove(&room.topic());
        }
    }
}

/// Somebody who listens to one log. Dropping it is leaving.
#[derive(Debug)]
pub struct Listener {
    live: Arc<Live>,
    room: Arc<Room>,
    /// None for one whom somebody else of the room wakes.
    wakes: Option<Wakes>,
}

impl Listener {
    /// The room of the log.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// Somebody else who listens to the same log.
    #[must_use]
    pub fn beside(&self) -> Self {
        self.live.join(self.room.topic())
    }

    /// From now on nothing wakes this one, and it keeps the room no longer: whoever joined with [`Listener::beside`] does both, and stays longer.
    pub fn rests(&mut self) {
        self.leave();
    }

    /// Waits for the next wake-up. It carries nothing: whoever is woken looks at the room.
    pub async fn woken(&mut self) {
        poll_fn(|cx| self.poll_woken(cx)).await;
    }

    /// Ready at the next wake-up; whoever polled is told when it comes.
    pub fn poll_woken(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.wakes {
            Some(wakes) => Pin::new(&mut wakes.stream).poll_next(cx).map(drop),
            None => Poll::Pending,
        }
    }

    fn leave(&mut self) {
        if let Some(wakes) = self.wakes.take() {
            self.live.leave(&self.room, &wakes);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.leave();
    }
}
