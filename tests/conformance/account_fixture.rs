//! What accounts do in a store, in words: register, ask, answer, block.

use parlor::domain::account_log::AccountEvent;
use parlor::domain::event_log::Topic;
use parlor::domain::friendship::{Answer, FriendRequest, FriendRequestStatus, Friendship, Relation, RequestDirection};
use parlor::domain::id::{AccountId, FriendRequestId};
use parlor::domain::pagination::NamedPage;
use parlor::domain::random::SystemRandom;
use parlor::domain::text::Note;
use parlor::store::friends::{NewFriendRequest, NotAnswered, NotRequested, RequestNotWithdrawn, Requested};

use crate::assertions::ALL;
use crate::backends::Backend;
use crate::fixture::{Fixture, done};

/// A page that holds a complete list by username.
pub(crate) const NAMED: NamedPage = NamedPage { after: None, limit: usize::MAX };
pub(crate) const INCOMING: Option<RequestDirection> = Some(RequestDirection::Incoming);
pub(crate) const OUTGOING: Option<RequestDirection> = Some(RequestDirection::Outgoing);

impl Fixture {
    /// Creates an account.
    pub(crate) async fn registers(&self, username: &str) -> AccountId {
        self.signs_up(username).await.id
    }

    pub(crate) fn new_request(&self, from: AccountId, to: AccountId) -> NewFriendRequest {
        let (id, status) = (FriendRequestId::random(&SystemRandom), FriendRequestStatus::Pending);
        let note = Some(Note::parse("It is me").unwrap());
        let request = FriendRequest { id, number: 0, from, to, note, status, created_at: self.now(), answered_at: None };
        NewFriendRequest { request, is_admitted: true, key: None }
    }

    pub(crate) async fn sends(&self, new: NewFriendRequest) -> Result<Requested, NotRequested> {
        done(self.store.request_friendship(new, self.now()).await).map(|once| once.value)
    }

    pub(crate) async fn tries_to_ask(&self, from: AccountId, to: AccountId) -> Result<Requested, NotRequested> {
        self.sends(self.new_request(from, to)).await
    }

    /// Sends a friend request, which must be a new one.
    pub(crate) async fn asks(&self, from: AccountId, to: AccountId) -> FriendRequest {
        match self.tries_to_ask(from, to).await {
            Ok(Requested::Created(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn answers(&self, request: &FriendRequest, by: AccountId, answer: Answer) -> Result<FriendRequest, NotAnswered> {
        done(self.store.answer_request(request.id, by, answer, self.now()).await)
    }

    pub(crate) async fn takes_back(&self, request: &FriendRequest, by: AccountId) -> Result<(), RequestNotWithdrawn> {
        done(self.store.withdraw_request(request.id, by, self.now()).await)
    }

    pub(crate) async fn blocks(&self, account: AccountId, other: AccountId) {
        assert_eq!(done(self.store.block(account, other, self.now()).await), Ok(()));
    }

    pub(crate) async fn unblocks(&self, account: AccountId, other: AccountId) {
        self.store.unblock(account, other, self.now()).await.unwrap().into_parts();
    }

    pub(crate) async fn befriend(&self, one: AccountId, other: AccountId) -> FriendRequest {
        let request = self.asks(one, other).await;
        self.answers(&request, other, Answer::Accept).await.unwrap()
    }

    pub(crate) async fn unfriends(&self, one: AccountId, other: AccountId) {
        self.store.unfriend(one, other, self.now()).await.unwrap().into_parts();
    }

    pub(crate) async fn requests(&self, account: AccountId, direction: Option<RequestDirection>) -> Vec<FriendRequest> {
        self.store.list_requests(account, direction, None, ALL).await.unwrap().items
    }

    pub(crate) async fn friends(&self, account: AccountId) -> Vec<String> {
        let friends = self.store.list_friends(account, NAMED).await.unwrap().items;
        friends.iter().map(|friend| friend.account.username.as_str().to_owned()).collect()
    }

    pub(crate) async fn relation(&self, viewer: AccountId, other: AccountId) -> Relation {
        self.store.related_accounts(viewer, &[other]).await.unwrap().pop().flatten().unwrap().relation
    }

    pub(crate) async fn friendship(&self, viewer: AccountId, other: AccountId) -> Friendship {
        self.relation(viewer, other).await.friendship
    }

    /// Returns the log of an account, which must be dense up to its head.
    pub(crate) async fn events(&self, account: AccountId) -> Vec<AccountEvent> {
        let batch = self.store.account_events_after(account, 0, usize::MAX, self.now()).await.unwrap().unwrap();
        assert_eq!(batch.oldest + batch.events.len() as u64, batch.head + 1);
        assert_eq!(self.head(Topic::Account(account)).await.unwrap().seq, batch.head);
        batch.events
    }
}

/// Creates a store with two accounts.
pub(crate) async fn pair(backend: Backend) -> (Fixture, AccountId, AccountId) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.registers("ana").await, fixture.registers("ben").await);
    (fixture, ana, ben)
}
