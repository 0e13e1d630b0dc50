//! Friend requests, friendships, blocks and the logs of accounts in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::idempotency::impl_from_key_error;
use super::directory::{CreationOutcome, Directory};
use crate::domain::account::{AccountSince, RelatedAccount};
use crate::domain::account_log::AccountEventBatch;
use crate::domain::capacity::MemoryUsage;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::LogUpdate;
use crate::domain::friendship::{Answer, FriendRequest, FriendRequestStatus, RequestDirection};
use crate::domain::id::{AccountId, FriendRequestId};
use crate::domain::idempotency::Idempotent;
use crate::domain::pagination::{NamedPage, Page, PageRequest};
use crate::domain::username::Username;
use crate::store::friends::{Friends, NewFriendRequest, NotAnswered, NotBlocked, NotRequested, RequestNotWithdrawn, Requested};
use crate::store::{Committed, StoreResult, WriteResult};

impl_from_key_error!(NotRequested);

#[async_trait]
impl Friends for MemoryStore {
    async fn request_friendship(&self, new: NewFriendRequest, now: Timestamp) -> WriteResult<Idempotent<Requested>, NotRequested> {
        let requested = self.directory_mut().request_friendship(new, self.memory_usage(), now);
        if let Ok(committed) = &requested
            && let Idempotent { value: Requested::Created(request), replayed: false } = committed.value()
        {
            self.push_friend_request(request, now);
        }
        Ok(requested)
    }

    async fn answer_request(
        &self,
        request: FriendRequestId,
        by: AccountId,
        answer: Answer,
        now: Timestamp,
    ) -> WriteResult<FriendRequest, NotAnswered> {
        let mut directory = self.directory_mut();
        let answered = directory.friends.answer(request, by, answer, now);
        Ok(answered.map(|(request, events)| Committed::new(request, directory.append_events(events))))
    }

    async fn withdraw_request(&self, request: FriendRequestId, by: AccountId, _: Timestamp) -> WriteResult<(), RequestNotWithdrawn> {
        let mut directory = self.directory_mut();
        let withdrawn = directory.friends.withdraw_as(request, by);
        Ok(withdrawn.map(|events| Committed::new((), directory.append_events(events))))
    }

    async fn list_requests(
        &self,
        account: AccountId,
        direction: Option<RequestDirection>,
        status: Option<FriendRequestStatus>,
        page: PageRequest,
    ) -> StoreResult<Page<FriendRequest>> {
        Ok(self.directory.read().friends.list(account, direction, status, page))
    }

    async fn list_friends(&self, account: AccountId, page: NamedPage) -> StoreResult<Page<AccountSince>> {
        let directory = self.directory.read();
        Ok(directory.by_name(directory.friends.ties_of(account).map(|ties| &ties.friends), &page))
    }

    async fn unfriend(&self, account: AccountId, friend: AccountId, _: Timestamp) -> StoreResult<Committed<()>> {
        let mut directory = self.directory_mut();
        let events = directory.friends.unfriend(account, friend);
        Ok(Committed::new((), directory.append_events(events)))
    }

    async fn block(&self, account: AccountId, blocked: AccountId, now: Timestamp) -> WriteResult<(), NotBlocked> {
        let mut directory = self.directory_mut();
        if !directory.have_all(&[account, blocked]) {
            return Ok(Err(NotBlocked::Gone));
        }
        let events = directory.friends.block(account, blocked, now);
        Ok(events.map(|events| Committed::new((), with_sights(directory.append_events(events), [account, blocked]))).map_err(|_| NotBlocked::Full))
    }

    async fn unblock(&self, account: AccountId, blocked: AccountId, _: Timestamp) -> StoreResult<Committed<()>> {
        self.directory_mut().friends.unblock(account, blocked);
        Ok(Committed::new((), with_sights(Vec::new(), [account, blocked])))
    }

    async fn list_blocks(&self, account: AccountId, page: NamedPage) -> StoreResult<Page<AccountSince>> {
        let directory = self.directory.read();
        Ok(directory.by_name(directory.friends.ties_of(account).map(|ties| &ties.blocks), &page))
    }

    async fn related_accounts(&self, viewer: AccountId, accounts: &[AccountId]) -> StoreResult<Vec<Option<RelatedAccount>>> {
        let directory = self.directory.read();
        let related = |id: &AccountId| {
            let account = directory.accounts.get(id)?.account.clone();
            Some(RelatedAccount { account, relation: directory.friends.relation(viewer, *id) })
        };
        Ok(accounts.iter().map(related).collect())
    }

    async fn account_events_after(&self, account: AccountId, after: u64, max: usize, _: Timestamp) -> StoreResult<Option<AccountEventBatch>> {
        Ok(self.directory.read().events_after(account, after, max))
    }
}

/// Adds to updates that these accounts see each other now, or do not any more.
fn with_sights(mut updates: Vec<LogUpdate>, accounts: [AccountId; 2]) -> Vec<LogUpdate> {
    updates.extend(accounts.map(|account| LogUpdate::SightChanged { account }));
    updates
}

impl Directory {
    fn request_friendship(
        &mut self,
        new: NewFriendRequest,
        usage: MemoryUsage,
        now: Timestamp,
    ) -> Result<Committed<Idempotent<Requested>>, NotRequested> {
        if !self.have_all(&[new.request.from, new.request.to]) {
            return Err(NotRequested::Gone);
        }
        let key = new.key;
        if let Some(CreationOutcome::FriendRequest(requested)) = self.keys.lookup(key.as_ref(), now)? {
            return Ok(Committed::new(Idempotent::replayed(*requested), Vec::new()));
        }
        let (requested, events) = self.friends.request(new, usage, now)?;
        self.keys.insert(key.as_ref(), || CreationOutcome::FriendRequest(Box::new(requested.clone())), now);
        Ok(Committed::new(Idempotent::new(requested), self.append_events(events)))
    }

    fn have_all(&self, accounts: &[AccountId]) -> bool {
        accounts.iter().all(|id| self.accounts.contains_key(id))
    }

    /// Returns a page of these accounts by username.
    fn by_name(&self, accounts: Option<&HashMap<AccountId, Timestamp>>, page: &NamedPage) -> Page<AccountSince> {
        let named = |(id, since): (&AccountId, &Timestamp)| {
            let account = &self.accounts.get(id)?.account;
            Some((&account.username, AccountSince { account: account.clone(), since: *since }))
        };
        let sorted: BTreeMap<_, _> = accounts.into_iter().flatten().filter_map(named).collect();
        let start = page.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        Page::first(sorted.range::<&Username, _>((start, Bound::Unbounded)).map(|(_, one)| one.clone()), page.limit)
    }
}
