//! The pushes that wait to be sent, in memory: one for each subscription and subject.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::allocation::{table_slots, tree};
use crate::domain::clock::Timestamp;
use crate::domain::id::PushSubscriptionId;
use crate::domain::push::{MAX_PUSH_RETRY_AFTER, MAX_QUEUED_PUSHES, PUSH_LIFETIME, PUSH_RETRY_DELAYS, PushSubject};
use crate::store::push_subscriptions::{PushKey, PushOutcome, SettledPush};
use crate::store::webhooks::CLAIM_LIFETIME;

/// A push without its content.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueuedPush {
    pub(super) subscription: PushSubscriptionId,
    pub(super) subject: PushSubject,
    /// The first entry of the log that it tells of.
    pub(super) first: u64,
    /// When the last thing happened that it tells of.
    pub(super) since: Timestamp,
    failures: u32,
}

impl QueuedPush {
    pub(super) const fn new(subscription: PushSubscriptionId, subject: PushSubject, first: u64, since: Timestamp) -> Self {
        Self { subscription, subject, first, since, failures: 0 }
    }

    /// Returns for how long it is still worth delivering.
    pub(super) fn lifetime(&self, now: Timestamp) -> Duration {
        (self.since + PUSH_LIFETIME).since(now)
    }
}

type Slot = (Timestamp, u64);

/// The queue. Its size is bounded; what does not fit is dropped.
#[derive(Debug, Default)]
pub(super) struct PushQueue {
    last: u64,
    due: BTreeMap<Slot, QueuedPush>,
    waiting: HashMap<(PushSubscriptionId, PushSubject), Slot>,
    /// What is being sent, with the moment from which the claim is void.
    claimed: HashMap<u64, (Timestamp, QueuedPush)>,
}

impl PushQueue {
    /// Adds a push that is due at this moment. One that waits with the same subject tells of both from then on.
    pub(super) fn add(&mut self, push: QueuedPush, due: Timestamp) {
        let key = (push.subscription, push.subject);
        if let Some(waiting) = self.waiting.get(&key).and_then(|slot| self.due.get_mut(slot)) {
            (waiting.first, waiting.since) = (waiting.first.min(push.first), waiting.since.max(push.since));
        } else if self.due.len() + self.claimed.len() < MAX_QUEUED_PUSHES {
            self.last += 1;
            self.waiting.insert(key, (due, self.last));
            self.due.insert((due, self.last), push);
        }
    }

    /// Claims up to `max` pushes that are due.
    pub(super) fn claim(&mut self, max: usize, now: Timestamp) -> Vec<(PushKey, QueuedPush)> {
        let void: Vec<u64> = self.claimed.iter().filter(|(_, (until, _))| *until <= now).map(|(number, _)| *number).collect();
        for number in void {
            if let Some((_, push)) = self.claimed.remove(&number) {
                self.put_back(push, now);
            }
        }
        let mut claimed = Vec::new();
        while claimed.len() < max
            && let Some(first) = self.due.first_entry().filter(|first| first.key().0 <= now)
        {
            let ((_, number), push) = first.remove_entry();
            self.waiting.remove(&(push.subscription, push.subject));
            self.claimed.insert(number, (now + CLAIM_LIFETIME, push));
            claimed.push((PushKey { number, subscription: push.subscription }, push));
        }
        claimed
    }

    /// Ends a claim with what became of the push.
    pub(super) fn settle(&mut self, key: PushKey, outcome: PushOutcome, now: Timestamp) -> SettledPush {
        let Some((_, mut push)) = self.claimed.remove(&key.number).filter(|(_, push)| push.subscription == key.subscription) else {
            return SettledPush::Void;
        };
        let wait = match outcome {
            PushOutcome::Accepted | PushOutcome::Needless | PushOutcome::Rejected => return SettledPush::Done,
            PushOutcome::Gone => return SettledPush::Unsubscribed,
            PushOutcome::Postponed(wait) => wait,
            PushOutcome::Failed(asked) => {
                let delay = PUSH_RETRY_DELAYS[PUSH_RETRY_DELAYS.len().min(push.failures as usize + 1) - 1];
                push.failures += 1;
                asked.map_or(delay, |asked| asked.min(MAX_PUSH_RETRY_AFTER).max(delay))
            }
        };
        if wait >= push.lifetime(now) {
            return SettledPush::GivenUp;
        }
        self.put_back(push, now + wait);
        SettledPush::Waits
    }

