//! The two logs of one chat in memory: appending to them, and what is announced of it.

use std::sync::Arc;

use super::ChatState;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event, Head, LogUpdate, Topic};
use crate::domain::limits::{Limits, RESERVED_ENTRIES};
use crate::store::memory::allocation::MemoryCost as _;

impl ChatState {
    /// Returns the time of the last entry of both logs: no entry is dated before another one that was appended earlier.
    fn last_at(&self) -> Timestamp {
        let last = [self.conversation.last(), self.door().log.back()].into_iter().flatten().map(|entry| entry.at);
        last.max().unwrap_or(self.chat.created_at)
    }

    /// Appends an entry to the conversation.
    pub(in crate::store::memory) fn append(&mut self, event: Event, now: Timestamp) -> Arc<Entry> {
        let at = self.last_at().max(now);
        self.chat.head += 1;
        let mut event = event;
        if let Event::ChatUpdated { chat, .. } = &mut event {
            chat.head = self.chat.head;
        }
        let entry = Arc::new(Entry { seq: self.chat.head, at, event });
        self.conversation_bytes += entry.bytes();
        self.conversation.push(entry.clone());
        self.new_in_conversation += 1;
        entry
    }

    /// Appends an entry to the door's log, which keeps only the latest.
    pub(in crate::store::memory) fn append_door(&mut self, event: Event, now: Timestamp, limits: &Limits) {
        let at = self.last_at().max(now);
        self.chat.door += 1;
        let entry = Arc::new(Entry { seq: self.chat.door, at, event });
        let door = self.door_mut();
        door.bytes.log += entry.bytes();
        door.log.push_back(entry);
        door.new_in_log += 1;
        while door.log.len() > limits.door {
            door.bytes.log -= door.log.pop_front().map_or(0, |oldest| oldest.bytes());
        }
    }

    /// Returns the first sequence number that the door's log still has.
    pub(in crate::store::memory) fn oldest_at_door(&self) -> u64 {
        self.chat.door + 1 - self.door().log.len() as u64
    }

    /// Returns the head of a log.
    pub(in crate::store::memory) fn head(&self, topic: Topic) -> Head {
        let seq = match topic {
            Topic::Door(_) => self.chat.door,
            Topic::Conversation(_) | Topic::Account(_) => self.chat.head,
        };
        Head { epoch: self.chat.epoch, seq, expires_at: self.chat.expires_at }
    }

    /// Returns what was appended to both logs since the last call.
    pub(in crate::store::memory) fn take_updates(&mut self) -> Vec<LogUpdate> {
        let new_in_conversation = std::mem::take(&mut self.new_in_conversation) as usize;
        let door =
            self.door.as_mut().map(|door| (std::mem::take(&mut door.new_in_log).min(door.log.len()), std::mem::take(&mut door.changed_unlogged)));
        let (new_at_door, changed_unlogged) = door.unwrap_or_default();
        let mut updates = Vec::new();
        let topic = Topic::Conversation(self.chat.id);
        if std::mem::take(&mut self.is_rewritten) {
            let head = self.head(topic);
            updates.push(LogUpdate::Rewritten { topic, head: Head { seq: head.seq - new_in_conversation as u64, ..head } });
        }
        if new_in_conversation > 0 {
            let entries = self.conversation[self.conversation.len() - new_in_conversation..].to_vec();
            updates.push(LogUpdate::Appended { topic, head: self.head(topic), entries });
        }
        if new_at_door > 0 {
            let topic = Topic::Door(self.chat.id);
            let log = &self.door().log;
            let entries = log.range(log.len() - new_at_door..).cloned().collect();
            updates.push(LogUpdate::Appended { topic, head: self.head(topic), entries });
        }
        if changed_unlogged {
            updates.push(LogUpdate::Unlogged { topic: Topic::Door(self.chat.id) });
        }
        updates
    }

    /// Returns true if the conversation has room for `more` entries, or can forget older ones.
    pub(in crate::store::memory) fn has_room(&self, more: usize, limits: &Limits) -> bool {
        self.chat.kind.forgets() || self.conversation.len() + more <= limits.entries
    }

    /// Returns true if the conversation has room for one more entry of an operation that must always succeed.
    pub(in crate::store::memory) fn has_room_in_reserve(&self, limits: &Limits) -> bool {
        self.chat.kind.forgets() || self.conversation.len() < limits.entries.saturating_add(RESERVED_ENTRIES)
    }
}
