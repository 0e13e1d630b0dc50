//! What a store keeps of links.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, Write};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, LinkId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::link::{Admitted, Link};
use crate::domain::page::{Cut, ListPage};

/// A link that is to be made; its number is the store's to give.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// Into which chat.
    pub chat: ChatId,
    /// The link.
    pub link: Link,
    /// The request that must not be carried out twice.
    pub key: Option<IdempotencyKey>,
}

/// Why no link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLinked {
    /// There is no such chat, or whoever makes it may no longer.
    Gone,
    /// The chat has as many live links as it may.
    Full,
    /// The node holds so much that it takes no more links.
    NodeFull,
    /// The key was used with another body.
    KeyReused,
    /// More keys are kept than may be.
    TooManyKeys,
}

/// Why a link was not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRevoked {
    /// There is no such link.
    Gone,
    /// Whoever is removed from an open chat could come back at once.
    ChatIsOpen,
}

/// Links into chats.
#[async_trait]
pub trait Links: Debug + Send + Sync {
    /// Makes a link, as long as its maker is the owner or the chat is open.
    async fn create_link(&self, new: NewLink, now: Timestamp) -> Write<Once<Link>, NotLinked>;

    /// A link that is kept, dead or alive, with the chat that it leads to.
    async fn find_link(&self, link: LinkId, now: Timestamp) -> StoreResult<Option<(ChatId, Link)>>;

    /// A chat's links, in the order of their making.
    async fn links(&self, chat: ChatId, page: ListPage, now: Timestamp) -> StoreResult<Option<Cut<Link>>>;

    /// Revokes a link by the owner, with its pending knocks; of a dead link too. Removes those whom it let in where they are to be evicted, which
    /// revokes every link that lets in without asking. It always has room.
    async fn revoke_link(&self, link: LinkId, admitted: Admitted, now: Timestamp) -> Write<(), NotRevoked>;
}
