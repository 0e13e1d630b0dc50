//! The webhooks of one chat in memory, and what each of them has to send.

use std::sync::Arc;

use super::{ChatState, StoredOutcome};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::WebhookId;
use crate::domain::webhook::{MAX_PAUSE, MAX_RETRY_AFTER, MAX_WAITING, RETRY_DELAYS, Webhook};
use crate::store::memory::allocation::{MemoryCost, TREE_OVERHEAD, shared, slots, vec};
use crate::store::webhooks::{CLAIM_LIFETIME, Delivery, DeliveryKey, DeliveryOutcome, Settled};

/// An entry that a webhook tries to send.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    topic: Topic,
    seq: u64,
    failures: u32,
    /// When it was claimed for the first time.
    since: Timestamp,
}

/// A webhook with its positions in the logs.
#[derive(Debug)]
pub(in crate::store::memory) struct WebhookRecord {
    pub(in crate::store::memory) webhook: Webhook,
    /// The last entries of the conversation and of the door that were claimed, or are not among its events.
    conversation: u64,
    door: u64,
    /// What waits for a retry, each with the moment from which it is due.
    waiting: Vec<(Timestamp, Attempt)>,
    /// What is being sent, with the moment from which the claim is void.
    claimed: Option<(Timestamp, Attempt)>,
    /// How many attempts failed since the last one that succeeded.
    failures: u32,
    /// Nothing is sent before.
    paused_until: Timestamp,
    /// When a delivery was last accepted.
    accepted_at: Option<Timestamp>,
}

/// The webhooks of a chat, in order of creation.
#[derive(Debug)]
pub(in crate::store::memory) struct ChatWebhooks {
    pub(in crate::store::memory) last_number: u64,
    pub(in crate::store::memory) records: Vec<WebhookRecord>,
    /// Where the chat stands in the node's index of deliveries; never if it is not in it.
    pub(in crate::store::memory) due_at: Timestamp,
}

impl Default for ChatWebhooks {
    fn default() -> Self {
        Self { last_number: 0, records: Vec::new(), due_at: Timestamp::NEVER }
    }
}

impl MemoryCost for ChatWebhooks {
    fn bytes(&self) -> u64 {
        let records = self.records.iter().map(|record| shared(record.webhook.url.as_str()) + vec::<(Timestamp, Attempt)>(record.waiting.capacity()));
        vec::<WebhookRecord>(self.records.capacity()) + records.sum::<u64>() + slots::<(Timestamp, [u8; 32])>(TREE_OVERHEAD)
    }
}

impl WebhookRecord {
    /// Creates the record of a webhook that sends what comes after these entries.
    pub(in crate::store::memory) const fn new(webhook: Webhook, conversation: u64, door: u64) -> Self {
        Self {
            webhook,
            conversation,
            door,
            waiting: Vec::new(),
            claimed: None,
            failures: 0,
            paused_until: Timestamp::from_millis(0),
            accepted_at: None,
        }
    }

    /// Returns when it has something to do next, if the logs have these heads.
    fn due(&self, conversation: u64, door: u64) -> Timestamp {
        if self.webhook.disabled_at.is_some() {
            return Timestamp::NEVER;
        }
        if let Some((until, _)) = &self.claimed {
            return *until;
        }
        let events = self.webhook.events;
        let is_behind = (events.message && self.conversation < conversation) || (events.knock && self.door < door);
        let next_entry = if is_behind && self.waiting.len() < MAX_WAITING { self.paused_until } else { Timestamp::NEVER };
        let retry = self.waiting.iter().map(|(due, _)| *due).min().unwrap_or(Timestamp::NEVER);
        retry.max(self.paused_until).min(next_entry)
    }

    /// Takes the retry that is due first.
    fn take_retry(&mut self, now: Timestamp) -> Option<Attempt> {
        let (index, due) = self.waiting.iter().map(|(due, _)| *due).enumerate().min_by_key(|(_, due)| *due)?;
        (due <= now).then(|| self.waiting.remove(index).1)
    }

    fn settle(&mut self, key: DeliveryKey, outcome: DeliveryOutcome, now: Timestamp) -> Settled {
        let Some((_, attempt)) = self.claimed.take_if(|(_, attempt)| attempt.topic == key.topic && attempt.seq == key.seq) else {
            return Settled::Void;
        };
        match outcome {
            DeliveryOutcome::Accepted => {
                (self.failures, self.paused_until, self.accepted_at) = (0, now, Some(now));
                Settled::Done
            }
            DeliveryOutcome::Gone => self.disable(now),
            DeliveryOutcome::Postponed(wait) => {
                self.paused_until = now + wait;
                self.waiting.push((self.paused_until, attempt));
                Settled::Waits
            }
            DeliveryOutcome::Failed(retry_after) => {
                self.failures += 1;
                let asked = retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
                self.paused_until = now + asked.max(pause(self.failures));
                self.retry(attempt, now)
            }
        }
    }

    /// Queues a retry of a failed attempt, if one is left.
    fn retry(&mut self, attempt: Attempt, now: Timestamp) -> Settled {
        match RETRY_DELAYS.get(attempt.failures as usize) {
            Some(delay) => {
                self.waiting.push((now + *delay, Attempt { failures: attempt.failures + 1, ..attempt }));
                Settled::Waits
            }
            // A receiver that takes everything but this is not gone.
            None if self.accepted_at.is_some_and(|accepted_at| accepted_at >= attempt.since) => Settled::GivenUp,
            None => self.disable(now),
        }
    }

    fn disable(&mut self, now: Timestamp) -> Settled {
        self.webhook.disabled_at = Some(now);
        self.waiting = Vec::new();
        Settled::Disabled
    }
}

