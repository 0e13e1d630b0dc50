//! Store contract for reactions.

use std::fmt::Debug;

use async_trait::async_trait;

use super::WriteResult;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::reaction::Emoji;

/// A reaction to add or to take back.
#[derive(Clone, Debug)]
pub struct NewReaction {
    /// The chat.
    pub chat: ChatId,
    /// The sequence number of the message.
    pub seq: u64,
    /// Who reacts.
    pub by: MemberId,
    /// The emoji.
    pub emoji: Emoji,
    /// True to add it, false to take it back.
    pub added: bool,
}

/// Why a reaction was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReacted {
    /// There is no such chat, no such member, or no message with this number that the member can read.
    Gone,
    /// The message was deleted.
    Deleted,
    /// The message has the most kinds of reactions.
    TooManyKinds,
    /// The chat is full.
    Full,
    /// The node's memory usage does not allow a chat of this size to grow.
    NodeFull,
}

/// Reactions to messages.
#[async_trait]
pub trait Reactions: Debug + Send + Sync {
    /// Adds a reaction of a member to a message, or takes it back. A repetition changes nothing.
    ///
    /// Taking one back never fails for lack of space.
    async fn react(&self, new: NewReaction, now: Timestamp) -> WriteResult<(), NotReacted>;
}
