//! What a store keeps of messages.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{StoreResult, Write};
use crate::domain::clock::Timestamp;
use crate::domain::entry::Entry;
use crate::domain::id::ChatId;
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::message::Message;
use crate::domain::page::{Cut, LogPage};

/// A message that is to be posted.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Where.
    pub chat: ChatId,
    /// What.
    pub message: Message,
    /// The request that must not be carried out twice.
    pub key: Option<IdempotencyKey>,
}

/// Why a message was not posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPosted {
    /// There is no such chat, or whoever writes may no longer write there.
    Gone,
    /// The chat is full.
    Full,
    /// The node holds so much that a chat of this size may not grow.
    NodeFull,
    /// The key was used with another body.
    KeyReused,
    /// More keys are kept than may be.
    TooManyKeys,
}

/// Messages of chats.
#[async_trait]
pub trait Messages: Debug + Send + Sync {
    /// Posts a message, as long as its member is one, or the chat is open where nobody is named. The chat's lifetime begins anew.
    async fn append_message(&self, new: NewMessage, now: Timestamp) -> Write<Once<Arc<Entry>>, NotPosted>;

    /// A page of a chat's messages, from the number `floor` on.
    async fn messages_page(&self, chat: ChatId, floor: u64, page: LogPage, now: Timestamp) -> StoreResult<Option<Cut<Arc<Entry>>>>;
}
