//! All push subscriptions in memory, by holder and by endpoint, with what they have to send.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::allocation::{MemoryCost, block, shared, table_slots, tree, trim};
use super::counting::NodeData;
use super::push_queue::{PushQueue, QueuedPush};
use crate::domain::capacity::MemoryUsage;
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, PushSubscriptionId, SessionId};
use crate::domain::principal::Principal;
use crate::domain::push::PushSubject;
use crate::domain::push_subscription::{MAX_PUSH_SUBSCRIPTIONS, PushSubscription};
use crate::domain::short_digest::ShortDigest;
use crate::store::push_subscriptions::{NotSubscribed, Saved};

/// The slots of a subscription in the tables, and its lists as if it were the only one there.
const SUBSCRIPTION: u64 = table_slots::<(PushSubscriptionId, PushSubscription)>(1)
    + table_slots::<(Principal, Vec<PushSubscriptionId>)>(1)
    + table_slots::<(ShortDigest, Vec<PushSubscriptionId>)>(1)
    + 2 * block(4 * size_of::<PushSubscriptionId>());

impl MemoryCost for PushSubscription {
    fn bytes(&self) -> u64 {
        SUBSCRIPTION + shared(self.endpoint.as_str())
    }
}

/// The push subscriptions of the node.
#[derive(Debug, Default)]
pub(super) struct PushTable {
    last: u64,
    records: HashMap<PushSubscriptionId, PushSubscription>,
    by_holder: HashMap<Principal, Vec<PushSubscriptionId>>,
    by_endpoint: HashMap<ShortDigest, Vec<PushSubscriptionId>>,
    /// How many subscriptions of accounts there are, for those that must not wait for the lock.
    of_accounts: Arc<AtomicUsize>,
    /// The chats in which something happened, by the moment from which it is to be told.
    pub(super) marked: BTreeSet<(Timestamp, ChatId)>,
    pub(super) queue: PushQueue,
    /// The memory of all subscriptions, in bytes.
    subscription_bytes: u64,
    counted: u64,
}

impl PushTable {
    /// Creates an empty table that counts the subscriptions of accounts here.
    pub(super) fn counting(of_accounts: Arc<AtomicUsize>) -> Self {
        Self { of_accounts, ..Self::default() }
    }

    /// Saves a subscription of a holder who exists.
    pub(super) fn save(&mut self, new: PushSubscription, usage: MemoryUsage, now: Timestamp) -> Result<Saved, NotSubscribed> {
        let endpoint = ShortDigest::of(new.endpoint.as_str());
        self.drop_expired(&new, now);
        let known: Vec<&PushSubscription> = self.by_endpoint.get(&endpoint).into_iter().flatten().filter_map(|id| self.records.get(id)).collect();
        let own = known.iter().find(|record| record.holder == new.holder).map(|record| record.id);
        let moved = known.iter().find(|record| record.chat == new.chat).map(|record| record.id);
        let is_taken = known.iter().any(|record| record.keys != new.keys);
        if let Some(record) = own.and_then(|own| self.records.get_mut(&own)) {
            (record.keys, record.session, record.text, record.expires_at) = (new.keys, new.session, new.text, new.expires_at);
            return Ok(Saved::Replaced(record.clone()));
        }
        if is_taken {
            return Err(NotSubscribed::EndpointTaken);
        }
        if self.of_holder(&new.holder).count() >= new.max_of_holder() {
            return Err(if new.chat.is_none() { NotSubscribed::AccountFull } else { NotSubscribed::MemberFull });
        }
        if self.records.len() >= MAX_PUSH_SUBSCRIPTIONS || !usage.accepts_new_guests() {
            return Err(NotSubscribed::NodeFull);
        }
        if let Some(moved) = moved {
            self.remove(moved);
        }
        self.last += 1;
        let record = PushSubscription { number: self.last, ..new };
        self.insert(endpoint, record.clone());
        Ok(Saved::Created(record))
    }

    fn insert(&mut self, endpoint: ShortDigest, record: PushSubscription) {
        self.by_endpoint.entry(endpoint).or_default().push(record.id);
        self.by_holder.entry(record.holder).or_default().push(record.id);
        self.of_accounts.fetch_add(usize::from(record.chat.is_none()), Ordering::Relaxed);
        self.subscription_bytes += record.bytes();
        self.records.insert(record.id, record);
    }

    /// Forgets the subscriptions of a holder that have expired, so that they do not count.
    fn drop_expired(&mut self, new: &PushSubscription, now: Timestamp) {
        let is_over = |record: &&PushSubscription| record.expires_at.is_some_and(|end| end <= now);
        let expired: Vec<_> = self.of_holder(&new.holder).filter(is_over).map(|record| record.id).collect();
        for id in expired {
            self.remove(id);
        }
    }

    /// Returns a subscription that has not expired.
    pub(super) fn get(&self, id: PushSubscriptionId, now: Timestamp) -> Option<&PushSubscription> {
        self.records.get(&id).filter(|record| record.expires_at.is_none_or(|end| end > now))
    }

    /// Returns the subscriptions of a holder, in order of creation.
    pub(super) fn of_holder(&self, holder: &Principal) -> impl Iterator<Item = &PushSubscription> {
        self.by_holder.get(holder).into_iter().flatten().filter_map(|id| self.records.get(id))
    }

    /// Queues a push to each device of a holder.
    pub(super) fn enqueue(&mut self, holder: &Principal, subject: PushSubject, first: u64, since: Timestamp, due: Timestamp) {
        for id in self.by_holder.get(holder).into_iter().flatten() {
            self.queue.add(QueuedPush::new(*id, subject, first, since), due);
        }
    }

    /// Removes a subscription. What it had to send is dropped when it would be due.
    pub(super) fn remove(&mut self, id: PushSubscriptionId) {
        let Some(record) = self.records.remove(&id) else { return };
        self.subscription_bytes -= record.bytes();
        self.of_accounts.fetch_sub(usize::from(record.chat.is_none()), Ordering::Relaxed);
        let endpoint = ShortDigest::of(record.endpoint.as_str());
        take_out(&mut self.by_endpoint, &endpoint, id);
        take_out(&mut self.by_holder, &record.holder, id);
        trim(&mut self.records);
    }

    /// Removes the subscriptions of one who is no member any more.
    pub(super) fn remove_holder(&mut self, holder: &Principal) {
        for id in self.by_holder.get(holder).cloned().unwrap_or_default() {
            self.remove(id);
        }
    }

    /// Removes the subscriptions that were created in a session.
    pub(super) fn end_session(&mut self, account: AccountId, session: SessionId) {
        let of_session = |record: &&PushSubscription| record.session == Some(session);
        let ended: Vec<_> = self.of_holder(&Principal::Account(account)).filter(of_session).map(|record| record.id).collect();
        for id in ended {
            self.remove(id);
        }
    }

    /// Returns how many subscriptions there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }
}

fn take_out<K: Eq + std::hash::Hash>(lists: &mut HashMap<K, Vec<PushSubscriptionId>>, key: &K, id: PushSubscriptionId) {
    let Some(list) = lists.get_mut(key) else { return };
    list.retain(|one| *one != id);
    if list.is_empty() {
        lists.remove(key);
        trim(lists);
    }
}

impl NodeData for PushTable {
    fn memory_bytes(&self) -> u64 {
        self.subscription_bytes + tree::<(Timestamp, ChatId)>(self.marked.len()) + self.queue.memory_bytes()
    }

    fn counted(&mut self) -> &mut u64 {
        &mut self.counted
    }
}
