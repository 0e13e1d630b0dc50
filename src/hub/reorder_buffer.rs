//! Reorder buffer: holds frames that arrived before their predecessors.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::frame::Frame;
use super::memory_budget::{FRAME_OVERHEAD, MAX_ROOM_BYTES, MemoryBudget, Pressure};

/// The most frames held while a predecessor is missing.
pub(super) const MAX_BUFFERED: usize = 64;

/// Buffered frames by sequence number; their bytes count against the budget.
#[derive(Debug)]
pub(super) struct ReorderBuffer {
    budget: Arc<MemoryBudget>,
    frames: BTreeMap<u64, Frame>,
}

impl ReorderBuffer {
    pub(super) const fn new(budget: Arc<MemoryBudget>) -> Self {
        Self { budget, frames: BTreeMap::new() }
    }

    /// Buffers a frame. Returns false if the buffer exceeds its limits.
    pub(super) fn insert(&mut self, frame: Frame) -> bool {
        self.budget.reserve(FRAME_OVERHEAD + frame.bytes());
        let replaced = self.frames.insert(frame.seq, frame);
        self.release(replaced);
        let bytes: usize = self.frames.values().map(Frame::bytes).sum();
        self.frames.len() <= MAX_BUFFERED && bytes <= MAX_ROOM_BYTES && self.budget.pressure() == Pressure::None
    }

    /// Removes and returns the frame with this sequence number.
    pub(super) fn take(&mut self, number: u64) -> Option<Frame> {
        let frame = self.frames.remove(&number);
        self.release(frame.clone());
        frame
    }

    /// Drops the frames up to and including `number`.
    pub(super) fn drop_up_to(&mut self, number: u64) {
        let later = self.frames.split_off(&(number + 1));
        let passed = std::mem::replace(&mut self.frames, later);
        self.release(passed.into_values());
    }

    /// Drops all frames.
    pub(super) fn clear(&mut self) {
        let frames = std::mem::take(&mut self.frames);
        self.release(frames.into_values());
    }

    /// Returns the bytes of removed frames to the budget.
    fn release(&self, frames: impl IntoIterator<Item = Frame>) {
        for frame in frames {
            self.budget.release(FRAME_OVERHEAD + frame.bytes());
        }
    }
}

impl Drop for ReorderBuffer {
    fn drop(&mut self) {
        self.clear();
    }
}
