//! Store contract for direct chats: those of two accounts, found by the pair.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::messages::NotPosted;
use super::{StoreResult, WriteResult};
use crate::domain::chat::Chat;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Entry;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::message::Message;

/// A message from one account to another.
#[derive(Clone, Debug)]
pub struct NewDirectMessage {
    /// The chat that begins with it if the two have none, before its first entry.
    pub chat: Chat,
    /// The sender.
    pub from: AccountId,
    /// The receiver, another account.
    pub to: AccountId,
    /// The message; its author is set by the store.
    pub message: Message,
    /// Whether the sender may begin another direct chat today.
    pub is_admitted: bool,
    /// The idempotency key of the request, if any. It belongs to the sender in all chats: used for another one, it is reused.
    pub key: Option<IdempotencyKey>,
}

/// A message that was sent.
#[derive(Clone, Debug)]
pub struct SentMessage {
    /// Its chat.
    pub chat: ChatId,
    /// Its entry.
    pub entry: Arc<Entry>,
    /// True if the chat began with it.
    pub has_begun: bool,
}

/// Why no message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// One of the accounts does not exist.
    Gone,
    /// A new chat is needed, and was not admitted.
    NotAdmitted,
    /// A new chat is needed, and one of the accounts has reached its limit.
    AccountFull,
    /// It was not posted.
    NotPosted(NotPosted),
}

impl From<NotPosted> for NotSent {
    fn from(refusal: NotPosted) -> Self {
        Self::NotPosted(refusal)
    }
}

/// Direct chats.
#[async_trait]
pub trait DirectChats: Debug + Send + Sync {
    /// Returns the direct chat of two accounts, if they have one.
    async fn find_direct_chat(&self, one: AccountId, other: AccountId) -> StoreResult<Option<ChatId>>;

    /// Posts a message into the direct chat of two accounts. The first message begins it: entries 1 and 2 are the joins, the sender's first.
    async fn send_direct(&self, new: NewDirectMessage, now: Timestamp) -> WriteResult<Idempotent<SentMessage>, NotSent>;
}
