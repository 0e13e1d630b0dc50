//! What a store keeps of members.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{StoreResult, Write};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::member::Member;
use crate::domain::page::{Cut, ListPage};

/// Why nobody left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRemoved {
    /// There is no such chat or no such member.
    Gone,
    /// The owner closes the chat instead.
    OwnerCannotLeave,
    /// Whoever is removed from an open chat could come back at once.
    ChatIsOpen,
}

/// Members of chats.
#[async_trait]
pub trait Members: Debug + Send + Sync {
    /// Who is in a chat, by their numbers.
    async fn members(&self, chat: ChatId, page: ListPage, now: Timestamp) -> StoreResult<Option<Cut<Arc<Member>>>>;

    /// `member` is no longer one: they leave where `by` is themselves, else the owner removes them, which revokes every link that lets in without
    /// asking. It always has room.
    async fn remove_member(&self, chat: ChatId, member: MemberId, by: MemberId, now: Timestamp) -> Write<(), NotRemoved>;
}
