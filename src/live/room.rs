//! One log that is listened to: what it gives to a cursor.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::budget::Budget;
use super::frame::{Frame, Position, Render, join};
pub use super::tail::Whereabouts;
use super::tail::{Joined, Tail};
use super::wake::{Waiters, Wakes};
use crate::domain::chat::End;
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Closes, Entry, Head, Topic};
use crate::domain::id::{Epoch, MemberId};

/// How many bytes a listener is handed at once, give or take a frame.
pub const BATCH: usize = 32 << 10;

/// Who reads, as far as that decides where their stream ends.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Which member; none for a visitor.
    pub member: Option<MemberId>,
    /// The head when they came: what ended others' streams before does not end theirs.
    pub came_at: u64,
}

impl Reader {
    /// Whether this reader's stream ends with `frame`.
    #[must_use]
    pub fn ends_with(&self, frame: &Frame) -> bool {
        let theirs = match (frame.closes, self.member) {
            (Some(Closes::Member(member)), Some(me)) => member == me,
            (Some(Closes::Visitors), None) => true,
            _ => false,
        };
        theirs && frame.number > self.came_at
    }
}

/// Ready bytes, shared by all who stand at the same number.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The number they lead to.
    pub last: u64,
    /// The bytes.
    pub bytes: Bytes,
    /// Whether the reader's stream ends with them.
    pub ends: bool,
}

/// What a listener sees of a log at a glance.
#[derive(Clone, Debug)]
pub enum Glance {
    /// This follows.
    Has(Batch),
    /// Nothing that the tail has follows where this is.
    Away(Whereabouts),
    /// The log's time is up, as far as its room knows.
    Due,
}

impl Batch {
    /// The first of `frames`, up to about [`BATCH`] bytes, and up to one with which the reader's stream ends; `None` where there are none.
    pub fn of<'a>(render: &dyn Render, epoch: Epoch, reader: Reader, frames: impl Iterator<Item = &'a Frame>) -> Option<Self> {
        let (mut first, mut bytes, mut ends) = (Vec::new(), 0, false);
        for frame in frames {
            first.push(frame);
            bytes += frame.body.len();
            ends = reader.ends_with(frame);
            if ends || bytes >= BATCH {
                break;
            }
        }
        let last = first.last()?.number;
        let bytes = join(render, epoch, first.into_iter(), |seq| Position { seq, door: None });
        Some(Self { last, bytes, ends })
    }
}

/// The first of `frames`, up to about [`BATCH`] bytes.
pub fn first_of(frames: impl Iterator<Item = Frame>) -> Vec<Frame> {
    let (mut first, mut bytes) = (Vec::new(), 0);
    for frame in frames {
        bytes += frame.body.len();
        first.push(frame);
        if bytes >= BATCH {
            break;
        }
    }
    first
}

/// One log that is listened to.
pub struct Room {
    topic: Topic,
    render: Arc<dyn Render>,
    tail: Mutex<Tail>,
    waiters: Arc<Waiters>,
    edge: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Room {
    pub(super) fn new(topic: Topic, render: Arc<dyn Render>, budget: Arc<Budget>) -> Self {
        Self { topic, render, tail: Mutex::new(Tail::new(budget)), waiters: Arc::default(), edge: tokio::sync::Mutex::default() }
    }

    /// Which log it is.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        self.topic
    }

    /// The last number that is known of.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.tail.lock().number()
    }

    /// When the log will be gone, as far as is known.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.tail.lock().expires_at()
    }

    /// The store says that the log stands at `head`. Says whether that was news.
    pub fn raise(&self, head: Head) -> bool {
        let news = self.tail.lock().raise(head);
        if news {
            self.wake();
        }
        news
    }

    /// One reader at a time reads from the store what belongs into the tail; the others find it there.
    pub async fn edge(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.edge.lock().await
    }

    /// The store has nothing up to `number` any more.
    pub fn skip(&self, number: u64) {
        self.tail.lock().skip(number);
    }

    /// Drops what was rendered, unless the log is gone: then the store has nothing any more.
    pub(super) fn forget_rendered(&self) {
        self.tail.lock().forget_rendered();
    }

    /// Takes in what was read from the store. It may reach further than anybody rang for, so whoever stands at the head is woken.
    pub fn fill(&self, frames: &[Frame]) {
        let mut tail = self.tail.lock();
        let Some(head) = tail.head else { return };
        for frame in frames {
            tail.push(frame.clone(), head);
        }
        let grown = tail.number() > head.number;
        drop(tail);
        if grown {
            self.wake();
        }
    }

    /// Where `number` lies in this log.
    #[must_use]
    pub fn whereabouts(&self, number: u64) -> Whereabouts {
        self.tail.lock().place(number)
    }

    /// What follows `number`, for a listener of this log alone, at a glance.
    #[must_use]
    pub fn glance(&self, number: u64, epoch: Epoch, reader: Reader, now: Timestamp) -> Glance {
        let mut tail = self.tail.lock();
        if now >= tail.expires_at() {
            return Glance::Due;
        }
        match tail.place(number) {
            Whereabouts::InTail => self.batch(&mut tail, number, epoch, reader).map_or(Glance::Away(Whereabouts::Before), Glance::Has),
            place => Glance::Away(place),
        }
    }

    /// What follows `number`, which lies in the tail.
    fn batch(&self, tail: &mut Tail, number: u64, epoch: Epoch, reader: Reader) -> Option<Batch> {
        let serves = |joined: &&Joined| joined.after == number && (joined.last == tail.number() || joined.bytes.len() >= BATCH);
        if let Some(joined) = tail.joined().filter(serves) {
            return Some(Batch { last: joined.last, bytes: joined.bytes.clone(), ends: false });
        }
        let plain = tail.after(number).all(|frame| frame.closes.is_none());
        let batch = Batch::of(self.render.as_ref(), epoch, reader, tail.after(number))?;
        if plain {
            tail.keep_joined(Joined { after: number, last: batch.last, bytes: batch.bytes.clone() });
        }
        Some(batch)
    }

    /// What follows `number`, frame by frame, for a listener of two logs; `None` where the tail does not have it any more.
    #[must_use]
    pub fn frames(&self, number: u64) -> Option<Vec<Frame>> {
        let tail = self.tail.lock();
        (tail.place(number) == Whereabouts::InTail).then(|| first_of(tail.after(number).cloned()))
    }

    pub(super) fn join(&self) -> Wakes {
        self.waiters.join()
    }

    pub(super) fn leave(&self, wakes: &Wakes) -> bool {
        self.waiters.leave(wakes)
    }

    pub(super) fn wake(&self) {
        self.waiters.wake();
    }

    /// The log has grown up to `head`, by `entries`.
    pub(super) fn grow(&self, head: Head, entries: &[Arc<Entry>]) {
        let mut grown = false;
        {
            let mut tail = self.tail.lock();
            for entry in entries {
                grown |= tail.push(Frame::new(self.render.as_ref(), self.topic, entry), head);
            }
            if entries.is_empty() {
                grown = tail.raise(head);
            }
        }
        if grown {
            self.wake();
        }
    }

    /// The log is gone. Says whether that was news.
    pub(super) fn end(&self, end: End) -> bool {
        let mut tail = self.tail.lock();
        let news = tail.ended.is_none();
        tail.ended.get_or_insert(end);
        drop(tail);
        self.wake();
        news
    }
}

#[cfg(test)]
mod tests;
