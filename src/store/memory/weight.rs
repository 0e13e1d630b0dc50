//! What it costs to keep things in memory, in bytes, told from lengths alone.
//!
//! Everything is counted as the allocator hands it out: blocks with their header, tables and lists with the slots that stand empty. Texts that two things
//! share are counted with each of them, so that the sum errs on the safe side. Held against the resident memory of a release build on glibc, a process
//! grows by 0.98 to 1.01 of what is counted here when it is filled with empty chats, messages or tickets, by 0.91 to 0.94 with members, knocks, links or
//! keys, by 0.76 with knocks that carry long notes.

use std::sync::Arc;

use super::doorway::{Arrived, Bar, Doorway, Heft, Holder, Linked};
use super::place::{Cell, Place};
use super::state::{ChatState, Made, Seated};
use crate::domain::address::ClientAddress;
use crate::domain::bounds::Bounds;
use crate::domain::chat::{Chat, OpenedChat};
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Entry, Event};
use crate::domain::id::{ChatId, Credential, LinkId};
use crate::domain::knock::{Knock, Knocked};
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::domain::message::Message;
use crate::domain::text::{Label, Reason};
use crate::domain::ticket::Ticket;

/// What an `Arc` puts in front of what it holds.
const COUNTS: usize = 16;
/// A tree that grows at its end leaves its nodes half full.
const TREE: usize = 2;

/// What a kept thing holds besides its slot.
pub(super) trait Hefty {
    /// In bytes.
    fn heft(&self) -> u64;
}

/// A block of so many bytes, as the allocator cuts it: a header, a multiple of 16, 32 at least.
pub(super) const fn block(bytes: usize) -> u64 {
    let rounded = (bytes + 8).next_multiple_of(16);
    if rounded < 32 { 32 } else { rounded as u64 }
}

/// A text behind an `Arc`.
const fn shared(text: &str) -> u64 {
    block(COUNTS + text.len())
}

/// A hash table with room for `capacity` slots: seven of eight are used at most, and each has a byte of its own.
pub(super) fn table<T>(capacity: usize) -> u64 {
    if capacity == 0 { 0 } else { block((capacity * 8).div_ceil(7).next_power_of_two() * (size_of::<T>() + 1)) }
}

/// A list with room for `capacity` slots.
pub(super) const fn list<T>(capacity: usize) -> u64 {
    if capacity == 0 { 0 } else { block(capacity * size_of::<T>()) }
}

const fn slots<T>(count: usize) -> u64 {
    (count * size_of::<T>()) as u64
}

/// A chat without anything in it: its state, and its places in the maps of the node, where a table that was just doubled has twice the slots it uses.
pub(super) const CHAT: u64 = block(COUNTS + size_of::<Cell>()) + slots::<Place>(TREE) + TREE as u64 + slots::<(Timestamp, Place)>(TREE);

/// A link's place in the index of the node.
const LINK: u64 = slots::<(LinkId, ChatId)>(TREE) + TREE as u64;

/// An entry without what hangs on it.
const ENTRY: u64 = block(COUNTS + size_of::<Entry>());

/// What a change of a chat adds to it, without a new title.
pub(super) const CHANGE: u64 = ENTRY + block(size_of::<Chat>());

/// The most that a chat weighs whose conversation is as long as it may be.
pub(super) fn most_of_a_chat(bounds: &Bounds) -> u64 {
    (bounds.entries as u64).saturating_mul(ENTRY + slots::<Arc<Entry>>(TREE)).saturating_add(bounds.content)
}

/// What a message adds to its chat, but for its place in the conversation.
pub(super) fn message(message: &Message) -> u64 {
    ENTRY + texts(message)
}

fn texts(message: &Message) -> u64 {
    block(message.text.as_str().len()) + message.client_ref.as_ref().map_or(0, |reference| block(reference.as_str().len()))
}

fn label(label: Option<&Label>) -> u64 {
    label.map_or(0, |label| shared(label.as_str()))
}

impl Hefty for Entry {
    fn heft(&self) -> u64 {
        let event = match &self.event {
            Event::Message(message) => texts(message),
            Event::MemberJoined { member, .. } => block(COUNTS + size_of::<Member>()) + shared(member.name.as_str()),
            Event::MemberLeft { .. } | Event::KnockDecided { .. } => 0,
            Event::ChatUpdated { chat, .. } => block(size_of::<Chat>()) + title(chat),
            Event::Knock(knock) => block(size_of::<Knock>()) + knock.heft(),
            Event::LinkCreated(link) | Event::LinkRevoked(link) => block(size_of::<Link>()) + label(link.label.as_ref()),
        };
        ENTRY + event
    }
}

fn title(chat: &Chat) -> u64 {
    chat.title.as_ref().map_or(0, |title| shared(title.as_str()))
}