/// Returns how long a webhook waits after this many failures in a row: as long as before the first retry, doubled each time.
fn pause(failures: u32) -> std::time::Duration {
    let doublings = failures.saturating_sub(1).min(16);
    RETRY_DELAYS[0].saturating_mul(1 << doublings).min(MAX_PAUSE)
}

impl ChatState {
    /// Returns its webhooks, if it ever had one.
    pub(in crate::store::memory) fn webhooks(&self) -> Option<&ChatWebhooks> {
        self.door.as_ref()?.webhooks.as_deref()
    }

    /// Returns its webhooks for modification, if it ever had one.
    pub(in crate::store::memory) fn webhooks_mut(&mut self) -> Option<&mut ChatWebhooks> {
        self.door.as_mut()?.webhooks.as_deref_mut()
    }

    fn take_webhooks(&mut self) -> Option<Box<ChatWebhooks>> {
        self.door.as_mut()?.webhooks.take()
    }

    /// Returns when a webhook has something to send next.
    pub(in crate::store::memory) fn deliveries_due(&self) -> Timestamp {
        let records = self.webhooks().into_iter().flat_map(|webhooks| &webhooks.records);
        records.map(|record| record.due(self.chat.head, self.chat.door)).min().unwrap_or(Timestamp::NEVER)
    }

    /// Ends the webhooks of members who have no right to the door any more.
    pub(in crate::store::memory) fn retire_webhooks(&mut self) {
        let Some(mut webhooks) = self.take_webhooks() else { return };
        let before = webhooks.records.len();
        webhooks.records.retain(|record| self.decider(record.webhook.created_by).is_some());
        if webhooks.records.len() < before {
            let is_kept = |webhook: &Webhook| webhooks.records.iter().any(|record| record.webhook.id == webhook.id);
            self.keys.retain(|result| !matches!(result, StoredOutcome::Webhook(webhook) if !is_kept(webhook)));
        }
        self.door_mut().webhooks = Some(webhooks);
    }

    /// Claims what is due, at most `max` deliveries.
    pub(in crate::store::memory) fn claim_deliveries(&mut self, max: usize, now: Timestamp) -> Vec<Delivery> {
        let Some(mut webhooks) = self.take_webhooks() else { return Vec::new() };
        let claimed = webhooks.records.iter_mut().filter_map(|record| self.claim(record, now)).take(max).collect();
        self.door_mut().webhooks = Some(webhooks);
        claimed
    }

    /// Settles a claimed delivery.
    pub(in crate::store::memory) fn settle_delivery(&mut self, key: DeliveryKey, outcome: DeliveryOutcome, now: Timestamp) -> Settled {
        self.webhook_mut(key.webhook).map_or(Settled::Void, |record| record.settle(key, outcome, now))
    }

    fn webhook_mut(&mut self, id: WebhookId) -> Option<&mut WebhookRecord> {
        self.webhooks_mut()?.records.iter_mut().find(|record| record.webhook.id == id)
    }

    fn claim(&self, record: &mut WebhookRecord, now: Timestamp) -> Option<Delivery> {
        if record.due(self.chat.head, self.chat.door) > now {
            return None;
        }
        // A claim that was not settled in time.
        record.waiting.extend(record.claimed.take().map(|(_, attempt)| (now, attempt)));
        let (attempt, entry) = self.next_retry(record, now).or_else(|| self.next_entry(record, now))?;
        let key = DeliveryKey { webhook: record.webhook.id, topic: attempt.topic, seq: attempt.seq };
        record.claimed = Some((now + CLAIM_LIFETIME, attempt));
        Some(Delivery { key, chat: self.chat.id, title: self.chat.title.clone(), webhook: record.webhook.clone(), entry })
    }

    /// Takes the next retry whose entry is still there, with what it contains now.
    fn next_retry(&self, record: &mut WebhookRecord, now: Timestamp) -> Option<(Attempt, Arc<Entry>)> {
        while let Some(attempt) = record.take_retry(now) {
            let index = attempt.seq.checked_sub(self.oldest(attempt.topic)).and_then(|index| usize::try_from(index).ok());
            let entry = index.and_then(|index| self.log(attempt.topic).nth(index));
            if let Some(entry) = entry.filter(|entry| record.webhook.events.include(&entry.event)) {
                return Some((attempt, entry.clone()));
            }
        }
        None
    }

    /// Takes the next entry that was not sent yet.
    fn next_entry(&self, record: &mut WebhookRecord, now: Timestamp) -> Option<(Attempt, Arc<Entry>)> {
        if record.waiting.len() >= MAX_WAITING {
            return None;
        }
        for topic in [Topic::Door(self.chat.id), Topic::Conversation(self.chat.id)] {
            let (events, oldest, head) = (record.webhook.events, self.oldest(topic), self.head(topic).seq);
            let position = if matches!(topic, Topic::Door(_)) { &mut record.door } else { &mut record.conversation };
            if !events.are_in(topic) || *position >= head {
                continue;
            }
            let skipped = usize::try_from((*position + 1).saturating_sub(oldest)).unwrap_or(usize::MAX);
            let next = self.log(topic).skip(skipped).find(|entry| events.include(&entry.event));
            *position = next.map_or(head, |entry| entry.seq);
            if let Some(entry) = next {
                return Some((Attempt { topic, seq: entry.seq, failures: 0, since: now }, entry.clone()));
            }
        }
        None
    }

    fn oldest(&self, topic: Topic) -> u64 {
        match topic {
            Topic::Door(_) => self.oldest_at_door(),
            Topic::Conversation(_) | Topic::Account(_) => self.chat.first,
        }
    }
}
