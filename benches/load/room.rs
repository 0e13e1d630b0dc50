//! A room as the load program sees it: how fast it is posted into, and what was counted in it.

use std::collections::VecDeque;
use std::ops::Range;

use hdrhistogram::Histogram;

use crate::figures::histogram;
use crate::server::Chat;

/// When the next message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// One each so many nanoseconds, whether or not the last ones have arrived.
    Open(u64),
    /// Once all listeners have the poster's last one.
    AwaitsAll,
    /// Once the poster's last one is answered.
    AwaitsAnswer,
}

/// Whose events are looked at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Whoever comes.
    Usual = 0,
    /// Before everybody else's, so that what is measured is not how busy the load program is with them.
    First = 1,
}

/// A room.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) chat: Chat,
    pub(crate) pace: Pace,
    pub(crate) turn: Turn,
    /// Its listeners among the engine's.
    pub(crate) listeners: Range<usize>,
    /// Its posters among the engine's.
    pub(crate) posters: Range<usize>,
    /// Whether it is posted into.
    pub(crate) open: bool,
    /// When the next message is due, where the pace is open.
    pub(crate) next: u64,
    /// Messages that are due and wait for a poster.
    pub(crate) due: VecDeque<u64>,
    /// Messages that were sent, ever.
    pub(crate) sent: u64,
    /// Deliveries, ever.
    pub(crate) heard: u64,
}

/// What is counted of the messages that were due since some moment.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) since: u64,
    pub(crate) posts: u64,
    pub(crate) deliveries: u64,
    /// When the last delivery was.
    pub(crate) last: u64,
    /// From when a message was due to when a listener had it.
    pub(crate) latency: Histogram<u64>,
    /// From when a message was due to its answer.
    pub(crate) answers: Histogram<u64>,
    /// From when a message was due to when it was sent.
    pub(crate) lateness: Histogram<u64>,
}

impl Counted {
    pub(crate) fn since(since: u64) -> Self {
        Self { since, posts: 0, deliveries: 0, last: since, latency: histogram(), answers: histogram(), lateness: histogram() }
    }

    pub(crate) fn delivery(&mut self, due: u64, now: u64) {
        if due >= self.since {
            self.deliveries += 1;
            self.last = now;
            self.latency.saturating_record(now.saturating_sub(due));
        }
    }

    pub(crate) fn sent(&mut self, due: u64, now: u64) {
        if due >= self.since {
            self.posts += 1;
            self.lateness.saturating_record(now.saturating_sub(due));
        }
    }

    pub(crate) fn answer(&mut self, due: u64, now: u64) {
        if due >= self.since {
            self.answers.saturating_record(now.saturating_sub(due));
        }
    }
}

impl Room {
    pub(crate) fn new(chat: Chat, pace: Pace, turn: Turn, listeners: Range<usize>, posters: Range<usize>) -> Self {
        Self { chat, pace, turn, listeners, posters, open: false, next: 0, due: VecDeque::new(), sent: 0, heard: 0 }
    }

    /// Whether everybody has everything.
    pub(crate) fn is_done(&self) -> bool {
        self.due.is_empty() && self.heard >= self.sent * self.listeners.len() as u64
    }
}
