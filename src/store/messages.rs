//! Store contract for messages.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Entry;
use crate::domain::id::ChatId;
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::message::Message;
use crate::domain::pagination::{LogRange, NumberedPage, Page};

/// A message to post.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The chat.
    pub chat: ChatId,
    /// The message.
    pub message: Message,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why a message was not posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPosted {
    /// There is no such chat, or the author may no longer post there.
    Gone,
    /// The other of the two in a direct chat does not take messages from the author.
    NotAccepted,
    /// The author blocks the other of the two in a direct chat.
    BlockedByAuthor,
    /// The chat is full.
    Full,
    /// The node's memory usage does not allow a chat of this size to grow.
    NodeFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// Messages of chats.
#[async_trait]
pub trait Messages: Debug + Send + Sync {
    /// Posts a message if its author is a member or, without an author, the chat is open. In a direct chat the other one must accept messages of the
    /// author at this moment. Starts a new lifetime of the chat.
    async fn append_message(&self, new: NewMessage, now: Timestamp) -> WriteResult<Idempotent<Arc<Entry>>, NotPosted>;

    /// Returns a page of a chat's messages, from sequence number `floor` on.
    async fn messages_page(&self, chat: ChatId, floor: u64, page: LogRange, now: Timestamp) -> StoreResult<Option<Page<Arc<Entry>>>>;

    /// Returns a page of a chat's messages by its number, oldest first, and how many messages there are from sequence number `floor` on.
    async fn messages_by_number(&self, chat: ChatId, floor: u64, page: NumberedPage, now: Timestamp) -> StoreResult<Option<(Vec<Arc<Entry>>, u64)>>;
}
