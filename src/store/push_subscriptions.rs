//! Store contract for push subscriptions and what they have to send.
//!
//! What happens leaves a mark at its chat, once for all that happens within [`PUSH_DELAY`](crate::domain::push::PUSH_DELAY). When it is due, each
//! subscription that it concerns gets one push in the queue, which has no content: that is composed of what the holder may read when it is sent.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::PushSubscriptionId;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::person::Person;
use crate::domain::principal::Principal;
use crate::domain::push::Push;
use crate::domain::push_subscription::PushSubscription;

/// Whether a subscription was created.
#[derive(Clone, Debug)]
pub enum Saved {
    /// It was.
    Created(PushSubscription),
    /// The holder had one with this endpoint, which has the new keys and settings now, and its id and time of creation as before.
    Replaced(PushSubscription),
}

/// Why no subscription was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSubscribed {
    /// The holder is no member and does not wait any more, or the session has ended.
    Gone,
    /// Somebody else has the endpoint, with other keys.
    EndpointTaken,
    /// The account has the most subscriptions.
    AccountFull,
    /// The member or guest has the most subscriptions.
    MemberFull,
    /// The node has the most subscriptions, or its memory usage is above the cutoff for new ones.
    NodeFull,
}

/// There is no such push subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPushSubscription;

/// Identifies a claimed push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushKey {
    /// Its number in the queue.
    pub number: u64,
    /// Its subscription.
    pub subscription: PushSubscriptionId,
}

/// A claimed push.
#[derive(Clone, Debug)]
pub struct ClaimedPush {
    /// Its key.
    pub key: PushKey,
    /// Where it goes.
    pub subscription: PushSubscription,
    /// Who is to be told, as their streams are counted.
    pub person: Person,
    /// What it says now.
    pub push: Push,
    /// How long it is still worth delivering.
    pub lifetime: Duration,
}

/// Pushes that were claimed, and when to look for more.
#[derive(Clone, Debug)]
pub struct ClaimedPushes {
    /// The pushes.
    pub pushes: Vec<ClaimedPush>,
    /// When the next one is due, as far as is known.
    pub next: Timestamp,
}

/// How an attempt to send a push ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// The push service took it.
    Accepted,
    /// It is not needed: its holder has the chat open.
    Needless,
    /// The push service will not take it, whatever is tried.
    Rejected,
    /// The push service knows no such subscription any more.
    Gone,
    /// It was not taken; the push service may have said how long to wait.
    Failed(Option<Duration>),
    /// It was not attempted, and does not count; to be claimed again after this time.
    Postponed(Duration),
}

/// What follows from a settled push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettledPush {
    /// Nothing more.
    Done,
    /// It is due again later.
    Waits,
    /// It is given up: its lifetime is over before the next attempt.
    GivenUp,
    /// The subscription is deleted.
    Unsubscribed,
    /// Nothing: its subscription is gone, or the claim.
    Void,
}

/// Push subscriptions, and what they have to send.
///
/// A subscription ends with the session of its account, and with the membership or the knock of its holder; one whose knock is approved goes on.
#[async_trait]
pub trait PushSubscriptions: Debug + Send + Sync {
    /// Saves a subscription. The one that its holder has with the same endpoint is replaced.
    ///
    /// An endpoint is of one browser. With other keys than those that it has, only its holder may name it. With the same keys it moves here from another
    /// account, or from another member of the chat; beside these it may be of one account and of several chats.
    async fn save_push_subscription(&self, new: PushSubscription, now: Timestamp) -> WriteResult<Saved, NotSubscribed>;

    /// Lists the subscriptions of a holder in order of creation.
    async fn list_push_subscriptions(&self, holder: Principal, page: PageRequest, now: Timestamp) -> StoreResult<Page<PushSubscription>>;

    /// Deletes a subscription of a holder, with what it had to send.
    async fn delete_push_subscription(&self, holder: Principal, id: PushSubscriptionId, now: Timestamp) -> WriteResult<(), NoPushSubscription>;

    /// Claims up to `max` pushes that are due. Those of which nothing is left to say, or that their holder may not read or has muted, are dropped.
    ///
    /// No other caller gets a claimed push until it is settled, or for [`CLAIM_LIFETIME`](super::webhooks::CLAIM_LIFETIME).
    async fn claim_pushes(&self, max: usize, now: Timestamp) -> StoreResult<ClaimedPushes>;

    /// Settles a claimed push.
    async fn settle_push(&self, key: PushKey, outcome: PushOutcome, now: Timestamp) -> StoreResult<SettledPush>;

    /// Returns how many subscriptions there are.
    async fn count_push_subscriptions(&self) -> StoreResult<u64>;
}
