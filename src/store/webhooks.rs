//! Store contract for webhooks and their deliveries.
//!
//! The logs of a chat are the queue: a webhook has a position in each, and a short list of entries that wait for a retry. So a delivery has what its entry
//! contains when it is sent, and nothing that was deleted since.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::{ChatId, MemberId, WebhookId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::text::Title;
use crate::domain::webhook::Webhook;

/// How long a claimed delivery belongs to the node that claimed it. If it is not settled by then, it is due again.
pub const CLAIM_LIFETIME: Duration = Duration::from_secs(30);

/// A webhook to create.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// The chat.
    pub chat: ChatId,
    /// The webhook.
    pub webhook: Webhook,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why no webhook was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHooked {
    /// There is no such chat, or the creator has no right to its door any more.
    Gone,
    /// The chat has the most webhooks.
    Full,
    /// The node's memory usage is above the cutoff for new webhooks.
    NodeFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// There is no such webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoWebhook;

/// Identifies a delivery: an entry to be sent by a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryKey {
    /// The webhook.
    pub webhook: WebhookId,
    /// The log of the entry.
    pub topic: Topic,
    /// The sequence number of the entry.
    pub seq: u64,
}

/// A claimed delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its key.
    pub key: DeliveryKey,
    /// The chat.
    pub chat: ChatId,
    /// The title of the chat.
    pub title: Option<Title>,
    /// The webhook.
    pub webhook: Webhook,
    /// The entry as it is now.
    pub entry: Arc<Entry>,
}

/// Deliveries that were claimed, and when to look for more.
#[derive(Clone, Debug)]
pub struct ClaimedDeliveries {
    /// The deliveries, at most one of each webhook.
    pub deliveries: Vec<Delivery>,
    /// When the next one is due, unless something happens before.
    pub next: Timestamp,
}

/// How an attempt to deliver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It was accepted.
    Accepted,
    /// It was not accepted; the receiver may have said how long to wait.
    Failed(Option<Duration>),
    /// The receiver is gone for good.
    Gone,
    /// It was not attempted, and does not count; to be claimed again after this time.
    Postponed(Duration),
}

/// What follows from a settled delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing more: it was accepted.
    Done,
    /// It is due again later.
    Waits,
    /// It is given up; the webhook stays, since other deliveries were accepted meanwhile.
    GivenUp,
    /// The webhook is disabled, and all that waited is dropped.
    Disabled,
    /// Nothing: the webhook, its chat, or the claim is gone.
    Void,
}

/// Webhooks of chats, and what they have to send.
#[async_trait]
pub trait Webhooks: Debug + Send + Sync {
    /// Creates a webhook if its creator has the right to the door. It sends what happens from now on.
    async fn create_webhook(&self, new: NewWebhook, now: Timestamp) -> WriteResult<Idempotent<Webhook>, NotHooked>;

    /// Lists a chat's webhooks in order of creation.
    async fn list_webhooks(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Webhook>>>;

    /// Deletes a webhook, on behalf of `by`, who has the right to the door. What it had to send is dropped.
    async fn delete_webhook(&self, chat: ChatId, webhook: WebhookId, by: MemberId, now: Timestamp) -> WriteResult<(), NoWebhook>;

    /// Claims up to `max` deliveries that are due. No other caller gets them until they are settled, or for [`CLAIM_LIFETIME`].
    ///
    /// A webhook has one claimed delivery at a time, so that entries are sent for the first time in the order of their log.
    async fn claim_deliveries(&self, max: usize, now: Timestamp) -> StoreResult<ClaimedDeliveries>;

    /// Settles a claimed delivery.
    async fn settle_delivery(&self, key: DeliveryKey, outcome: DeliveryOutcome, now: Timestamp) -> StoreResult<Settled>;
}
