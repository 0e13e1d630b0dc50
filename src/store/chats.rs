//! Store contract for chats.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Committed, StoreResult, WriteResult};
use crate::domain::chat::{Chat, ChatChange, ChatView, OpenedChat};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::member::Member;
use crate::domain::principal::Principal;

/// A chat to create.
#[derive(Clone, Debug)]
pub struct NewChat {
    /// The chat, before its first entry.
    pub chat: Chat,
    /// Its owner, whose joining becomes entry 1.
    pub owner: Arc<Member>,
    /// The owner's credential.
    pub author: Principal,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why no chat was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The node has reached its limit of chats, or its memory usage is above the cutoff for new chats.
    NodeFull,
    /// The owner's account has reached its limit of chats.
    AccountFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// Why a chat was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUpdated {
    /// There is no such chat.
    Gone,
    /// A chat from which a member was removed cannot become open.
    SomebodyWasRemoved,
    /// Admitting everyone who is waiting would exceed the limit of members.
    MembersFull,
    /// The conversation is full.
    Full,
    /// The node's memory usage does not allow a chat of this size to grow.
    NodeFull,
    /// Another group has the new name, or had it a short time ago.
    NameTaken,
}

/// Chats, from creation to end.
#[async_trait]
pub trait Chats: Debug + Send + Sync {
    /// Creates a chat; entry 1 is its owner's joining.
    async fn create_chat(&self, new: NewChat, now: Timestamp) -> WriteResult<Idempotent<OpenedChat>, NotOpened>;

    /// Returns a chat with the membership that the credential `who` proves, if any.
    async fn find_chat(&self, chat: ChatId, who: Option<Principal>, now: Timestamp) -> StoreResult<Option<ChatView>>;

    /// Changes a chat on behalf of `by`, whose role allows it at this moment. Open to knock revokes every link that the owner did not create. Knock to open admits everyone who is
    /// waiting, or no one.
    ///
    /// Open to knock, with or without a new lifetime, and a new lifetime alone never fail for lack of space.
    async fn update_chat(&self, chat: ChatId, change: ChatChange, by: MemberId, now: Timestamp) -> WriteResult<Chat, NotUpdated>;

    /// Ends a chat and drops everything in it.
    async fn close_chat(&self, chat: ChatId, now: Timestamp) -> StoreResult<Option<Committed<()>>>;

    /// Applies what is due in up to `max` chats: expires chats, knocks and keys. A caller that gets `max` results back calls again.
    async fn expire_due(&self, now: Timestamp, max: usize) -> StoreResult<Vec<Committed<()>>>;
}
