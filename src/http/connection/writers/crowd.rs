//! Those at one writer who listen to the same log: woken together, visited in turn.

use std::sync::Arc;
use std::task::{Context, Waker};

use super::bell::Bell;
use crate::domain::entry::Topic;
use crate::service::follower;

/// Listeners of one log.
pub(super) struct Crowd {
    pub(super) topic: Topic,
    waker: follower::Waker,
    bell: Arc<Bell>,
    slots: Vec<u32>,
    /// How many belong to it that are not visited for now.
    aside: usize,
    /// Who is visited next. It goes round and round: whoever comes last at one news comes last but some at the next.
    next: usize,
    /// How many are to be visited before everybody has seen the last news.
    left: usize,
}

impl Crowd {
    pub(super) const fn new(topic: Topic, waker: follower::Waker, bell: Arc<Bell>) -> Self {
        Self { topic, waker, bell, slots: Vec::new(), aside: 0, next: 0, left: 0 }
    }

    /// One more listens; where among the others.
    pub(super) fn join(&mut self, slot: u32) -> u32 {
        let place = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        self.slots.push(slot);
        self.left += usize::from(self.left > 0);
        place
    }

    /// The one at `place` leaves; who stands there now. During a visit everybody is visited anew, since that may have changed whose turn it is.
    pub(super) fn leave(&mut self, place: u32) -> Option<u32> {
        let place = place as usize;
        self.slots.swap_remove(place);
        if self.left > 0 {
            self.left = self.slots.len();
        }
        self.slots.get(place).copied()
    }

    /// The one at `place` is not visited until it is back; who stands there now.
    pub(super) fn step_aside(&mut self, place: u32) -> Option<u32> {
        self.aside += 1;
        self.leave(place)
    }

    /// One that had stepped aside is back, or leaves without having come back.
    pub(super) fn is_back(&mut self) {
        self.aside -= 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.aside == 0
    }

    /// Its bell rang, or it is new: from now on it rings at the next news. Says whether a round of visits begins.
    pub(super) fn rang(&mut self) -> bool {
        self.bell.hush();
        let (waker, mut news) = (Waker::from(self.bell.clone()), false);
        while self.waker.poll_woken(&mut Context::from_waker(&waker)).is_ready() {
            news = true;
        }
        let begins = news && self.left == 0 && !self.slots.is_empty();
        if news {
            self.left = self.slots.len();
        }
        begins
    }

    /// Who is visited next, while somebody is to be visited.
    pub(super) fn visits(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        self.next %= self.slots.len().max(1);
        let slot = self.slots.get(self.next).copied();
        self.next += 1;
        slot
    }

    /// Whether somebody is still to be visited.
    pub(super) const fn is_busy(&self) -> bool {
        self.left > 0
    }
}
