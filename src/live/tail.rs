//! What a room holds: the head of its log, the last frames in front of it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::budget::{Budget, FRAME, Straits};
use super::frame::Frame;
use super::parked::Parked;
use crate::domain::chat::End;
use crate::domain::clock::Timestamp;
use crate::domain::entry::Head;

/// How many bytes of frames a room keeps.
pub(super) const MOST_BYTES: usize = 128 << 10;
/// How many frames a room keeps.
const MOST_FRAMES: usize = 1_024;

/// Frames that were joined for those who stand at one number.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) after: u64,
    pub(super) last: u64,
    pub(super) bytes: Bytes,
}

/// The end of a log.
#[derive(Debug)]
pub(super) struct Tail {
    budget: Arc<Budget>,
    pub(super) head: Option<Head>,
    pub(super) ended: Option<End>,
    joined: Option<Joined>,
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The last number in the tail, or the one before its first frame to come.
    edge: Option<u64>,
    parked: Parked,
}

/// Where a number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// At the head: nothing follows.
    AtHead,
    /// The tail has what follows.
    InTail,
    /// At the end of the tail, though the head is further: what follows is in the store, and belongs into the tail.
    AtEdge,
    /// Too far back for the tail: what follows is in the store.
    Before,
    /// The log is gone.
    Ended(End),
}

impl Tail {
    /// An empty one, whose bytes count against `budget`.
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        let parked = Parked::new(budget.clone());
        Self { budget, head: None, ended: None, joined: None, frames: VecDeque::new(), bytes: 0, edge: None, parked }
    }

    /// Frames that were joined last, as long as there is room for them.
    pub(super) const fn joined(&self) -> Option<&Joined> {
        self.joined.as_ref()
    }

    /// Keeps joined frames for whoever stands at the same number, if there is room.
    pub(super) fn keep_joined(&mut self, joined: Joined) {
        self.drop_joined();
        if self.budget.straits() == Straits::Easy {
            self.budget.take(joined.bytes.len());
            self.joined = Some(joined);
        }
    }

    fn drop_joined(&mut self) {
        if let Some(joined) = self.joined.take() {
            self.budget.give_back(joined.bytes.len());
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.head.map_or(0, |head| head.number)
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        self.head.map_or(Timestamp::NEVER, |head| head.expires_at)
    }

    /// Where `number` lies. A closed chat still gives what the tail has, an expired one nothing.
    pub(super) fn place(&self, number: u64) -> Whereabouts {
        match self.ended {
            Some(End::Expired) => Whereabouts::Ended(End::Expired),
            _ if self.has_after(number) => Whereabouts::InTail,
            Some(end) => Whereabouts::Ended(end),
            None if number >= self.number() => Whereabouts::AtHead,
            None if self.edge == Some(number) => Whereabouts::AtEdge,
            None => Whereabouts::Before,
        }
    }

    fn has_after(&self, number: u64) -> bool {
        let first = self.frames.front().map(|frame| frame.number);
        first.is_some_and(|first| first <= number + 1) && self.edge.is_some_and(|edge| number < edge)
    }

    /// The frames after `number`, which lies in the tail.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = &Frame> {
        let first = self.frames.front().map_or(0, |frame| frame.number);
        self.frames.range(usize::try_from(number + 1 - first).unwrap_or(usize::MAX).min(self.frames.len())..)
    }

    /// The log stands at `head`, at least. Says whether that is news.
    pub(super) fn raise(&mut self, head: Head) -> bool {
        let news = self.head.is_none_or(|known| known.number < head.number);
        if news || self.number() == head.number {
            self.head = Some(head);
        }
        self.edge.get_or_insert(head.number);
        news
    }

    /// Up to `number` nothing is kept any more: the tail goes on behind it.
    pub(super) fn skip(&mut self, number: u64) {
        if self.edge.is_none_or(|edge| edge < number) {
            self.drop_frames(0);
            self.edge = Some(number);
        }
    }

    /// Adds a frame, if it is the very next one; one that comes too early waits a little for those between. Says whether what can be read grew.
    pub(super) fn push(&mut self, frame: Frame, head: Head) -> bool {
        let number = frame.number;
        match self.edge {
            Some(edge) if number <= edge => return false,
            Some(edge) if number > edge + 1 => {
                if self.parked.put(frame) {
                    return false;
                }
                self.parked.clear();
                return self.raise(head);
            }
            _ => self.append(frame),
        }
        while let Some(next) = self.edge.and_then(|edge| self.parked.take(edge + 1)) {
            self.append(next);
        }
        let edge = self.edge.unwrap_or(number);
        self.parked.drop_up_to(edge);
        self.raise(Head { number: edge, ..head });
        true
    }

    fn append(&mut self, frame: Frame) {
        self.edge = Some(frame.number);
        self.bytes += frame.body.len();
        self.budget.take(FRAME + frame.body.len());
        self.frames.push_back(frame);
        while self.bytes > MOST_BYTES || self.frames.len() > MOST_FRAMES {
            self.drop_frames(self.frames.len() - 1);
        }
        match self.budget.straits() {
            Straits::Easy => {}
            Straits::Tight => self.give_way(1),
            Straits::Dire => self.give_way(0),
        }
    }

    /// Drops all frames, unless the log is gone: then the store has nothing any more.
    pub(super) fn forget_rendered(&mut self) {
        if self.ended.is_none() {
            self.give_way(0);
        }
    }

    /// Leaves room to others, and keeps the last `most` frames. What listeners do not find here they find in the store.
    fn give_way(&mut self, most: usize) {
        self.drop_joined();
        self.drop_frames(most);
        self.frames.shrink_to_fit();
    }

    /// Drops the oldest frames but for the last `most`.
    fn drop_frames(&mut self, most: usize) {
        for frame in self.frames.drain(..self.frames.len().saturating_sub(most)) {
            self.bytes -= frame.body.len();
            self.budget.give_back(FRAME + frame.body.len());
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.drop_joined();
        self.drop_frames(0);
    }
}

#[cfg(test)]
mod tests;
