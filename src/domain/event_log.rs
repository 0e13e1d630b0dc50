//! Event logs: entries with dense sequence numbers, one audience per log.

use std::sync::Arc;

use super::chat::{Chat, EndReason};
use super::clock::Timestamp;
use super::ephemeral::EphemeralChange;
use super::id::{AccountId, ChatId, Epoch, KnockId, MemberId};
use super::knock::{Knock, KnockStatus};
use super::link::Link;
use super::member::{LeaveReason, Member};
use super::message::{DeletedMessage, Message};
use super::reaction::Emoji;
use super::session::EndedSession;

/// Identifies a log. Its sequence numbers are 1, 2, 3… without gaps, because everyone who reads it reads all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Events for the members of a chat.
    Conversation(ChatId),
    /// Further events for the owner.
    Door(ChatId),
    /// Events for an account.
    Account(AccountId),
}

impl Topic {
    /// Returns the chat that the log belongs to; none for the log of an account.
    #[must_use]
    pub const fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Conversation(chat) | Self::Door(chat) => Some(*chat),
            Self::Account(_) => None,
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
    /// Those of this member, who is no longer one, and why.
    Member(MemberId, LeaveReason),
    /// Those of this member, who was given the right to the door or lost it: they end with `bye`, and the next ones have what it may see.
    Reauthorized(MemberId),
    /// Those of all callers without a credential: the chat is no longer open.
    Visitors,
}

impl Entry {
    /// Returns true for a message, deleted or not.
    #[must_use]
    pub const fn is_message(&self) -> bool {
        matches!(self.event, Event::Message(_) | Event::DeletedMessage(_))
    }

    /// Returns the member who posted this message, deleted or not; `None` for any other entry, and for a visitor's.
    #[must_use]
    pub fn author(&self) -> Option<MemberId> {
        match &self.event {
            Event::Message(message) => message.member.as_ref().map(|member| member.id),
            Event::DeletedMessage(message) => message.member.as_ref().map(|member| member.id),
            _ => None,
        }
    }

    /// Returns true if this member is told how far it got: the author of a message, unless it was deleted.
    #[must_use]
    pub fn has_status_for(&self, member: MemberId) -> bool {
        matches!(self.event, Event::Message(_)) && self.author() == Some(member)
    }

    /// Returns its size in bytes as counted against the content limits.
    #[must_use]
    pub fn content(&self) -> u64 {
        match &self.event {
            Event::Message(message) => message.content(),
            _ => 0,
        }
    }

    /// Returns the number of the message that this entry changes, if it does. A reader who cannot read that message gets only the two numbers.
    #[must_use]
    pub fn target(&self) -> Option<u64> {
        match &self.event {
            Event::MessageEdited { target, .. } | Event::MessageDeleted { target, .. } => Some(*target),
            Event::Reacted(reacted) => Some(reacted.target),
            _ => None,
        }
    }

    /// Returns whose streams this entry ends, if any.
    #[must_use]
    pub fn ends_streams_of(&self) -> Option<EndsStreamsOf> {
        match &self.event {
            Event::MemberLeft { member, reason, .. } => Some(EndsStreamsOf::Member(member.id, *reason)),
            Event::MemberUpdated { member, door: DoorChange::Changed, .. } => Some(EndsStreamsOf::Reauthorized(member.id)),
            Event::ChatUpdated { chat, .. } if !chat.admits_visitors() => Some(EndsStreamsOf::Visitors),
            _ => None,
        }
    }
}

/// Whether the right to the door changed with a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorChange {
    /// It did not.
    Same,
    /// It did.
    Changed,
}

/// The kinds of events. Those from `Knock` on belong to door logs, the others to conversations.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message was posted.
    Message(Message),
    /// A message was posted, and was deleted since.
    DeletedMessage(DeletedMessage),
    /// A message was edited.
    MessageEdited {
        /// The sequence number of the message.
        target: u64,
        /// The message as it now is, at its own sequence number; `None` once the chat has forgotten it.
        message: Option<Arc<Entry>>,
        /// Who edited it: its author.
        by: Arc<Member>,
    },
    /// A message was deleted.
    MessageDeleted {
        /// The sequence number of the message.
        target: u64,
        /// What is left of the message, at its own sequence number; `None` once the chat has forgotten it.
        message: Option<Arc<Entry>>,
        /// Who deleted it.
        by: Arc<Member>,
    },
    /// A member added or took back a reaction.
    Reacted(Box<Reacted>),
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
    /// A member's role or name changed.
    MemberUpdated {
        /// The member after the change.
        member: Arc<Member>,
        /// Who caused it; the member itself in most cases.
        by: Arc<Member>,
        /// Whether it was given the right to the door, or lost it.
        door: DoorChange,
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

/// A change of a reaction to a message.
#[derive(Clone, Debug)]
pub struct Reacted {
    /// The sequence number of the message.
    pub target: u64,
    /// The emoji.
    pub emoji: Emoji,
    /// Who reacted.
    pub member: Arc<Member>,
    /// True if it was added, false if it was taken back.
    pub added: bool,
    /// How many members react with this emoji now.
    pub count: u64,
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

/// A committed change, for the subscribers of one log or the streams of one session.
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
    /// Entries were rewritten: what was rendered of them must be dropped.
    Rewritten {
        /// The log.
        topic: Topic,
        /// Its head: every entry up to it may have changed, and must be read again.
        head: Head,
    },
    /// The log ended.
    Ended {
        /// The log.
        topic: Topic,
        /// Why.
        end: EndReason,
    },
    /// Something changed that the log does not report, such as a knock that its owner does not see: subscribers must look again.
    Unlogged {
        /// The log.
        topic: Topic,
    },
    /// Something changed that is in no log. If such an update is lost, the next one of the same kind makes up for it.
    Ephemeral {
        /// The log whose subscribers learn of it.
        topic: Topic,
        /// The change.
        change: EphemeralChange,
    },
    /// An account now shows what it has read, or does not any more.
    ReadReceipts {
        /// The account.
        account: AccountId,
        /// Whether it shows what it has read.
        shown: bool,
    },
    /// What an account sees of the presence of others, or whether it shows its own, may have changed.
    SightChanged {
        /// The account.
        account: AccountId,
    },
    /// A session ended, and so must its streams.
    SessionEnded(EndedSession),
    /// A webhook has something to send. If such an update is lost, what is due is found by the next look.
    DeliveryDue,
}
