//! Store contract for chat items: the chats of an account, and what its members keep for themselves.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::chat_item::{AccountChats, ChatFilter, ChatItem, Notifications, RecentPage};
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::pagination::Page;

/// Why a direct chat was not cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCleared {
    /// There is no such chat or no such member.
    Gone,
    /// It is no direct chat.
    NotDirect,
}

/// There is no such chat or no such member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoMember;

/// Chats as their members list them.
#[async_trait]
pub trait ChatItems: Debug + Send + Sync {
    /// Lists the chats of which an account is a member, the latest first, without those that it cleared.
    async fn list_chats(&self, account: AccountId, filter: ChatFilter, page: RecentPage, now: Timestamp) -> StoreResult<Page<ChatItem>>;

    /// Returns all chats of which an account is a member, up to `max` of them as items. Each is as of one moment, and those that the account comes to
    /// meanwhile are in its log.
    async fn chats_of_member(&self, account: AccountId, max: usize, now: Timestamp) -> StoreResult<AccountChats>;

    /// Returns a chat of an account, cleared or not.
    async fn chat_item(&self, account: AccountId, chat: ChatId, now: Timestamp) -> StoreResult<Option<ChatItem>>;

    /// Returns a chat of an account with the last message and the unread ones up to entry `head`; all else is as it is now.
    async fn chat_item_at(&self, account: AccountId, chat: ChatId, head: u64, now: Timestamp) -> StoreResult<Option<ChatItem>>;

    /// Clears a direct chat for one of its members: it begins anew with the next message. The account's log has both.
    async fn clear_chat(&self, chat: ChatId, member: MemberId, now: Timestamp) -> WriteResult<(), NotCleared>;

    /// Mutes a chat for a member, or ends that.
    async fn set_notifications(&self, chat: ChatId, member: MemberId, to: Notifications, now: Timestamp) -> WriteResult<(), NoMember>;
}
