//! Permits for open streams, per person or per address without a credential (API 5, SEC-106).
//!
//! A person over the limit gets the new stream and the oldest one ends: dead connections that the server has not detected never lock a member out.
//! Visitors of open chats are counted by address and rejected over the limit.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::Service;
use super::charge::Charge;
use super::error::{Error, Limit, Result};
use crate::domain::client_address::ClientAddress;
use crate::domain::event_log::Topic;
use crate::domain::person::Person;
use crate::domain::rate_limit::scaled;
use crate::limiter::permits::{KeyedPermits, Permit};

/// Concurrent streams per person; a further one displaces the oldest.
pub const PERSON_STREAMS: u32 = 16;
/// Concurrent streams per address without a valid credential.
pub const VISITOR_STREAMS: u32 = 64;

/// The permits of open streams, by person and by address.
pub(super) struct StreamPermits {
    max: Option<u32>,
    persons: Arc<Mutex<HashMap<Person, VecDeque<Arc<AtomicBool>>>>>,
    visitors: Arc<KeyedPermits<ClientAddress>>,
}

impl fmt::Debug for StreamPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamPermits").field("max", &self.max).finish_non_exhaustive()
    }
}

impl StreamPermits {
    /// Builds the permits with both limits multiplied by `factor`; 0 disables them.
    pub(super) fn new(factor: f64) -> Self {
        Self { max: scaled(PERSON_STREAMS, factor), persons: Arc::default(), visitors: KeyedPermits::new(scaled(VISITOR_STREAMS, factor)) }
    }

    /// Returns a permit for one more stream of this person, and whether it displaces an older one.
    fn for_person(&self, person: Person) -> (StreamPermit, bool) {
        let Some(max) = self.max else { return (StreamPermit::Unlimited, false) };
        let displaced = Arc::new(AtomicBool::new(false));
        let mut persons = self.persons.lock();
        let open = persons.entry(person).or_default();
        let oldest = if open.len() >= max as usize { open.pop_front() } else { None };
        open.push_back(displaced.clone());
        drop(persons);
        if let Some(oldest) = &oldest {
            oldest.store(true, Ordering::Release);
        }
        (StreamPermit::Person { persons: self.persons.clone(), person, displaced }, oldest.is_some())
    }
}

/// A permit for one open stream, released when it is dropped.
pub(super) enum StreamPermit {
    Unlimited,
    Visitor { _permit: Permit<ClientAddress> },
    Person { persons: Arc<Mutex<HashMap<Person, VecDeque<Arc<AtomicBool>>>>>, person: Person, displaced: Arc<AtomicBool> },
}

impl StreamPermit {
    /// Returns true if newer streams of the person have displaced this one, so that it must end.
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
    /// Acquires a permit for a stream that the caller opens. `topic` is woken if an older stream is displaced.
    pub(super) fn permit_stream(&self, charge: &Charge, topic: Topic) -> Result<StreamPermit> {
        let Some(person) = charge.person() else {
            let permit = self.rate_limits.streams.visitors.try_acquire(charge.address());
            let too_many = || Error::Limit(Limit::Streams, Duration::from_millis(self.reconnect_delay_ms()));
            return permit.map(|permit| StreamPermit::Visitor { _permit: permit }).ok_or_else(too_many);
        };
        let (permit, displaces) = self.rate_limits.streams.for_person(person);
        if displaces {
            self.hub.wake(topic);
        }
        Ok(permit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{ChatId, MemberId};
    use crate::domain::random::SystemRandom;

    #[test]
    fn the_oldest_stream_of_a_person_makes_room() {
        let permits = StreamPermits::new(1.0);
        let chat = ChatId::random(&SystemRandom);
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
