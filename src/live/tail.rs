//! What a room holds: the head of its log, the last frames in front of it.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::frame::Frame;
use crate::domain::chat::End;
use crate::domain::clock::Timestamp;
use crate::domain::entry::Head;

/// How many bytes of frames a room keeps.
const MOST_BYTES: usize = 128 << 10;
/// How many frames a room keeps.
const MOST_FRAMES: usize = 1_024;
/// How many frames wait for one that came late.
const MOST_PARKED: usize = 64;

/// Frames that were joined for those who stand at one number.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) after: u64,
    pub(super) last: u64,
    pub(super) bytes: Bytes,
}

/// The end of a log.
#[derive(Debug, Default)]
pub(super) struct Tail {
    pub(super) head: Option<Head>,
    pub(super) ended: Option<End>,
    pub(super) joined: Option<Joined>,
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The last number in the tail, or the one before its first frame to come.
    edge: Option<u64>,
    parked: BTreeMap<u64, Frame>,
}

/// Where a number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
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
    pub(super) fn number(&self) -> u64 {
        self.head.map_or(0, |head| head.number)
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        self.head.map_or(Timestamp::NEVER, |head| head.expires_at)
    }

    /// Where `number` lies. A closed chat still gives what the tail has, an expired one nothing.
    pub(super) fn place(&self, number: u64) -> Place {
        match self.ended {
            Some(End::Expired) => Place::Ended(End::Expired),
            _ if self.has_after(number) => Place::InTail,
            Some(end) => Place::Ended(end),
            None if number >= self.number() => Place::AtHead,
            None if self.edge == Some(number) => Place::AtEdge,
            None => Place::Before,
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
            self.frames.clear();
            self.bytes = 0;
            self.edge = Some(number);
        }
    }

    /// Adds a frame, if it is the very next one; one that comes too early waits a little for those between. Says whether what can be read grew.
    pub(super) fn push(&mut self, frame: Frame, head: Head) -> bool {
        let number = frame.number;
        match self.edge {
            Some(edge) if number <= edge => return false,
            Some(edge) if number > edge + 1 => {
                self.parked.insert(number, frame);
                let bytes: usize = self.parked.values().map(|frame| frame.body.len()).sum();
                if self.parked.len() <= MOST_PARKED && bytes <= MOST_BYTES {
                    return false;
                }
                self.parked.clear();
                return self.raise(head);
            }
            _ => self.append(frame),
        }
        while let Some(next) = self.edge.and_then(|edge| self.parked.remove(&(edge + 1))) {
            self.append(next);
        }
        let edge = self.edge.unwrap_or(number);
        self.parked.retain(|number, _| *number > edge);
        self.raise(Head { number: edge, ..head });
        true
    }

    fn append(&mut self, frame: Frame) {
        self.edge = Some(frame.number);
        self.bytes += frame.body.len();
        self.frames.push_back(frame);
        while self.bytes > MOST_BYTES || self.frames.len() > MOST_FRAMES {
            let Some(oldest) = self.frames.pop_front() else { break };
            self.bytes -= oldest.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dice::SystemDice;
    use crate::domain::id::Epoch;

    fn frame(number: u64) -> Frame {
        Frame { number, closes: None, body: Bytes::from_static(b"event: x\n\n") }
    }

    fn head(number: u64) -> Head {
        Head { epoch: Epoch::random(&SystemDice), number, expires_at: Timestamp::NEVER }
    }

    fn numbers_after(tail: &Tail, number: u64) -> Vec<u64> {
        tail.after(number).map(|frame| frame.number).collect()
    }

    #[test]
    fn frames_that_come_out_of_order_are_handed_out_in_order() {
        let mut tail = Tail::default();
        tail.raise(head(4));
        assert!(!tail.push(frame(6), head(6)), "6 waits for 5");
        assert_eq!(tail.place(4), Place::AtHead);
        assert!(tail.push(frame(5), head(5)));
        assert_eq!((tail.place(4), numbers_after(&tail, 4)), (Place::InTail, vec![5, 6]));
        assert!(!tail.push(frame(5), head(5)), "once is enough");
        assert_eq!(tail.number(), 6);
    }

    #[test]
    fn what_nobody_rang_for_is_in_the_store() {
        let mut tail = Tail::default();
        tail.raise(head(4));
        assert!(tail.raise(head(6)));
        assert_eq!((tail.place(4), tail.place(3), tail.place(6)), (Place::AtEdge, Place::Before, Place::AtHead));
        tail.push(frame(5), head(6));
        assert_eq!((tail.place(4), tail.place(5)), (Place::InTail, Place::AtEdge));
    }

    #[test]
    fn the_tail_is_bounded() {
        let mut tail = Tail::default();
        for number in 1..=3_000 {
            tail.push(frame(number), head(number));
        }
        assert_eq!(tail.frames.len(), MOST_FRAMES);
        assert_eq!((tail.place(100), tail.place(2_999)), (Place::Before, Place::InTail));
        let big = Frame { body: vec![0; MOST_BYTES - 1].into(), ..frame(3_001) };
        tail.push(big, head(3_001));
        assert!(tail.bytes <= MOST_BYTES && tail.frames.len() == 1);
    }

    #[test]
    fn too_many_frames_that_came_early_are_left_to_the_store() {
        let mut tail = Tail::default();
        tail.raise(head(0));
        let grown: Vec<u64> = (2..=100).filter(|number| tail.push(frame(*number), head(*number))).collect();
        assert_eq!(grown.first(), Some(&66), "after {MOST_PARKED} parked ones");
        assert_eq!(tail.place(0), Place::AtEdge);
    }

    #[test]
    fn a_closed_chat_still_gives_what_the_tail_has_and_an_expired_one_nothing() {
        let mut tail = Tail::default();
        tail.raise(head(0));
        tail.push(frame(1), head(1));
        tail.ended = Some(End::Closed);
        assert_eq!((tail.place(0), tail.place(1)), (Place::InTail, Place::Ended(End::Closed)));
        tail.ended = Some(End::Expired);
        assert_eq!(tail.place(0), Place::Ended(End::Expired));
    }
}