impl Hefty for Knock {
    fn heft(&self) -> u64 {
        let name = self.name.as_ref().map_or(0, |name| shared(name.as_str()));
        let note = self.note.as_ref().map_or(0, |note| shared(note.as_str()));
        name + note + self.reason.as_ref().map_or(0, reason)
    }
}

/// Why somebody was declined.
pub(super) fn reason(reason: &Reason) -> u64 {
    shared(reason.as_str())
}

impl Hefty for Linked {
    fn heft(&self) -> u64 {
        LINK + label(self.link.label.as_ref()) + self.last_decision.as_ref().map_or(0, |(_, knocks)| list::<[u8; 16]>(knocks.capacity()))
    }
}

impl Hefty for Made {
    fn heft(&self) -> u64 {
        match self {
            Self::Message(_) => 0,
            Self::Link(_) => block(size_of::<Link>()),
            Self::Knock(_) => block(size_of::<Knocked>()),
            Self::Ticket(_) => block(size_of::<Ticket>()),
        }
    }
}

impl Hefty for OpenedChat {
    fn heft(&self) -> u64 {
        0
    }
}

/// What these names, as they are remembered, weigh.
pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a Box<str>>) -> u64 {
    words.into_iter().map(|word| block(word.len())).sum()
}

impl ChatState {
    /// What keeping this chat costs, in bytes.
    pub(super) fn weight(&self) -> u64 {
        let lists =
            list::<Arc<Entry>>(self.conversation.capacity()) + list::<Seated>(self.members.capacity()) + list::<Ticket>(self.tickets.capacity());
        let opened_with = self.opened_with.as_ref().map_or(0, |scope| block(scope.len()));
        let doorway = self.doorway.as_ref().map_or(0, |doorway| block(size_of::<Doorway>()) + doorway.heft());
        CHAT + title(&self.chat) + lists + opened_with + self.said + doorway + self.keys.weight()
    }

    /// What the list of the conversation takes for one more entry: nothing, or twice as much as before.
    pub(super) fn next_place(&self) -> u64 {
        let places = self.conversation.capacity();
        if self.conversation.len() < places { 0 } else { list::<Arc<Entry>>((2 * places).max(4)) - list::<Arc<Entry>>(places) }
    }
}

impl Hefty for Doorway {
    fn heft(&self) -> u64 {
        let Heft { log, names, links, knocks, bars } = self.heft;
        let people = table::<Box<str>>(self.names.capacity()) + table::<(Credential, Holder)>(self.holders.capacity());
        let lists = list::<Arc<Entry>>(self.log.capacity()) + list::<Linked>(self.links.capacity()) + list::<u64>(self.ended.capacity());
        let knocks = knocks + slots::<(u64, Arrived)>(TREE * self.knocks.len()) + slots::<(u64, LinkId, ClientAddress)>(TREE * self.pending.len());
        let (by_link, by_address) = self.pending.capacities();
        let knocks = knocks + table::<(LinkId, usize)>(by_link) + table::<((LinkId, ClientAddress), usize)>(by_address);
        let bars = bars + table::<((LinkId, ClientAddress, Box<str>), Bar)>(self.bars.capacity());
        people + lists + log + names + links + knocks + bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat::{Admission, History, Lifetime};
    use crate::domain::dice::SystemDice;
    use crate::domain::id::{Epoch, MemberId};
    use crate::domain::member::Role;
    use crate::domain::text::{MessageText, Name};

    fn empty_chat(now: Timestamp) -> ChatState {
        let (expires_in, dice) = (Lifetime::DEFAULT, &SystemDice);
        let mut state = ChatState::new(
            Chat {
                id: ChatId::random(dice),
                epoch: Epoch::random(dice),
                title: None,
                admission: Admission::Knock,
                history: History::All,
                created_at: now,
                expires_in,
                expires_at: now + expires_in.span(),
                head: 0,
                door: 0,
            },
            None,
        );
        let owner = Arc::new(Member { id: MemberId::OWNER, name: Name::owner(), role: Role::Owner });
        state.seat(&owner, Credential::random(dice), None, None, now);
        state.say(Event::MemberJoined { member: owner, by: None }, now);
        state
    }

    #[test]
    fn an_empty_chat_weighs_700_bytes_at_most_and_a_message_of_100_bytes_300() {
        let now = Timestamp::from_millis(0);
        let mut state = empty_chat(now);
        let empty = state.weight();
        assert!(empty <= 700, "{empty}");
        let posts = 10_000;
        for _ in 0..posts {
            let text = MessageText::parse(&"x".repeat(100)).unwrap();
            state.say(Event::Message(Message { member: Some(state.owner()), text, client_ref: None }), now);
        }
        let each = (state.weight() - empty) / posts;
        assert!(each <= 300, "{each}");
        assert!(state.doorway.is_none(), "posting needs no door");
    }
}
