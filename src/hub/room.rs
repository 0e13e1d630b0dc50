//! A room: one subscribed log and what it provides to cursors.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::ephemeral::{EphemeralLane, EphemeralPosition, EphemeralViewer};
use super::frame::{Frame, IdPrefix, Position, Render, join};
use super::memory_budget::MemoryBudget;
pub use super::tail::TailPosition;
use super::tail::{CachedBatch, Tail};
use super::viewer::{StreamFate, Viewer};
use super::wakeups::{WaiterSet, Wakeups};
use crate::domain::chat::EndReason;
use crate::domain::clock::Timestamp;
use crate::domain::ephemeral::EphemeralChange;
use crate::domain::event_log::{Entry, Head, Topic};
use crate::domain::id::AccountId;
use crate::domain::presence::OnlineMembers;

/// The size of a batch in bytes, exceeded by at most one frame.
pub const BATCH: usize = 32 << 10;

/// Rendered bytes, shared by all subscribers at the same position.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The sequence number they lead to.
    pub last: u64,
    /// The bytes.
    pub bytes: Bytes,
    /// What becomes of the viewer's stream after them.
    pub fate: StreamFate,
}

impl Batch {
    /// Concatenates the first of `frames`, up to about [`BATCH`] bytes or to one that ends the viewer's stream; `None` if there are none.
    pub fn of<'a>(render: &dyn Render, prefix: IdPrefix, viewer: Viewer, frames: impl Iterator<Item = &'a Frame>) -> Option<Self> {
        let (mut first, mut bytes, mut fate) = (Vec::new(), 0, StreamFate::GoesOn);
        for frame in frames {
            first.push(frame);
            bytes += frame.body.len();
            fate = viewer.fate_after(frame);
            if fate != StreamFate::GoesOn || bytes >= BATCH {
                break;
            }
        }
        let last = first.last()?.seq;
        let bytes = join(render, prefix, viewer.visible_from, first.into_iter(), |seq| Position { seq, door: None });
        Some(Self { last, bytes, fate })
    }
}

/// Returns the first of `frames`, up to about [`BATCH`] bytes.
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

/// A subscribed log.
pub struct Room {
    topic: Topic,
    render: Arc<dyn Render>,
    tail: Mutex<Tail>,
    ephemeral: EphemeralLane,
    waiters: Arc<WaiterSet>,
    fetch_lock: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Room {
    pub(super) fn new(topic: Topic, render: Arc<dyn Render>, budget: Arc<MemoryBudget>) -> Self {
        let (ephemeral, tail) = (EphemeralLane::new(budget.clone()), Mutex::new(Tail::new(budget)));
        Self { topic, render, tail, ephemeral, waiters: Arc::default(), fetch_lock: tokio::sync::Mutex::default() }
    }

    /// The log of this room.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        self.topic
    }

