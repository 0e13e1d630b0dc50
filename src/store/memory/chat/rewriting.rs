//! Replacing messages of one chat in memory, wherever they are kept.

use std::sync::Arc;

use super::{ChatState, StoredOutcome};
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::MemberId;
use crate::domain::member::Member;
use crate::store::memory::allocation::MemoryCost as _;

impl ChatState {
    /// Returns the entry with this number, if it is a message, deleted or not, that can be read from `floor` on.
    pub(in crate::store::memory) fn readable_message(&self, floor: u64, seq: u64) -> Option<&Arc<Entry>> {
        let entry = self.conversation.get(self.index_of(seq)?)?;
        (seq >= floor && entry.is_message()).then_some(entry)
    }

    /// Returns a member who can be named as the author of a change, and a message that it can read.
    pub(in crate::store::memory) fn member_and_message(&self, member: MemberId, seq: u64) -> Option<(Arc<Member>, Arc<Entry>)> {
        let record = self.member(member).filter(|_| !self.is_departed(member))?;
        let entry = self.readable_message(record.membership.visible_from, seq)?;
        Some((record.membership.member.clone(), entry.clone()))
    }

    /// Replaces a message so that its former state is found nowhere: what was rendered of the conversation must be dropped.
    pub(in crate::store::memory) fn rewrite_message(&mut self, entry: &Entry, event: Event) -> Arc<Entry> {
        self.is_rewritten = true;
        self.replace_message(entry, event)
    }

    /// Replaces a message by another state of it, in the conversation, in the entries that tell of its changes, and in stored results.
    pub(in crate::store::memory) fn replace_message(&mut self, entry: &Entry, event: Event) -> Arc<Entry> {
        let replaced = Arc::new(Entry { seq: entry.seq, at: entry.at, event });
        self.conversation_bytes = self.conversation_bytes + replaced.bytes() - entry.bytes();
        self.content = self.content + replaced.content() - entry.content();
        self.chat.revision = self.chat.revision.wrapping_add(1);
        let was_edited = matches!(&entry.event, Event::Message(message) if message.is_edited());
        if let Some(index) = self.index_of(entry.seq) {
            self.conversation[index] = replaced.clone();
            if was_edited {
                self.refresh_changes(index + 1, &replaced);
            }
        }
        self.keys.replace(|result| match result {
            StoredOutcome::Message(posted) if posted.seq == replaced.seq => *posted = replaced.clone(),
            _ => {}
        });
        replaced
    }

    /// Puts a message into the entries from `first` on that tell of its changes: they have it as it now is.
    fn refresh_changes(&mut self, first: usize, replaced: &Arc<Entry>) {
        for entry in &mut self.conversation[first..] {
            if entry.target() == Some(replaced.seq)
                && let Some(event) = with_message(&entry.event, Some(replaced))
            {
                *entry = Arc::new(Entry { event, ..(**entry).clone() });
            }
        }
    }

    /// Puts each message into all entries that tell of its changes, and takes messages that are no longer kept out of them.
    pub(in crate::store::memory) fn refresh_all_changes(&mut self) {
        for index in 0..self.conversation.len() {
            let Some(target) = self.conversation[index].target() else { continue };
            let message = self.index_of(target).map(|index| self.conversation[index].clone());
            if let Some(event) = with_message(&self.conversation[index].event, message.as_ref()) {
                self.conversation[index] = Arc::new(Entry { event, ..(*self.conversation[index]).clone() });
            }
        }
    }

    /// Returns the index of the entry with this number in the conversation, whose sequence numbers are dense.
    fn index_of(&self, seq: u64) -> Option<usize> {
        Some(self.start_of(seq)).filter(|index| seq >= self.chat.first && *index < self.conversation.len())
    }
}

/// Returns an entry that has a message, with the message as it now is; `None` for all other entries.
fn with_message(event: &Event, message: Option<&Arc<Entry>>) -> Option<Event> {
    let message = message.cloned();
    match event {
        Event::MessageEdited { target, by, .. } => Some(Event::MessageEdited { target: *target, message, by: by.clone() }),
        Event::MessageDeleted { target, by, .. } => Some(Event::MessageDeleted { target: *target, message, by: by.clone() }),
        _ => None,
    }
}
