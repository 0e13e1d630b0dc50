//! Store contract for links.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, LinkId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::link::{Link, OnRevoke};
use crate::domain::pagination::{Page, PageRequest};

/// A link to create; the store assigns its number.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The chat it leads to.
    pub chat: ChatId,
    /// The link.
    pub link: Link,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why no link was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotLinked {
    /// There is no such chat, or the caller may no longer create links.
    Gone,
    /// The chat has reached its limit of live links.
    Full,
    /// The node's memory usage is above the cutoff for new links.
    NodeFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// Why a link was not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRevoked {
    /// There is no such link.
    Gone,
    /// The chat is open: evicted members could return at once.
    ChatIsOpen,
}

/// Links into chats.
#[async_trait]
pub trait Links: Debug + Send + Sync {
    /// Creates a link if its creator is the owner or the chat is open.
    async fn create_link(&self, new: NewLink, now: Timestamp) -> WriteResult<Idempotent<Link>, NotLinked>;

    /// Returns a stored link, dead or alive, and the chat it leads to.
    async fn find_link(&self, link: LinkId, now: Timestamp) -> StoreResult<Option<(ChatId, Link)>>;

    /// Lists a chat's links in order of creation.
    async fn list_links(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Link>>>;

    /// Revokes a link, dead ones too, on behalf of `by`, who has the right to the door, and declines its pending knocks.
    ///
    /// If its members are to be evicted, removes them and revokes every link with automatic approval. Never fails for lack of space.
    async fn revoke_link(&self, link: LinkId, admitted: OnRevoke, by: MemberId, now: Timestamp) -> WriteResult<(), NotRevoked>;
}
