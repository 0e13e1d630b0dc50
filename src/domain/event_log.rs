//! Event logs: entries with dense sequence numbers, one audience per log.

use std::sync::Arc;

use super::chat::{Chat, EndReason};
use super::clock::Timestamp;
use super::id::{ChatId, Epoch, KnockId, MemberId};
use super::knock::{Knock, KnockStatus};
use super::link::Link;
use super::member::{LeaveReason, Member};
use super::message::Message;

/// Identifies a log. Its sequence numbers are 1, 2, 3… without gaps, because everyone who reads it reads all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Events for the members of a chat.
    Conversation(ChatId),
    /// Further events for the owner.
    Door(ChatId),
}

impl Topic {
    /// Returns the chat that the log belongs to.
    #[must_use]
    pub const fn chat(&self) -> ChatId {
        match self {
            Self::Conversation(chat) | Self::Door(chat) => *chat,
        }
    }
}

/// One entry of a log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its sequence number in the log.
    pub seq: u64,
    /// When it was appended.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Whose streams of a conversation an entry ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndsStreamsOf {
    /// Those of this member, who is no longer one.
    Member(MemberId),
    /// Those of all callers without a credential: the chat is no longer open.
    Visitors,
}

impl Entry {
    /// Returns whose streams this entry ends, if any.
    #[must_use]
    pub fn ends_streams_of(&self) -> Option<EndsStreamsOf> {
        match &self.event {
            Event::MemberLeft { member, .. } => Some(EndsStreamsOf::Member(member.id)),
            Event::ChatUpdated { chat, .. } if !chat.admits_visitors() => Some(EndsStreamsOf::Visitors),
            _ => None,
        }
    }
}

/// The kinds of events. The first four belong to conversations, the others to door logs.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message was posted.
    Message(Message),
    /// A member was admitted.
    MemberJoined {
        /// The new member.
        member: Arc<Member>,
        /// Who admitted them; `None` if no member did.
        by: Option<Arc<Member>>,
    },
    /// A member left or was removed.
    MemberLeft {
        /// The former member.
        member: Arc<Member>,
        /// Who caused it; the member itself if they left.
        by: Arc<Member>,
        /// Why.
        reason: LeaveReason,
    },
    /// The owner changed the chat.
    ChatUpdated {
        /// The chat after the change.
        chat: Box<Chat>,
        /// The owner.
        by: Arc<Member>,
    },
    /// A guest knocked.
    Knock(Box<Knock>),
    /// A knock ended.
    KnockDecided {
        /// The knock.
        knock: KnockId,
        /// Its final status.
        status: KnockStatus,
        /// Who decided it; `None` if no member did.
        by: Option<Arc<Member>>,
    },
    /// A link was created.
    LinkCreated(Box<Link>),
    /// A link was revoked.
    LinkRevoked(Box<Link>),
}

/// The current position of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The epoch of its sequence numbers.
    pub epoch: Epoch,
    /// The last sequence seq; 0 before the first entry.
    pub seq: u64,
    /// When the log expires unless it is renewed.
    pub expires_at: Timestamp,
}

/// A change committed to one log, for its subscribers.
#[derive(Clone, Debug)]
pub enum LogUpdate {
    /// Entries were appended.
    Appended {
        /// The log.
        topic: Topic,
        /// The new head.
        head: Head,
        /// The new entries, in order.
        entries: Vec<Arc<Entry>>,
    },
    /// The log ended.
    Ended {
        /// The log.
        topic: Topic,
        /// Why.
        end: EndReason,
    },
}
