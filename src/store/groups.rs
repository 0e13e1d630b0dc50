//! Store contract for groups: chats of accounts that are found by their names.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::messages::{NewMessage, NotPosted};
use super::{StoreResult, WriteResult};
use crate::domain::chat::{Chat, ChatView, OpenedChat};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Entry;
use crate::domain::group::{GroupMember, GroupName, MembershipStatus};
use crate::domain::id::{AccountId, ChatId, LinkId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::member::{Member, Role};
use crate::domain::pagination::{NamedPage, Page, PageRequest};
use crate::domain::username::Username;

/// A group to create.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// The chat, before its first entry.
    pub chat: Chat,
    /// The link that stands for its name: accounts knock on it without seeing it.
    pub door: LinkId,
    /// Its owner, whose joining becomes entry 1.
    pub owner: AccountId,
    /// The accounts that the owner adds.
    pub members: Vec<AccountId>,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why no group was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotGrouped {
    /// One of the accounts does not exist.
    Gone,
    /// Another group has the name, or had it a short time ago.
    NameTaken,
    /// The owner may not add these accounts.
    NotAccepted(Vec<Username>),
    /// The node has reached its limit of chats, or its memory usage is above the cutoff for new chats.
    NodeFull,
    /// An account has reached its limit of chats.
    AccountFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// How an account comes into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coming {
    /// It joins by itself.
    Joining,
    /// This member adds it.
    AddedBy(MemberId),
}

/// Why an account did not come into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCome {
    /// There is no such group or account, or the account cannot know of the group.
    Gone,
    /// The member may not add accounts, or the group takes no one without asking.
    NotAllowed,
    /// The account does not let itself be added by this member, or may not come back this way.
    NotAccepted,
    /// The member blocks the account.
    BlockedByAdder,
    /// The group has reached its limit of members.
    Full,
    /// The account has reached its limit of chats.
    AccountFull,
}

/// A member that came into a group, or that was there.
#[derive(Clone, Debug)]
pub struct Came {
    /// The member.
    pub member: GroupMember,
    /// False if it was there already.
    pub is_new: bool,
}

/// Why a role was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleNotChanged {
    /// There is no such chat or no such member.
    Gone,
    /// It is no group, or `by` does not own it.
    NotAllowed,
    /// The owner stays one until another member becomes it.
    OwnerIsFixed,
    /// The member has no account.
    NoAccount,
}

/// Groups.
#[async_trait]
pub trait Groups: Debug + Send + Sync {
    /// Creates a group with all these members, or none.
    async fn create_group(&self, new: NewGroup, now: Timestamp) -> WriteResult<Idempotent<OpenedChat>, NotGrouped>;

    /// Returns the group with this name.
    async fn find_group(&self, name: &GroupName) -> StoreResult<Option<ChatId>>;

    /// Returns the link that stands for the name of a group.
    async fn group_door(&self, chat: ChatId, now: Timestamp) -> StoreResult<Option<LinkId>>;

    /// Lists by name the groups that accounts may join or knock at, as `viewer` sees them, optionally those whose name begins with `prefix`.
    async fn list_groups(&self, viewer: AccountId, prefix: &str, page: NamedPage, now: Timestamp) -> StoreResult<Page<ChatView>>;

    /// Posts a message of an account that named the group. Its key belongs to the account in all chats: used for another one, it is reused.
    async fn send_to_group(&self, account: AccountId, new: NewMessage, now: Timestamp) -> WriteResult<Idempotent<Arc<Entry>>, NotPosted>;

    /// Brings an account into a group. One that was a member before is the same member again.
    async fn come_into_group(&self, chat: ChatId, account: AccountId, coming: Coming, now: Timestamp) -> WriteResult<Came, NotCome>;

    /// Changes the role of a member on behalf of `by`, the owner. A member that becomes the owner takes the place of `by`, who becomes an admin.
    async fn change_role(&self, chat: ChatId, member: MemberId, role: Role, by: MemberId, now: Timestamp)
    -> WriteResult<Arc<Member>, RoleNotChanged>;

    /// Lists the members of a group with one status, by number.
    async fn list_group_members(
        &self,
        chat: ChatId,
        status: MembershipStatus,
        page: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Option<Page<GroupMember>>>;
}