    /// Ends a claim on what is not to be sent.
    pub(super) fn drop_claim(&mut self, key: PushKey) {
        self.claimed.remove(&key.number);
    }

    /// Returns when the first push is due.
    pub(super) fn next(&self) -> Timestamp {
        let claimed = self.claimed.values().map(|(until, _)| *until).min().unwrap_or(Timestamp::NEVER);
        self.due.first_key_value().map_or(Timestamp::NEVER, |((due, _), _)| *due).min(claimed)
    }

    /// Returns the memory that it uses, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        let waiting = table_slots::<((PushSubscriptionId, PushSubject), Slot)>(self.waiting.len());
        tree::<(Slot, QueuedPush)>(self.due.len()) + waiting + table_slots::<(u64, (Timestamp, QueuedPush))>(self.claimed.len())
    }

    /// Lets a push wait again. If another one with its subject came meanwhile, the two become one, which waits as long.
    fn put_back(&mut self, push: QueuedPush, due: Timestamp) {
        let newer = self.waiting.remove(&(push.subscription, push.subject)).and_then(|slot| self.due.remove(&slot));
        let since = newer.map_or(push.since, |newer| newer.since.max(push.since));
        self.add(QueuedPush { since, ..push }, due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ChatId;
    use crate::domain::random::SystemRandom;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(0) + Duration::from_secs(seconds)
    }

    fn push(first: u64, since: u64) -> QueuedPush {
        let (subscription, chat) = (PushSubscriptionId::NIL, ChatId::NIL);
        QueuedPush::new(subscription, PushSubject::Messages(chat), first, at(since))
    }

    #[test]
    fn pushes_with_one_subject_are_sent_as_one() {
        let mut queue = PushQueue::default();
        queue.add(push(1, 0), at(2));
        queue.add(push(3, 1), at(3));
        let claimed = queue.claim(9, at(2));
        assert_eq!((claimed.len(), claimed[0].1.first, claimed[0].1.since), (1, 1, at(1)));
        queue.add(push(5, 2), at(4));
        assert_eq!(queue.settle(claimed[0].0, PushOutcome::Failed(None), at(2)), SettledPush::Waits);
        assert!(queue.claim(9, at(6)).is_empty(), "the newer one waits with the one that failed");
        let claimed = queue.claim(9, at(7));
        assert_eq!((claimed.len(), claimed[0].1.first, claimed[0].1.since), (1, 1, at(2)));
        assert_eq!(queue.settle(claimed[0].0, PushOutcome::Accepted, at(7)), SettledPush::Done);
        assert_eq!((queue.settle(claimed[0].0, PushOutcome::Accepted, at(7)), queue.next()), (SettledPush::Void, Timestamp::NEVER));
    }

    #[test]
    fn sec_173_retries_wait_longer_respect_retry_after_up_to_an_hour_and_end_with_the_lifetime() {
        let mut queue = PushQueue::default();
        queue.add(push(1, 0), at(0));
        let (mut now, mut waits) = (at(0), Vec::new());
        loop {
            let (key, push) = queue.claim(1, now).remove(0);
            assert_eq!(push.lifetime(now), at(86_400).since(now), "what is left of a day");
            match queue.settle(key, PushOutcome::Failed((waits.len() == 1).then_some(Duration::MAX)), now) {
                SettledPush::Waits => {
                    waits.push(queue.next().since(now).as_secs());
                    now = queue.next();
                }
                settled => break assert_eq!(settled, SettledPush::GivenUp),
            }
        }
        assert_eq!(waits[..7], [5, 3_600, 120, 600, 1_800, 3_600, 3_600]);
        assert!(now < at(86_400) && now >= at(82_800), "{now:?}");
    }

    #[test]
    fn sec_173_the_queue_is_bounded_and_a_claim_that_is_not_settled_is_void_after_a_while() {
        let mut queue = PushQueue::default();
        for _ in 0..MAX_QUEUED_PUSHES + 5 {
            let subject = PushSubject::Messages(ChatId::random(&SystemRandom));
            queue.add(QueuedPush::new(PushSubscriptionId::NIL, subject, 1, at(0)), at(0));
        }
        let claimed = queue.claim(usize::MAX, at(0));
        assert_eq!(claimed.len(), MAX_QUEUED_PUSHES);
        queue.add(push(1, 0), at(0));
        assert!(queue.claim(usize::MAX, at(1)).is_empty(), "what is being sent counts");
        assert_eq!(queue.claim(usize::MAX, at(30)).len(), MAX_QUEUED_PUSHES);
    }
}
