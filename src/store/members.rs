//! Store contract for members.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::member::Member;
use crate::domain::pagination::{Page, PageRequest};

/// Why no member was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRemoved {
    /// There is no such chat or no such member.
    Gone,
    /// The owner cannot leave, only close the chat.
    OwnerCannotLeave,
    /// The chat is open: a removed member could return at once.
    ChatIsOpen,
}

/// Members of chats.
#[async_trait]
pub trait Members: Debug + Send + Sync {
    /// Lists the members of a chat by number.
    async fn list_members(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Arc<Member>>>>;

    /// Ends a membership: the member leaves if `by` is the member itself, otherwise the owner removes it and every link with automatic approval is
    /// revoked.
    ///
    /// Never fails for lack of space.
    async fn remove_member(&self, chat: ChatId, member: MemberId, by: MemberId, now: Timestamp) -> WriteResult<(), NotRemoved>;
}
