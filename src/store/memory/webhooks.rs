//! Webhooks in memory, and the node's index of what they have to send.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::ChatState;
use super::chat::StoredOutcome;
use super::chat::deliveries::WebhookRecord;
use super::chat::idempotency::impl_from_key_error;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::LogUpdate;
use crate::domain::id::{ChatId, MemberId, WebhookId};
use crate::domain::idempotency::Idempotent;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::webhook::{MAX_WEBHOOKS, Webhook};
use crate::store::webhooks::{ClaimedDeliveries, DeliveryKey, DeliveryOutcome, NewWebhook, NoWebhook, NotHooked, Settled, Webhooks};
use crate::store::{StoreResult, WriteResult};

impl_from_key_error!(NotHooked);

/// The chats whose webhooks have something to send, by the moment from which it is due.
pub(super) type DueDeliveries = BTreeSet<(Timestamp, ChatId)>;

#[async_trait]
impl Webhooks for MemoryStore {
    async fn create_webhook(&self, new: NewWebhook, now: Timestamp) -> WriteResult<Idempotent<Webhook>, NotHooked> {
        Ok(self.write(new.chat, now, NotHooked::Gone, |state| {
            state.decider(new.webhook.created_by).ok_or(NotHooked::Gone)?;
            if let Some(StoredOutcome::Webhook(webhook)) = state.keys.lookup(new.key.as_ref(), now)? {
                return Ok(Idempotent::replayed(*webhook));
            }
            if state.webhooks().is_some_and(|webhooks| webhooks.records.len() >= MAX_WEBHOOKS) {
                return Err(NotHooked::Full);
            }
            if !self.memory_usage().accepts_new_guests() {
                return Err(NotHooked::NodeFull);
            }
            let (conversation, door) = (state.chat.head, state.chat.door);
            let webhooks = state.door_mut().webhooks.get_or_insert_default();
            webhooks.last_number += 1;
            let webhook = Webhook { number: webhooks.last_number, ..new.webhook };
            webhooks.records.push(WebhookRecord::new(webhook.clone(), conversation, door));
            state.keys.insert(new.key.as_ref(), || StoredOutcome::Webhook(Box::new(webhook.clone())), now);
            Ok(Idempotent::new(webhook))
        }))
    }

    async fn list_webhooks(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Webhook>>> {
        Ok(self.read(chat, now, |state| {
            let webhooks = state.webhooks().into_iter().flat_map(|webhooks| &webhooks.records).map(|record| &record.webhook);
            Page::first(webhooks.filter(|webhook| webhook.number > page.after).cloned(), page.limit)
        }))
    }

    async fn delete_webhook(&self, chat: ChatId, webhook: WebhookId, by: MemberId, now: Timestamp) -> WriteResult<(), NoWebhook> {
        Ok(self.write(chat, now, NoWebhook, |state| {
            state.decider(by).ok_or(NoWebhook)?;
            let records = &mut state.webhooks_mut().ok_or(NoWebhook)?.records;
            let index = records.iter().position(|record| record.webhook.id == webhook).ok_or(NoWebhook)?;
            records.remove(index);
            Ok(())
        }))
    }

    async fn claim_deliveries(&self, max: usize, now: Timestamp) -> StoreResult<ClaimedDeliveries> {
        let due: Vec<_> = self.deliveries.lock().iter().take_while(|(at, _)| *at <= now).take(max).copied().collect();
        let mut deliveries = Vec::new();
        for (at, chat) in due {
            let room = max - deliveries.len();
            match self.with_deliveries(chat, now, |state| state.claim_deliveries(room, now)) {
                Some(claimed) => deliveries.extend(claimed),
                None => drop(self.deliveries.lock().remove(&(at, chat))),
            }
        }
        let next = self.deliveries.lock().first().map_or(Timestamp::NEVER, |(at, _)| *at);
        Ok(ClaimedDeliveries { deliveries, next })
    }

    async fn settle_delivery(&self, key: DeliveryKey, outcome: DeliveryOutcome, now: Timestamp) -> StoreResult<Settled> {
        let settled = key.topic.chat().and_then(|chat| self.with_deliveries(chat, now, |state| state.settle_delivery(key, outcome, now)));
        Ok(settled.unwrap_or(Settled::Void))
    }
}

impl MemoryStore {
    /// Changes the deliveries of an existing chat, which appends nothing to its logs.
    fn with_deliveries<T>(&self, chat: ChatId, now: Timestamp, change: impl FnOnce(&mut ChatState) -> T) -> Option<T> {
        let handle = self.handle(chat)?;
        let mut state = handle.state().lock();
        if !state.is_open(now) {
            return None;
        }
        let changed = change(&mut state);
        self.schedule_deliveries(&mut state);
        self.totals.count(&mut state);
        Some(changed)
    }

    /// Moves a chat in the index to the moment from which a webhook has something to send. Returns an update to announce if that is earlier than before.
    ///
    /// Chats without webhooks cost one look at a pointer.
    pub(super) fn schedule_deliveries(&self, state: &mut ChatState) -> Option<LogUpdate> {
        state.webhooks()?;
        state.retire_webhooks();
        let (due, chat) = (state.deliveries_due(), state.chat.id);
        let webhooks = state.webhooks_mut()?;
        let before = std::mem::replace(&mut webhooks.due_at, due);
        if due != before {
            let mut deliveries = self.deliveries.lock();
            deliveries.remove(&(before, chat));
            if due != Timestamp::NEVER {
                deliveries.insert((due, chat));
            }
        }
        (due < before).then_some(LogUpdate::DeliveryDue)
    }

    /// Drops what the webhooks of an ended chat had to send.
    pub(super) fn drop_deliveries(&self, contents: &ChatState) {
        if let Some(webhooks) = contents.webhooks() {
            self.deliveries.lock().remove(&(webhooks.due_at, contents.chat.id));
        }
    }
}
