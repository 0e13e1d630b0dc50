//! Friends: ask, answer, withdraw, list, end a friendship, block.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Capacity, Conflict, Error, Limit, Result};
use super::user_views::FriendRequestView;
use crate::domain::account::{AccountSince, RelatedAccount, UserView};
use crate::domain::clock::Timestamp;
use crate::domain::friendship::{Answer, FriendRequest, FriendRequestStatus, Relation, RequestDirection};
use crate::domain::id::FriendRequestId;
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{NamedPage, Page, PageRequest};
use crate::domain::text::Note;
use crate::domain::username::Username;
use crate::store::Store;
use crate::store::friends::{NewFriendRequest, NotAnswered, NotBlocked, NotRequested, RequestNotWithdrawn, Requested};

/// After how long it is worth a try again when too many requests are pending.
const PENDING_RETRY: Duration = Duration::from_hours(1);

/// A friend, or a blocked account, with the time since when.
#[derive(Clone, Debug)]
pub struct UserSince {
    /// The account.
    pub user: UserView,
    /// Since when.
    pub since: Timestamp,
}

/// Whether a friend request was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It was.
    New,
    /// It was pending already, or crossed one that is accepted now.
    Known,
}

impl Service {
    /// Asks an account to be friends.
    pub async fn request_friendship(
        self: &Arc<Self>,
        caller: &Caller,
        username: Option<Username>,
        note: Option<Note>,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<(Sent, FriendRequestView)>> {
        let SignedIn { account: from, .. } = self.require_account(caller)?;
        let to = self.named_account(username).await?.id;
        if to == from {
            return Err(Error::invalid("username", "must not be your own"));
        }
        let (limit, created_at) = (&self.rate_limits.friend_requests, self.now());
        let admitted = limit.try_acquire(from, created_at);
        let next = admitted.err().unwrap_or_default();
        let (id, status) = (FriendRequestId::random(self.random.as_ref()), FriendRequestStatus::Pending);
        let request = FriendRequest { id, number: 0, from, to, note, status, created_at, answered_at: None };
        let new = NewFriendRequest { request, is_admitted: admitted.is_ok(), key };
        let step = async move |store: Arc<dyn Store>, now| {
            let requested = store.request_friendship(new, now).await?;
            Ok(requested.map_err(|refusal| not_requested(refusal, now, next)))
        };
        let requested = self.commit(step).await;
        let is_new = matches!(&requested, Ok(Idempotent { value: Requested::Created(_), replayed: false }));
        if admitted.is_ok() && !is_new {
            limit.refund(from, self.now());
        }
        let Idempotent { value, replayed } = requested?;
        let sent = if matches!(value, Requested::Created(_)) { Sent::New } else { Sent::Known };
        let view = self.request_view(from, value.request().clone()).await?.ok_or(Error::NotFound)?;
        Ok(Idempotent { value: (sent, view), replayed })
    }

    /// Answers a friend request as its receiver.
    pub async fn answer_request(self: &Arc<Self>, caller: &Caller, request: FriendRequestId, answer: Answer) -> Result<FriendRequestView> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let answered = self.commit(move |store, now| async move { store.answer_request(request, account, answer, now).await }).await?;
        self.request_view(account, answered).await?.ok_or(Error::NotFound)
    }

