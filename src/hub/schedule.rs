//! The schedule: what becomes due, and when, in ticks of half a second that many rooms share.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::domain::id::{AccountId, ChatId};

/// The time between two ticks. What changes in between is published together.
pub const TICK: Duration = Duration::from_millis(500);
const TICK_MS: i64 = 500;

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// To publish what changed in a room.
    Room(Topic),
    /// To look which members of a chat are no longer online.
    Chat(ChatId),
    /// To look whether an account is still online, and to tell its friends.
    Account(AccountId),
    /// To ask the store what an account sees and shows.
    Sight(AccountId),
}

#[derive(Debug, Default)]
struct Plans {
    /// What is done at the next tick.
    soon: Vec<Due>,
    /// What is done later, by tick.
    later: BTreeMap<Timestamp, Vec<Due>>,
}

/// What is due, and when.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    plans: Mutex<Plans>,
    changed: Notify,
}

impl Schedule {
    /// Adds something that is done at the first tick from a moment on.
    pub(super) fn add(&self, at: Timestamp, due: Due) {
        let tick = at.shifted((-at.millis()).rem_euclid(TICK_MS));
        let mut plans = self.plans.lock();
        let is_first = plans.later.first_key_value().is_none_or(|(first, _)| tick < *first);
        plans.later.entry(tick).or_default().push(due);
        drop(plans);
        if is_first {
            self.changed.notify_one();
        }
    }

    /// Adds something that is done at the next tick.
    pub(super) fn add_soon(&self, due: Due) {
        let mut plans = self.plans.lock();
        let is_first = plans.soon.is_empty();
        plans.soon.push(due);
        drop(plans);
        if is_first {
            self.changed.notify_one();
        }
    }

    /// Takes what is due.
    pub(super) fn take(&self, now: Timestamp) -> Vec<Due> {
        let mut plans = self.plans.lock();
        let later = plans.later.split_off(&now.shifted(1));
        let due = std::mem::replace(&mut plans.later, later).into_values().flatten();
        let soon = std::mem::take(&mut plans.soon);
        drop(plans);
        due.chain(soon).collect()
    }

    /// Returns the next tick at which something is due.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let plans = self.plans.lock();
        let next = now.shifted(TICK_MS - now.millis().rem_euclid(TICK_MS));
        let later = plans.later.first_key_value().map(|(tick, _)| *tick);
        if plans.soon.is_empty() { later } else { Some(later.map_or(next, |later| later.min(next))) }
    }

    /// Waits until something is due earlier than before.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn what_is_due_is_taken_at_its_tick_and_once() {
        let (schedule, at) = (Schedule::default(), Timestamp::from_millis);
        let dues = [(); 3].map(|()| Due::Chat(ChatId::random(&SystemRandom)));
        assert_eq!(schedule.next(at(500)), None);
        schedule.add(at(1_200), dues[0]);
        schedule.add(at(1_500), dues[1]);
        assert_eq!(schedule.next(at(500)), Some(at(1_500)), "ticks are shared");
        schedule.add_soon(dues[2]);
        assert_eq!(schedule.next(at(500)), Some(at(1_000)), "soon is never at once");
        assert_eq!(schedule.take(at(1_000)), dues[2..]);
        assert_eq!(schedule.take(at(1_499)), []);
        assert_eq!(schedule.take(at(9_000)), dues[..2]);
        assert_eq!((schedule.take(at(9_000)), schedule.next(at(9_000))), (Vec::new(), None));
    }
}
