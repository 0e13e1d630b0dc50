//! How many streams one person, or one address without a credential, has open at one time (API 5, SEC-106).
//!
//! A person's oldest stream makes room for a new one: whoever belongs to a chat is never locked out by connections that died without a word. Visitors of open
//! chats are counted by address, and refused.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::Service;
use super::charge::{Charge, Person};
use super::error::{Error, Limit, Result};
use super::permits::{KeyedPermits, Permit};
use crate::domain::address::ClientAddress;
use crate::domain::entry::Topic;
use crate::domain::rate::scaled;

/// How many streams a person has at one time; the oldest makes room.
pub const PERSON_STREAMS: u32 = 16;
/// How many streams an address has at one time on which nobody showed a credential.
pub const VISITOR_STREAMS: u32 = 64;

/// The streams that are open, by whom they are counted as.
pub(super) struct StreamPermits {
    most: Option<u32>,
    persons: Arc<Mutex<HashMap<Person, VecDeque<Arc<AtomicBool>>>>>,
    visitors: Arc<KeyedPermits<ClientAddress>>,
}

impl fmt::Debug for StreamPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamPermits").field("most", &self.most).finish_non_exhaustive()
    }
}

impl StreamPermits {
    /// The limits times `factor`; none where it is 0.
    pub(super) fn new(factor: f64) -> Self {
        Self { most: scaled(PERSON_STREAMS, factor), persons: Arc::default(), visitors: KeyedPermits::new(scaled(VISITOR_STREAMS, factor)) }
    }

    /// A permit for one more stream of this person, and whether an older one has to end for it.
    fn for_person(&self, person: Person) -> (StreamPermit, bool) {
        let Some(most) = self.most else { return (StreamPermit::Unlimited, false) };
        let displaced = Arc::new(AtomicBool::new(false));
        let mut persons = self.persons.lock();
        let open = persons.entry(person).or_default();
        let oldest = if open.len() >= most as usize { open.pop_front() } else { None };
        open.push_back(displaced.clone());
        drop(persons);
        if let Some(oldest) = &oldest {
            oldest.store(true, Ordering::Release);
        }
        (StreamPermit::Person { persons: self.persons.clone(), person, displaced }, oldest.is_some())
    }
}

/// Lets one stream be open. Dropping it gives it back.
pub(super) enum StreamPermit {
    Unlimited,
    Visitor { _permit: Permit<ClientAddress> },
    Person { persons: Arc<Mutex<HashMap<Person, VecDeque<Arc<AtomicBool>>>>>, person: Person, displaced: Arc<AtomicBool> },
}

impl StreamPermit {
    /// Whether the stream has to end, since its person opened as many newer ones as they may have.
    pub(super) fn is_displaced(&self) -> bool {
        matches!(self, Self::Person { displaced, .. } if displaced.load(Ordering::Acquire))
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let Self::Person { persons, person, displaced } = self else { return };
        let mut persons = persons.lock();
        if let Some(open) = persons.get_mut(person) {
            open.retain(|one| !Arc::ptr_eq(one, displaced));
            if open.is_empty() {
                persons.remove(person);
            }
        }
    }
}

impl Service {
    /// A permit for a stream of this caller, which `topic` wakes.
    pub(super) fn permit_stream(&self, charge: &Charge, topic: Topic) -> Result<StreamPermit> {
        let Some(person) = charge.person() else {
            let permit = self.rate_limits.streams.visitors.try_acquire(charge.address());
            let soon = || Error::Limit(Limit::Streams, Duration::from_millis(self.retry()));
            return permit.map(|permit| StreamPermit::Visitor { _permit: permit }).ok_or_else(soon);
        };
        let (permit, displaces) = self.rate_limits.streams.for_person(person);
        if displaces {
            self.live.wake(topic);
        }
        Ok(permit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dice::SystemDice;
    use crate::domain::id::{ChatId, MemberId};

    #[test]
    fn the_oldest_stream_of_a_person_makes_room() {
        let permits = StreamPermits::new(1.0);
        let chat = ChatId::random(&SystemDice);
        let (ana, ben) = (Person::Member(chat, MemberId::OWNER), Person::Guest(chat, 1));
        let mut open: Vec<_> = (0..PERSON_STREAMS).map(|_| permits.for_person(ana)).collect();
        assert!(open.iter().all(|(permit, displaces)| !displaces && !permit.is_displaced()));
        let (newest, displaces) = permits.for_person(ana);
        assert!(displaces && open[0].0.is_displaced() && !open[1].0.is_displaced() && !newest.is_displaced());
        assert!(!permits.for_person(ben).1, "another person has streams of their own");
        open.remove(1);
        assert!(!permits.for_person(ana).1, "a stream that ended gave its permit back");
        drop((open, newest));
        assert!(permits.persons.lock().is_empty(), "who has no stream is forgotten");
    }
}
