//! What happens, as entries in a log: dense numbers, one audience each.

use std::sync::Arc;

use super::chat::{Chat, End};
use super::clock::Timestamp;
use super::id::{ChatId, Epoch, KnockId, MemberId};
use super::knock::{Knock, KnockStatus};
use super::link::Link;
use super::member::{Departure, Member};
use super::message::Message;

/// Names a log. Its numbers are 1, 2, 3… without holes, because everybody who reads it reads all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What the members of a chat hear.
    Conversation(ChatId),
    /// What its owner hears besides.
    Door(ChatId),
}

impl Topic {
    /// The chat it belongs to.
    #[must_use]
    pub const fn chat(&self) -> ChatId {
        match self {
            Self::Conversation(chat) | Self::Door(chat) => *chat,
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in its log.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Whose streams of a conversation an entry ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closes {
    /// This member's: they are none any more.
    Member(MemberId),
    /// Those of everybody who showed no credential: the chat is not open any more.
    Visitors,
}

impl Entry {
    /// Whose streams end with this entry.
    #[must_use]
    pub fn closes(&self) -> Option<Closes> {
        match &self.event {
            Event::MemberLeft { member, .. } => Some(Closes::Member(member.id)),
            Event::ChatUpdated { chat, .. } if !chat.admits_visitors() => Some(Closes::Visitors),
            _ => None,
        }
    }
}

/// What can happen. The first four stand in conversations, the others in door logs.
#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody said something.
    Message(Message),
    /// Somebody was let in.
    MemberJoined {
        /// Who.
        member: Arc<Member>,
        /// Who let them in, where somebody did.
        by: Option<Arc<Member>>,
    },
    /// Somebody is no longer a member.
    MemberLeft {
        /// Who.
        member: Arc<Member>,
        /// Who made them leave; themselves, where they left.
        by: Arc<Member>,
        /// Why.
        reason: Departure,
    },
    /// The owner changed the chat.
    ChatUpdated {
        /// As it is after the change.
        chat: Box<Chat>,
        /// The owner.
        by: Arc<Member>,
    },
    /// Somebody knocked.
    Knock(Box<Knock>),
    /// A knock ended.
    KnockDecided {
        /// Which.
        knock: KnockId,
        /// How.
        status: KnockStatus,
        /// Who decided it, where somebody did.
        by: Option<Arc<Member>>,
    },
    /// Somebody made a link.
    LinkCreated(Box<Link>),
    /// A link was revoked.
    LinkRevoked(Box<Link>),
}

/// Where a log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which numbering.
    pub epoch: Epoch,
    /// The last number; 0 before the first entry.
    pub number: u64,
    /// When the log will be gone, if nothing happens.
    pub expires_at: Timestamp,
}

/// What was committed to one log, for those who listen to it.
#[derive(Clone, Debug)]
pub enum News {
    /// The log stands at a new head.
    Grown {
        /// Which log.
        topic: Topic,
        /// Where it stands.
        head: Head,
        /// The entries that are new, in order.
        entries: Vec<Arc<Entry>>,
    },
    /// The log is gone.
    Ended {
        /// Which log.
        topic: Topic,
        /// Why.
        end: End,
    },
}
