//! Store contract for friend requests, friendships and blocks, and for the logs of accounts that report them.
//!
//! A request to somebody who blocks the sender exists for the sender alone. A friendship and a pending request never exist between the same two
//! accounts, nor do two pending requests: one that crosses another is its acceptance.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Committed, StoreResult, WriteResult};
use crate::domain::account::{AccountSince, RelatedAccount};
use crate::domain::account_log::AccountEventBatch;
use crate::domain::clock::Timestamp;
use crate::domain::friendship::{Answer, FriendRequest, FriendRequestStatus, RequestDirection};
use crate::domain::id::{AccountId, FriendRequestId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{NamedPage, Page, PageRequest};

/// A friend request to create.
#[derive(Clone, Debug)]
pub struct NewFriendRequest {
    /// The request; its number is set by the store.
    pub request: FriendRequest,
    /// Whether the sender may send another one today. If not, it only returns the pending one, or accepts the one that it crosses.
    pub is_admitted: bool,
    /// The idempotency key of the HTTP request, if any.
    pub key: Option<IdempotencyKey>,
}

/// What became of a new friend request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requested {
    /// It was created.
    Created(FriendRequest),
    /// The same was pending already.
    Same(FriendRequest),
    /// It crossed one of the receiver, which is accepted now.
    Crossed(FriendRequest),
}

impl Requested {
    /// Returns the request that is pending or accepted now.
    #[must_use]
    pub const fn request(&self) -> &FriendRequest {
        match self {
            Self::Created(request) | Self::Same(request) | Self::Crossed(request) => request,
        }
    }
}

/// Why no friend request was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRequested {
    /// One of the accounts does not exist.
    Gone,
    /// They are friends.
    AlreadyFriends,
    /// The sender blocks the receiver.
    BlockedBySender,
    /// The receiver rejected a request of the sender lately.
    RejectedRecently {
        /// When the sender may ask again.
        until: Timestamp,
    },
    /// The sender has too many pending requests.
    TooManyPending,
    /// A new request is needed, and was not admitted.
    NotAdmitted,
    /// The node accepts no more requests.
    NodeFull,
    /// It would make the two friends, and one of them has reached the limit.
    Full,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// Why a friend request was not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAnswered {
    /// There is no such request that this account may see.
    Gone,
    /// This account sent it.
    NotReceiver,
    /// It was answered the other way.
    AlreadyAnswered,
    /// One of the two has reached the limit of friends.
    Full,
}

/// Why a friend request was not withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestNotWithdrawn {
    /// There is no such request that this account may see.
    Gone,
    /// This account received it.
    NotSender,
    /// It was answered.
    AlreadyAnswered,
}

/// Why an account was not blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBlocked {
    /// One of the accounts does not exist.
    Gone,
    /// The limit of blocked accounts is reached.
    Full,
}

/// Friend requests, friendships, blocks, and the logs of accounts.
#[async_trait]
pub trait Friends: Debug + Send + Sync {
    /// Creates a friend request between two accounts, or returns the pending one. Accepts a pending one of the receiver instead.
    async fn request_friendship(&self, new: NewFriendRequest, now: Timestamp) -> WriteResult<Idempotent<Requested>, NotRequested>;

    /// Answers a friend request as its receiver. The same answer again changes nothing.
    async fn answer_request(
        &self,
        request: FriendRequestId,
        by: AccountId,
        answer: Answer,
        now: Timestamp,
    ) -> WriteResult<FriendRequest, NotAnswered>;

    /// Withdraws a pending friend request as its sender: it is gone for both.
    async fn withdraw_request(&self, request: FriendRequestId, by: AccountId, now: Timestamp) -> WriteResult<(), RequestNotWithdrawn>;

    /// Lists the friend requests of an account, the newest first; those in one direction or with one status, if it is named.
    async fn list_requests(
        &self,
        account: AccountId,
        direction: Option<RequestDirection>,
        status: Option<FriendRequestStatus>,
        page: PageRequest,
    ) -> StoreResult<Page<FriendRequest>>;

    /// Lists the friends of an account by username.
    async fn list_friends(&self, account: AccountId, page: NamedPage) -> StoreResult<Page<AccountSince>>;

    /// Ends the friendship of two accounts, if there is one. The request that led to it stays accepted.
    async fn unfriend(&self, account: AccountId, friend: AccountId, now: Timestamp) -> StoreResult<Committed<()>>;

    /// Blocks an account: ends the friendship, withdraws the blocker's own pending request, and hides a pending one of the blocked account for good.
    async fn block(&self, account: AccountId, blocked: AccountId, now: Timestamp) -> WriteResult<(), NotBlocked>;

    /// Ends a block, if there is one.
    async fn unblock(&self, account: AccountId, blocked: AccountId, now: Timestamp) -> StoreResult<Committed<()>>;

    /// Lists the accounts that an account blocks by username.
    async fn list_blocks(&self, account: AccountId, page: NamedPage) -> StoreResult<Page<AccountSince>>;

    /// Returns each of these accounts with its relation to `viewer`; `None` for one that does not exist.
    async fn related_accounts(&self, viewer: AccountId, accounts: &[AccountId]) -> StoreResult<Vec<Option<RelatedAccount>>>;

    /// Returns up to `max` entries of the log of an account after number `after`; `None` for an account that does not exist. Entries that are no longer
    /// kept are skipped: `oldest` says so.
    async fn account_events_after(&self, account: AccountId, after: u64, max: usize, now: Timestamp) -> StoreResult<Option<AccountEventBatch>>;
}
