//! The tail of a log in memory: its head and the latest frames.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::frame::{Frame, IdPrefix};
use super::memory_budget::{FRAME_OVERHEAD, MAX_ROOM_BYTES, MemoryBudget, Pressure};
use super::reorder_buffer::ReorderBuffer;
use crate::domain::chat::EndReason;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Head;

/// The most frames in one tail.
const MAX_FRAMES: usize = 1_024;

/// Frames concatenated for subscribers at one position.
#[derive(Debug)]
pub(super) struct CachedBatch {
    /// The floor of the readers that it is for; `None` if all readers get the same.
    pub(super) visible_from: Option<u64>,
    pub(super) after: u64,
    pub(super) last: u64,
    pub(super) bytes: Bytes,
}

/// The end of a log.
#[derive(Debug)]
pub(super) struct Tail {
    budget: Arc<MemoryBudget>,
    pub(super) head: Option<Head>,
    pub(super) ended: Option<EndReason>,
    /// The batches that were concatenated last, for streams of this log and for streams of several.
    batches: [Option<CachedBatch>; 2],
    frames: VecDeque<Frame>,
    bytes: usize,
    /// The last sequence number in the tail, or the one before the first frame to come.
    edge: Option<u64>,
    reorder_buffer: ReorderBuffer,
}

/// The position of a sequence number relative to the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TailPosition {
    /// At the head: nothing follows.
    AtHead,
    /// The tail has what follows.
    InTail,
    /// At the end of the tail while the head is further: what follows is in the store and belongs in the tail.
    AtEdge,
    /// Before the tail: what follows is in the store.
    Before,
    /// The log has ended.
    Ended(EndReason),
}

impl Tail {
    /// Creates an empty tail whose bytes count against `budget`.
    pub(super) fn new(budget: Arc<MemoryBudget>) -> Self {
        let reorder_buffer = ReorderBuffer::new(budget.clone());
        Self { budget, head: None, ended: None, batches: [None, None], frames: VecDeque::new(), bytes: 0, edge: None, reorder_buffer }
    }

    /// Returns the batch that was concatenated last with such ids, if it is still kept.
    pub(super) fn cached_batch(&self, prefix: IdPrefix) -> Option<&CachedBatch> {
        self.batches[usize::from(prefix.chat.is_some())].as_ref()
    }

    /// Keeps a batch for other subscribers at the same position, if there is no memory pressure.
    pub(super) fn cache_batch(&mut self, prefix: IdPrefix, batch: CachedBatch) {
        let kept = &mut self.batches[usize::from(prefix.chat.is_some())];
        self.budget.release(kept.take().map_or(0, |before| before.bytes.len()));
        if self.budget.pressure() == Pressure::None {
            self.budget.reserve(batch.bytes.len());
            *kept = Some(batch);
        }
    }

    fn drop_cached_batches(&mut self) {
        for batch in self.batches.iter_mut().filter_map(Option::take) {
            self.budget.release(batch.bytes.len());
        }
    }

    pub(super) fn head(&self) -> u64 {
        self.head.map_or(0, |head| head.seq)
    }

    pub(super) fn expires_at(&self) -> Timestamp {
        self.head.map_or(Timestamp::NEVER, |head| head.expires_at)
    }

    /// Returns the position of `number`. A closed chat still provides what the tail has, an expired one nothing.
    pub(super) fn locate(&self, number: u64) -> TailPosition {
        match self.ended {
            Some(EndReason::Expired) => TailPosition::Ended(EndReason::Expired),
            _ if self.has_after(number) => TailPosition::InTail,
            Some(end) => TailPosition::Ended(end),
            None if number >= self.head() => TailPosition::AtHead,
            None if self.edge == Some(number) => TailPosition::AtEdge,
            None => TailPosition::Before,
        }
    }

    fn has_after(&self, number: u64) -> bool {
        let first = self.frames.front().map(|frame| frame.seq);
        first.is_some_and(|first| first <= number + 1) && self.edge.is_some_and(|edge| number < edge)
    }

    /// Returns the frames after `number`, which lies in the tail.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = &Frame> {
        let first = self.frames.front().map_or(0, |frame| frame.seq);
        self.frames.range(usize::try_from(number + 1 - first).unwrap_or(usize::MAX).min(self.frames.len())..)
    }

    /// Advances the head to at least `head`. Returns true if it is new.
    pub(super) fn advance_head(&mut self, head: Head) -> bool {
        let is_new = self.head.is_none_or(|known| known.seq < head.seq);
        if is_new || self.head() == head.seq {
            self.head = Some(head);
        }
        self.edge.get_or_insert(head.seq);
        is_new
    }

    /// Continues the tail after `number`, up to which the store has nothing any more.
    pub(super) fn forget_before(&mut self, number: u64) {
        if self.edge.is_none_or(|edge| edge < number) {
            self.drop_frames(0);
            self.edge = Some(number);
        }
    }

    /// Appends a frame if it is the next one; buffers one that arrives early. Returns true if the readable part grew.
    pub(super) fn push(&mut self, frame: Frame, head: Head) -> bool {
        let number = frame.seq;
        match self.edge {
            Some(edge) if number <= edge => return false,
            Some(edge) if number > edge + 1 => {
                if self.reorder_buffer.insert(frame) {
                    return false;
                }
                self.reorder_buffer.clear();
                return self.advance_head(head);
            }
            _ => self.append(frame),
        }
        while let Some(next) = self.edge.and_then(|edge| self.reorder_buffer.take(edge + 1)) {
            self.append(next);
        }
        let edge = self.edge.unwrap_or(number);
        self.reorder_buffer.drop_up_to(edge);
        self.advance_head(Head { seq: edge, ..head });
        true
    }

    fn append(&mut self, frame: Frame) {
        self.edge = Some(frame.seq);
        self.bytes += frame.bytes();
        self.budget.reserve(FRAME_OVERHEAD + frame.bytes());
        self.frames.push_back(frame);
        while self.bytes > MAX_ROOM_BYTES || self.frames.len() > MAX_FRAMES {
            self.drop_frames(self.frames.len() - 1);
        }
        match self.budget.pressure() {
            Pressure::None => {}
            Pressure::High => self.shrink_to(1),
            Pressure::Critical => self.shrink_to(0),
        }
    }

    /// Drops all frames, unless the log has ended: then the store has nothing to replace them.
    pub(super) fn forget_rendered(&mut self) {
        if self.ended.is_none() {
            self.shrink_to(0);
        }
    }

    /// Drops all frames up to `head` and continues after it: the store has others in their place.
    pub(super) fn rewrite(&mut self, head: Head) {
        self.forget_rendered();
        self.reorder_buffer.drop_up_to(head.seq);
        self.advance_head(head);
        self.edge = self.edge.max(Some(head.seq));
    }

    /// Frees memory and keeps the last `count` frames. Subscribers read from the store what they do not find here.
    fn shrink_to(&mut self, count: usize) {
        self.drop_cached_batches();
        self.drop_frames(count);
        self.frames.shrink_to_fit();
    }

    /// Drops the oldest frames except the last `count`.
    fn drop_frames(&mut self, count: usize) {
        for frame in self.frames.drain(..self.frames.len().saturating_sub(count)) {
            self.bytes -= frame.bytes();
            self.budget.release(FRAME_OVERHEAD + frame.bytes());
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.drop_cached_batches();
        self.drop_frames(0);
    }
}

#[cfg(test)]
mod tests;
