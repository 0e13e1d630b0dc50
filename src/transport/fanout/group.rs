//! The subscribers of one log at one writer: woken together, visited in turn.

use std::sync::Arc;
use std::task::{Context, Waker};

use super::wake_queue::WakeHandle;
use crate::domain::event_log::Topic;
use crate::transport::handover::TopicWaker;

/// The subscribers of one topic.
pub(super) struct TopicGroup {
    pub(super) topic: Topic,
    waker: Box<dyn TopicWaker>,
    wake_handle: Arc<WakeHandle>,
    /// Keys of the subscribers that are visited.
    members: Vec<u32>,
    /// How many subscribers are skipped, since they have output pending.
    lagging: usize,
    /// The index of the next visit. It goes on where the last round ended, so that no subscriber is always the last one.
    next: usize,
    /// How many visits are left of this round.
    left: usize,
}

impl TopicGroup {
    pub(super) const fn new(topic: Topic, waker: Box<dyn TopicWaker>, wake_handle: Arc<WakeHandle>) -> Self {
        Self { topic, waker, wake_handle, members: Vec::new(), lagging: 0, next: 0, left: 0 }
    }

    /// Adds a subscriber. Returns its index in the group.
    pub(super) fn join(&mut self, subscriber: u32) -> u32 {
        let index = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(subscriber);
        self.left += usize::from(self.left > 0);
        index
    }

    /// Removes the subscriber at `index`. Returns the one that has this index now. A round in progress starts anew, since the order of visits may
    /// have changed.
    pub(super) fn leave(&mut self, index: u32) -> Option<u32> {
        let index = index as usize;
        self.members.swap_remove(index);
        if self.left > 0 {
            self.left = self.members.len();
        }
        self.members.get(index).copied()
    }

    /// Skips the subscriber at `index` until it has caught up. Returns the one that has this index now.
    pub(super) fn set_lagging(&mut self, index: u32) -> Option<u32> {
        self.lagging += 1;
        self.leave(index)
    }

    /// Counts one lagging subscriber less: it has caught up, or it is removed.
    pub(super) const fn set_caught_up(&mut self) {
        self.lagging -= 1;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.members.is_empty() && self.lagging == 0
    }

    /// Takes the updates of the topic and registers for the next one. Returns true if a round of visits begins.
    pub(super) fn poll_updates(&mut self) -> bool {
        self.wake_handle.rearm();
        let (waker, mut changed) = (Waker::from(self.wake_handle.clone()), false);
        while self.waker.poll_changed(&mut Context::from_waker(&waker)).is_ready() {
            changed = true;
        }
        let begins = changed && self.left == 0 && !self.members.is_empty();
        if changed {
            self.left = self.members.len();
        }
        begins
    }

    /// The next subscriber of the round; none when the round is complete.
    pub(super) fn next_to_visit(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        self.next %= self.members.len().max(1);
        let subscriber = self.members.get(self.next).copied();
        self.next += 1;
        subscriber
    }

    /// Returns true while a round is incomplete.
    pub(super) const fn is_busy(&self) -> bool {
        self.left > 0
    }
}