    /// Withdraws a friend request as its sender.
    pub async fn withdraw_request(self: &Arc<Self>, caller: &Caller, request: FriendRequestId) -> Result<()> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        self.commit(move |store, now| async move { store.withdraw_request(request, account, now).await }).await
    }

    /// Lists the caller's friend requests, the newest first.
    pub async fn friend_requests(
        &self,
        caller: &Caller,
        direction: Option<RequestDirection>,
        status: Option<FriendRequestStatus>,
        page: PageRequest,
    ) -> Result<Page<FriendRequestView>> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let Page { items, has_more } = self.store.list_requests(account, direction, status, page).await?;
        Ok(Page { items: self.request_views(account, items).await?, has_more })
    }

    /// Lists the caller's friends by username.
    pub async fn friends(&self, caller: &Caller, page: NamedPage) -> Result<Page<UserSince>> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let Page { items, has_more } = self.store.list_friends(account, page).await?;
        let sight = self.sight_of(account).await?;
        let friend = |AccountSince { account, since }| {
            let friend = RelatedAccount { account, relation: Relation::FRIENDS };
            let user = UserView::new(&friend.account, friend.relation).with_presence(self.seen_presence(&friend, &sight));
            UserSince { user, since }
        };
        Ok(Page { items: items.into_iter().map(friend).collect(), has_more })
    }

    /// Ends the friendship with an account, if there is one.
    pub async fn unfriend(self: &Arc<Self>, caller: &Caller, username: Option<Username>) -> Result<()> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let friend = self.named_account(username).await?.id;
        self.commit(move |store, now| async move { store.unfriend(account, friend, now).await.map(Ok::<_, Error>) }).await
    }

    /// Blocks an account: ends the friendship, and hides it from the caller and the caller from it.
    pub async fn block(self: &Arc<Self>, caller: &Caller, username: Option<Username>) -> Result<()> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let blocked = self.named_account(username).await?.id;
        if blocked == account {
            return Err(Error::invalid("username", "must not be your own"));
        }
        self.commit(move |store, now| async move { store.block(account, blocked, now).await }).await
    }

    /// Ends a block, if there is one.
    pub async fn unblock(self: &Arc<Self>, caller: &Caller, username: Option<Username>) -> Result<()> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let blocked = self.named_account(username).await?.id;
        self.commit(move |store, now| async move { store.unblock(account, blocked, now).await.map(Ok::<_, Error>) }).await
    }

    /// Lists the accounts that the caller blocks by username.
    pub async fn blocks(&self, caller: &Caller, page: NamedPage) -> Result<Page<UserSince>> {
        let SignedIn { account: viewer, .. } = self.require_account(caller)?;
        let Page { items, has_more } = self.store.list_blocks(viewer, page).await?;
        let mut blocks = Vec::with_capacity(items.len());
        for AccountSince { account, since } in items {
            let user = self.user_view(viewer, &RelatedAccount { account, relation: Relation::BLOCKED }).await?;
            blocks.push(UserSince { user, since });
        }
        Ok(Page { items: blocks, has_more })
    }
}

fn not_requested(refusal: NotRequested, now: Timestamp, next: Duration) -> Error {
    match refusal {
        NotRequested::Gone => Error::NotFound,
        NotRequested::AlreadyFriends => Error::Conflict(Conflict::AlreadyFriends),
        NotRequested::BlockedBySender => Error::Conflict(Conflict::BlockedByYou),
        NotRequested::RejectedRecently { until } => Error::Conflict(Conflict::RejectedRecently(until.since(now))),
        NotRequested::TooManyPending => Error::Limit(Limit::FriendRequests, PENDING_RETRY),
        NotRequested::NotAdmitted => Error::Limit(Limit::FriendRequests, next),
        NotRequested::NodeFull => Error::Full(Capacity::Node),
        NotRequested::Full => Error::Full(Capacity::Account),
        NotRequested::KeyReused => Error::key_reused(),
        NotRequested::TooManyKeys => Error::too_many_keys(),
    }
}

impl From<NotAnswered> for Error {
    fn from(refusal: NotAnswered) -> Self {
        match refusal {
            NotAnswered::Gone => Self::NotFound,
            NotAnswered::NotReceiver => Self::NotAllowed,
            NotAnswered::AlreadyAnswered => Self::Conflict(Conflict::AlreadyAnswered),
            NotAnswered::Full => Self::Full(Capacity::Account),
        }
    }
}

impl From<RequestNotWithdrawn> for Error {
    fn from(refusal: RequestNotWithdrawn) -> Self {
        match refusal {
            RequestNotWithdrawn::Gone => Self::NotFound,
            RequestNotWithdrawn::NotSender => Self::NotAllowed,
            RequestNotWithdrawn::AlreadyAnswered => Self::Conflict(Conflict::AlreadyAnswered),
        }
    }
}

impl From<NotBlocked> for Error {
    fn from(refusal: NotBlocked) -> Self {
        match refusal {
            NotBlocked::Gone => Self::NotFound,
            NotBlocked::Full => Self::Full(Capacity::Account),
        }
    }
}