    /// Returns the last known sequence number.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.tail.lock().head()
    }

    /// Returns when the log expires as far as is known.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.tail.lock().expires_at()
    }

    /// Applies a head read from the store. Returns true if it is new.
    pub fn advance_head(&self, head: Head) -> bool {
        let is_new = self.tail.lock().advance_head(head);
        if is_new {
            self.wake();
        }
        is_new
    }

    /// Serialises reads from the store at the edge of the tail: one subscriber fetches, the others then find the entries in the tail.
    pub async fn single_flight(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.fetch_lock.lock().await
    }

    /// Records that the store has no entries up to `number` any more.
    pub fn forget_before(&self, number: u64) {
        self.tail.lock().forget_before(number);
    }

    /// Drops rendered frames, unless the log has ended: then the store has nothing to replace them.
    pub(super) fn forget_rendered(&self) {
        self.tail.lock().forget_rendered();
    }

    /// Drops everything up to `head`, which was rewritten in the store. Frames of it that arrive late, from a notification or a read, are ignored.
    pub(super) fn rewrite(&self, head: Head) {
        self.tail.lock().rewrite(head);
        self.wake();
    }

    /// Adds frames read from the store. They may reach beyond the last notification, in which case subscribers at the head are woken.
    pub fn backfill(&self, frames: &[Frame]) {
        let mut tail = self.tail.lock();
        let Some(head) = tail.head else { return };
        for frame in frames {
            tail.push(frame.clone(), head);
        }
        let has_grown = tail.head() > head.seq;
        drop(tail);
        if has_grown {
            self.wake();
        }
    }

    /// Returns the position of `number` relative to the tail.
    #[must_use]
    pub fn locate(&self, number: u64) -> TailPosition {
        self.tail.lock().locate(number)
    }

    /// Returns what follows `number`, for a subscriber of this log only; otherwise the position of `number`. Whether a log has expired
    /// is for the store to say: every position is before the tail then.
    pub fn next_batch(&self, number: u64, prefix: IdPrefix, viewer: Viewer, now: Timestamp) -> Result<Batch, TailPosition> {
        let mut tail = self.tail.lock();
        match tail.locate(number) {
            _ if now >= tail.expires_at() => Err(TailPosition::Before),
            TailPosition::InTail => self.batch(&mut tail, number, prefix, viewer).ok_or(TailPosition::Before),
            position => Err(position),
        }
    }

    /// Returns what follows `number`, which lies in the tail.
    fn batch(&self, tail: &mut Tail, number: u64, prefix: IdPrefix, viewer: Viewer) -> Option<Batch> {
        let is_usable = |cached: &&CachedBatch| {
            let is_for = cached.visible_from.is_none_or(|visible_from| visible_from == viewer.visible_from);
            is_for && cached.after == number && (cached.last == tail.head() || cached.bytes.len() >= BATCH)
        };
        if let Some(cached) = tail.cached_batch(prefix).filter(is_usable) {
            return Some(Batch { last: cached.last, bytes: cached.bytes.clone(), fate: StreamFate::GoesOn });
        }
        let ends_no_stream = tail.after(number).all(|frame| frame.ends_streams_of.is_none());
        let is_redacted = tail.after(number).any(|frame| frame.redaction.is_some());
        let batch = Batch::of(self.render.as_ref(), prefix, viewer, tail.after(number))?;
        if ends_no_stream {
            let visible_from = is_redacted.then_some(viewer.visible_from);
            tail.cache_batch(prefix, CachedBatch { visible_from, after: number, last: batch.last, bytes: batch.bytes.clone() });
        }
        Some(batch)
    }

    /// Returns the frames after `number`, for a subscriber of two logs; `None` if the tail no longer has them.
    #[must_use]
    pub fn frames(&self, number: u64) -> Option<Vec<Frame>> {
        let tail = self.tail.lock();
        (tail.locate(number) == TailPosition::InTail).then(|| first_of(tail.after(number).cloned()))
    }

    /// Returns the position after all ephemeral values that were published.
    #[must_use]
    pub fn ephemeral_position(&self) -> EphemeralPosition {
        self.ephemeral.position()
    }

    /// Returns true if a subscriber at this position has no ephemeral values to get.
    #[must_use]
    pub fn has_no_ephemeral(&self, at: &EphemeralPosition) -> bool {
        self.ephemeral.is_at_end(at)
    }

    /// Returns the rendered ephemeral values that were published after a position, and advances it; `None` if there are none for this viewer. One that has
    /// just come gets `online`, the members that are online now.
    pub fn next_ephemeral(&self, at: &mut EphemeralPosition, viewer: &EphemeralViewer, online: impl FnOnce() -> OnlineMembers) -> Option<Bytes> {
        self.ephemeral.next(at, viewer, online, self.render.as_ref(), self.topic)
    }

    /// Returns the rendered presence of friends that was published after a position, and advances it; `None` if there is nothing.
    pub fn next_friends(&self, at: &mut EphemeralPosition) -> Option<Bytes> {
        self.ephemeral.next_friends(at)
    }

    /// Adds a change to the next publication. Returns true if that must be planned.
    pub(super) fn push_ephemeral(&self, change: EphemeralChange) -> bool {
        self.ephemeral.push(change)
    }

    /// Ends the typing of an account that no longer shows it. Returns true if a publication must be planned.
    pub(super) fn hide_typing(&self, account: AccountId) -> bool {
        self.ephemeral.hide_typing(account)
    }

    /// Publishes the ephemeral changes since the last publication, and who is online if that changed. Returns when the next look is due at those who type.
    pub(super) fn publish_ephemeral(&self, online: Option<OnlineMembers>, now: Timestamp) -> Option<Timestamp> {
        let (has_news, look_at) = self.ephemeral.publish(online, self.render.as_ref(), self.topic, now);
        if has_news {
            self.wake();
        }
        look_at
    }

    pub(super) fn join(&self) -> Wakeups {
        self.waiters.join()
    }

    pub(super) fn leave(&self, wakeups: &Wakeups) -> bool {
        self.waiters.leave(wakeups)
    }

    pub(super) fn wake(&self) {
        self.waiters.wake();
    }

    /// Appends entries; the log's head is now `head`. Returns true if a publication of ephemeral changes must be planned: their authors type no more.
    pub(super) fn append(&self, head: Head, entries: &[Arc<Entry>]) -> bool {
        let mut has_grown = false;
        {
            let mut tail = self.tail.lock();
            for entry in entries {
                has_grown |= tail.push(Frame::new(self.render.as_ref(), self.topic, entry), head);
            }
            if entries.is_empty() {
                has_grown = tail.advance_head(head);
            }
        }
        if has_grown {
            self.wake();
        }
        self.ephemeral.end_typing(entries)
    }

    /// Ends the log. Returns true if that is new.
    pub(super) fn end(&self, end: EndReason) -> bool {
        let mut tail = self.tail.lock();
        let is_new = tail.ended.is_none();
        tail.ended.get_or_insert(end);
        drop(tail);
        self.wake();
        is_new
    }
}

#[cfg(test)]
mod tests;
