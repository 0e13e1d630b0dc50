//! Frames that came before those in front of them: they wait a little.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::budget::{Budget, FRAME, Straits};
use super::frame::Frame;
use super::tail::MOST_BYTES;

/// How many frames wait for one that came late.
pub(super) const MOST_PARKED: usize = 64;

/// Frames that wait, by their numbers; their bytes count against the budget.
#[derive(Debug)]
pub(super) struct Parked {
    budget: Arc<Budget>,
    frames: BTreeMap<u64, Frame>,
}

impl Parked {
    pub(super) const fn new(budget: Arc<Budget>) -> Self {
        Self { budget, frames: BTreeMap::new() }
    }

    /// Lets a frame wait. Says whether there is room for all of them.
    pub(super) fn put(&mut self, frame: Frame) -> bool {
        self.budget.take(FRAME + frame.body.len());
        let twice = self.frames.insert(frame.number, frame);
        self.leave(twice);
        let bytes: usize = self.frames.values().map(|frame| frame.body.len()).sum();
        self.frames.len() <= MOST_PARKED && bytes <= MOST_BYTES && self.budget.straits() == Straits::Easy
    }

    /// The frame with this number, which waits no longer.
    pub(super) fn take(&mut self, number: u64) -> Option<Frame> {
        let frame = self.frames.remove(&number);
        self.leave(frame.clone());
        frame
    }

    /// Nobody waits any longer for what lies up to `number`.
    pub(super) fn drop_up_to(&mut self, number: u64) {
        let later = self.frames.split_off(&(number + 1));
        let passed = std::mem::replace(&mut self.frames, later);
        self.leave(passed.into_values());
    }

    /// Nobody waits any longer.
    pub(super) fn clear(&mut self) {
        let frames = std::mem::take(&mut self.frames);
        self.leave(frames.into_values());
    }

    /// Counts frames back that wait no longer.
    fn leave(&self, frames: impl IntoIterator<Item = Frame>) {
        for frame in frames {
            self.budget.give_back(FRAME + frame.body.len());
        }
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        self.clear();
    }
}
