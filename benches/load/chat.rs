//! A chat under load: its publishing pace, and counts of its messages.

use std::collections::VecDeque;
use std::ops::Range;

use hdrhistogram::Histogram;

use crate::server::Chat;
use crate::stats::histogram;

/// When the next message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// At this interval in nanoseconds, whether or not earlier messages have arrived.
    Open(u64),
    /// Once all listeners have the publisher's last one.
    AwaitsAll,
    /// Once the publisher's last one is answered.
    AwaitsAnswer,
}

/// The order in which events are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// In the order of arrival.
    Usual = 0,
    /// Before all others, so that the load program's own work is not measured.
    First = 1,
}

/// A chat under load.
#[derive(Debug)]
pub(crate) struct ChatLoad {
    pub(crate) chat: Chat,
    pub(crate) pace: Pace,
    pub(crate) turn: Turn,
    /// Its listeners among the engine's.
    pub(crate) listeners: Range<usize>,
    /// Its publishers among the engine's.
    pub(crate) publishers: Range<usize>,
    /// Set while messages are published.
    pub(crate) open: bool,
    /// When the next message is due, at an open pace.
    pub(crate) next: u64,
    /// Due messages that wait for a publisher.
    pub(crate) due: VecDeque<u64>,
    /// Messages sent in total.
    pub(crate) sent: u64,
    /// Deliveries in total.
    pub(crate) heard: u64,
}

/// Counts of the messages due since a moment.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) since: u64,
    pub(crate) posts: u64,
    pub(crate) deliveries: u64,
    /// The time of the last delivery.
    pub(crate) last: u64,
    /// From when a message was due to its delivery.
    pub(crate) latency: Histogram<u64>,
    /// From when a message was due to its response.
    pub(crate) answers: Histogram<u64>,
    /// From when a message was due to its sending.
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

impl ChatLoad {
    pub(crate) fn new(chat: Chat, pace: Pace, turn: Turn, listeners: Range<usize>, publishers: Range<usize>) -> Self {
        Self { chat, pace, turn, listeners, publishers, open: false, next: 0, due: VecDeque::new(), sent: 0, heard: 0 }
    }

    /// Returns true if every listener has everything.
    pub(crate) fn is_done(&self) -> bool {
        self.due.is_empty() && self.heard >= self.sent * self.listeners.len() as u64
    }
}
