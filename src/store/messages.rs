//! Store contract for messages.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Entry;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::message::Message;
use crate::domain::pagination::{LogRange, NumberedPage, Page};
use crate::domain::text::MessageText;

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
    /// It replies to something that is not a message its author can read.
    NothingToReplyTo,
    /// The chat is full.
    Full,
    /// The node's memory usage does not allow a chat of this size to grow.
    NodeFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// A new text for a message.
#[derive(Clone, Debug)]
pub struct MessageEdit {
    /// The chat.
    pub chat: ChatId,
    /// The sequence number of the message.
    pub seq: u64,
    /// Who edits it.
    pub by: MemberId,
    /// The text; `None` for media without a caption.
    pub text: Option<MessageText>,
    /// The text rendered to safe HTML, if it has markup.
    pub html: Option<Box<str>>,
}

/// Why a message was not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEdited {
    /// There is no such chat, no such member, or no message with this number that the member can read.
    Gone,
    /// Another member wrote it, or a visitor.
    NotAuthor,
    /// It was deleted.
    Deleted,
    /// It would have neither text nor media.
    NothingLeft,
    /// The chat is full.
    Full,
    /// The node's memory usage does not allow a chat of this size to grow.
    NodeFull,
}

/// Why a message was not deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDeleted {
    /// There is no such chat, no such member, or no message with this number that the member can read.
    Gone,
    /// The member neither wrote it nor may delete messages of its author.
    NotAllowed,
}

/// Messages of chats.
#[async_trait]
pub trait Messages: Debug + Send + Sync {
    /// Posts a message if its author is a member or, without an author, the chat is open. In a direct chat the other one must accept messages of the
    /// author at this moment. Starts a new lifetime of the chat.
    async fn append_message(&self, new: NewMessage, now: Timestamp) -> WriteResult<Idempotent<Arc<Entry>>, NotPosted>;

    /// Returns the message with this number, from sequence number `floor` on.
    async fn find_message(&self, chat: ChatId, floor: u64, seq: u64, now: Timestamp) -> StoreResult<Option<Arc<Entry>>>;

    /// Replaces the text of a message on behalf of its author, and destroys the old text: no entry, page or stored result has it any more. An equal
    /// text changes nothing. Returns the message as it now is.
    async fn edit_message(&self, edit: MessageEdit, now: Timestamp) -> WriteResult<Arc<Entry>, NotEdited>;

    /// Destroys a message on behalf of its author, or of a member who may delete the author's messages. Again changes nothing.
    ///
    /// Never fails for lack of space.
    async fn delete_message(&self, chat: ChatId, seq: u64, by: MemberId, now: Timestamp) -> WriteResult<(), NotDeleted>;

    /// Returns a page of a chat's messages, from sequence number `floor` on.
    async fn messages_page(&self, chat: ChatId, floor: u64, page: LogRange, now: Timestamp) -> StoreResult<Option<Page<Arc<Entry>>>>;

    /// Returns a page of a chat's messages by its number, oldest first, and how many messages there are from sequence number `floor` on.
    async fn messages_by_number(&self, chat: ChatId, floor: u64, page: NumberedPage, now: Timestamp) -> StoreResult<Option<(Vec<Arc<Entry>>, u64)>>;
}
