//! What a store keeps of chats.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Committed, StoreResult, Write};
use crate::domain::chat::{Chat, ChatChange, OpenedChat, View};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, Credential};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::member::Member;

/// A chat that is to be opened.
#[derive(Clone, Debug)]
pub struct NewChat {
    /// The chat, before its first entry.
    pub chat: Chat,
    /// Its owner, whose joining will be entry 1.
    pub owner: Arc<Member>,
    /// What the owner will show.
    pub author: Credential,
    /// The request that must not be carried out twice.
    pub key: Option<IdempotencyKey>,
}

/// Why no chat was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The node holds as many chats as it may, or so much that it takes no more of them.
    NodeFull,
    /// The key was used with another body.
    KeyReused,
    /// More keys are kept than may be.
    TooManyKeys,
}

/// Why a chat was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUpdated {
    /// There is no such chat.
    Gone,
    /// It cannot be opened for everybody once somebody was removed.
    SomebodyWasRemoved,
    /// Those who wait would be more members than there may be.
    MembersFull,
    /// Its conversation is as long as it may be.
    Full,
    /// The node holds so much that a chat of this size may not grow.
    NodeFull,
}

/// Chats, from opening to end.
#[async_trait]
pub trait Chats: Debug + Send + Sync {
    /// Opens a chat; entry 1 is its owner's joining.
    async fn create_chat(&self, new: NewChat, now: Timestamp) -> Write<Once<OpenedChat>, NotOpened>;

    /// A chat, with the seat of whoever shows `who`.
    async fn see_chat(&self, chat: ChatId, who: Option<Credential>, now: Timestamp) -> StoreResult<Option<View>>;

    /// Changes a chat by its owner. Open to knock revokes every link that the owner did not make. Knock to open admits all who wait, all or none.
    /// Open to knock, without or with a new lifetime, always has room, and so has a new lifetime alone.
    async fn update_chat(&self, chat: ChatId, change: ChatChange, now: Timestamp) -> Write<Chat, NotUpdated>;

    /// Ends a chat; everything in it is gone.
    async fn close_chat(&self, chat: ChatId, now: Timestamp) -> StoreResult<Option<Committed<()>>>;

    /// Clears away, in up to `most` chats, what is due: chats, knocks, keys whose time is up. Whoever gets `most` back asks again.
    async fn clear_due(&self, now: Timestamp, most: usize) -> StoreResult<Vec<Committed<()>>>;
}
