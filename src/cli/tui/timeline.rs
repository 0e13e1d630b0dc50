//! What a chat's conversation shows, by number: messages as they now are, and notices of what happened to the chat.

use std::collections::BTreeMap;

use crate::wire::events::{MessageChanged, Reaction};
use crate::wire::messages::{Message, MessageKind, MessageReaction};

/// How many entries are kept of a chat that shows its end; earlier ones are loaded again by scrolling.
const MAX_ENTRIES: usize = 2_000;

/// One entry.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A message.
    Message(Box<Message>),
    /// A sentence about the chat.
    Notice(String),
}

/// Where the timeline is scrolled to: the last row that is shown is of this entry, with some of its rows hidden below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The number of the entry.
    pub seq: u64,
    /// How many of its rows are below the view.
    pub hidden: usize,
}

/// The entries that are loaded: without a hole, from some number up to the newest.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    entries: BTreeMap<u64, Entry>,
    /// Earlier messages exist that are not loaded.
    pub has_more: bool,
}

impl Timeline {
    /// Replaces all by the newest page.
    pub fn replace(&mut self, messages: Vec<Message>, has_more: bool) {
        self.entries.clear();
        self.add_older(messages, has_more);
    }

    /// Adds a page from before the first message.
    pub fn add_older(&mut self, messages: Vec<Message>, has_more: bool) {
        self.has_more = has_more;
        for message in messages {
            self.entries.entry(message.seq).or_insert_with(|| Entry::Message(Box::new(message)));
        }
    }

    /// Adds what happened last.
    pub fn push(&mut self, seq: u64, entry: Entry) {
        self.entries.insert(seq, entry);
    }

    /// Drops the earliest entries beyond the bound.
    pub fn trim(&mut self) {
        while self.entries.len() > MAX_ENTRIES {
            self.entries.pop_first();
            self.has_more = true;
        }
    }

    /// Replaces a message by what became of it.
    pub fn change(&mut self, change: &MessageChanged) {
        if let (Some(Entry::Message(old)), Some(new)) = (self.entries.get_mut(&change.target), &change.message) {
            **old = new.clone();
        }
    }

    /// Puts a reaction on its message, or takes it back.
    pub fn react(&mut self, change: &Reaction) {
        let Some(Entry::Message(message)) = self.entries.get_mut(&change.target) else { return };
        let (Some(emoji), Some(added), Some(count)) = (&change.emoji, change.added, change.count) else { return };
        let at = message.reactions.iter().position(|reaction| reaction.emoji == *emoji).unwrap_or_else(|| {
            message.reactions.push(MessageReaction { emoji: emoji.clone(), count, members: Vec::new() });
            message.reactions.len() - 1
        });
        let reaction = &mut message.reactions[at];
        reaction.count = count;
        if let Some(member) = &change.member {
            reaction.members.retain(|id| *id != member.id);
            if added {
                reaction.members.push(member.id);
            }
        }
        if count == 0 {
            message.reactions.remove(at);
        }
    }

    /// Makes tombstones of all messages of a member whose account was deleted.
    pub fn erase(&mut self, member: u32) {
        for entry in self.entries.values_mut() {
            let Entry::Message(message) = entry else { continue };
            message.reactions.iter_mut().for_each(|reaction| reaction.members.retain(|id| *id != member));
            if message.member.as_ref().is_some_and(|author| author.id == member) {
                message.kind = MessageKind::Deleted;
                (message.text, message.image, message.video, message.reactions) = (None, None, None, Vec::new());
            }
        }
    }

    /// Returns the entry with this number.
    #[must_use]
    pub fn get(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(&seq)
    }

    /// Returns the message with this number.
    #[must_use]
    pub fn message(&self, seq: u64) -> Option<&Message> {
        match self.entries.get(&seq)? {
            Entry::Message(message) => Some(message),
            Entry::Notice(_) => None,
        }
    }

    /// Returns the entries, earliest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (u64, &Entry)> {
        self.entries.iter().map(|(seq, entry)| (*seq, entry))
    }

    /// Returns the messages, earliest first.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.entries.values().filter_map(|entry| match entry {
            Entry::Message(message) => Some(&**message),
            Entry::Notice(_) => None,
        })
    }

    /// Returns the entry before this number.
    #[must_use]
    pub fn before(&self, seq: u64) -> Option<(u64, &Entry)> {
        self.entries.range(..seq).next_back().map(|(seq, entry)| (*seq, entry))
    }

    /// Returns the entry after this number.
    #[must_use]
    pub fn after(&self, seq: u64) -> Option<(u64, &Entry)> {
        self.entries.range(seq + 1..).next().map(|(seq, entry)| (*seq, entry))
    }

    /// Returns the number of the earliest entry.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.entries.first_key_value().map(|(seq, _)| *seq)
    }

    /// Returns the number of the newest entry.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.entries.last_key_value().map(|(seq, _)| *seq)
    }
}
