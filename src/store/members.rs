//! Store contract for members.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Committed, StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, Credential, MemberId};
use crate::domain::member::Member;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::username::Username;

/// Why no member was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRemoved {
    /// There is no such chat or no such member.
    Gone,
    /// The owner cannot leave, only close the chat.
    OwnerCannotLeave,
    /// The chat is open: a removed member could return at once.
    ChatIsOpen,
    /// The role of the one who removes does not allow it.
    NotAllowed,
}

/// A membership to bind to an account.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The credential of the member, which dies.
    pub credential: Credential,
    /// The account that holds the membership from now on.
    pub account: AccountId,
    /// The username of the account.
    pub username: Username,
}

/// Why a membership was not bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBound {
    /// There is no such chat, or the credential is not a member's.
    Gone,
    /// The account is a member already.
    AlreadyMember,
    /// The account has reached its limit of chats.
    AccountFull,
}

/// Members of chats.
#[async_trait]
pub trait Members: Debug + Send + Sync {
    /// Lists the members of a chat by number.
    async fn list_members(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Arc<Member>>>>;

    /// Gives a membership that a credential held to an account. The member keeps its number, name and messages; a pending knock of the account is
    /// withdrawn. Returns the member after the change.
    ///
    /// Never fails for lack of space in the chat.
    async fn bind_member(&self, chat: ChatId, binding: Binding, now: Timestamp) -> WriteResult<Arc<Member>, NotBound>;

    /// Gives the member that an account is in a direct chat or a group the name that the account has now. Changes nothing in link chats, nor where it
    /// has that name.
    async fn refresh_member(&self, chat: ChatId, account: AccountId, now: Timestamp) -> StoreResult<Option<Committed<()>>>;

    /// Ends a membership: the member leaves if `by` is the member itself, otherwise `by` removes it and every link with automatic approval is revoked.
    /// The owner of a group who leaves hands over to the member that has been admin for the longest time, else to another account; without one, the
    /// group ends.
    ///
    /// Never fails for lack of space.
    async fn remove_member(&self, chat: ChatId, member: MemberId, by: MemberId, now: Timestamp) -> WriteResult<(), NotRemoved>;
}
