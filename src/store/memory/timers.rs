//! Timers of chats: one entry per chat, ordered by time, so that no scan is needed.

use std::collections::BTreeSet;

use super::chat::handle::ChatHandle;
use crate::domain::clock::Timestamp;

/// The timers of one shard. A timer may fire early, since renewing a chat does not move it; it is then set again.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Timestamp, ChatHandle)>);

impl Timers {
    pub(super) fn set(&mut self, chat: ChatHandle, at: Timestamp) {
        self.0.insert((at, chat));
    }

    pub(super) fn move_to(&mut self, chat: ChatHandle, from: Timestamp, to: Timestamp) {
        let mut timer = (from, chat);
        self.0.remove(&timer);
        timer.0 = to;
        self.0.insert(timer);
    }

    pub(super) fn drop_from(&mut self, chat: ChatHandle, at: Timestamp) {
        self.0.remove(&(at, chat));
    }

    /// Removes and returns up to `most` chats whose timer has fired by `now`.
    pub(super) fn due(&mut self, now: Timestamp, max: usize) -> Vec<ChatHandle> {
        let mut chats = Vec::new();
        while chats.len() < max && self.0.first().is_some_and(|(at, _)| *at <= now) {
            chats.extend(self.0.pop_first().map(|(_, chat)| chat));
        }
        chats
    }
}
