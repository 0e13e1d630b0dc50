//! When which chat must be looked at: one entry a chat, in order of time, so that nothing is ever scanned.

use std::collections::BTreeSet;

use super::place::Place;
use crate::domain::clock::Timestamp;

/// The timers of one shard. A timer may ring too early, since a chat that lives on does not move it; it is then set anew.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Timestamp, Place)>);

impl Timers {
    pub(super) fn set(&mut self, chat: Place, at: Timestamp) {
        self.0.insert((at, chat));
    }

    pub(super) fn move_to(&mut self, chat: Place, from: Timestamp, to: Timestamp) {
        let mut timer = (from, chat);
        self.0.remove(&timer);
        timer.0 = to;
        self.0.insert(timer);
    }

    pub(super) fn drop_from(&mut self, chat: Place, at: Timestamp) {
        self.0.remove(&(at, chat));
    }

    /// Takes out the chats whose timer rings at `now`, `most` of them.
    pub(super) fn ringing(&mut self, now: Timestamp, most: usize) -> Vec<Place> {
        let mut chats = Vec::new();
        while chats.len() < most && self.0.first().is_some_and(|(at, _)| *at <= now) {
            chats.extend(self.0.pop_first().map(|(_, chat)| chat));
        }
        chats
    }
}
