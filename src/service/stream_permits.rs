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
use super::authorization::{Caller, SignedIn};
use super::charge::Charge;
use super::error::{Error, Limit, Result};
use crate::domain::client_address::ClientAddress;
use crate::domain::event_log::Topic;
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::person::Person;
use crate::domain::rate_limit::scaled;
use crate::domain::receipt::ReceiptViewer;
use crate::domain::session::SessionEnd;
use crate::hub::account_presence::{AccountPresence, AccountSight};
use crate::hub::ephemeral::EphemeralViewer;
use crate::hub::session_watches::SessionWatch;
use crate::limiter::permits::{KeyedPermits, Permit};

/// Concurrent streams per person; a further one displaces the oldest.
pub const PERSON_STREAMS: u32 = 16;
/// Concurrent streams per address without a valid credential.
pub const VISITOR_STREAMS: u32 = 64;
/// Concurrent sockets per address on which no credential has proved valid so far.
pub const UNPROVEN_SOCKETS: u32 = 128;

/// What carries events to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// A stream of its own.
    Stream,
    /// A socket, which counts as one stream.
    Socket,
    /// A stream within a socket, which counts already.
    Subscription,
}

/// One open stream or socket of a person.
#[derive(Debug)]
struct Displaceable {
    carrier: Carrier,
    /// The log that wakes it.
    topic: Topic,
    displaced: AtomicBool,
}

type OpenStreams = HashMap<Person, VecDeque<Arc<Displaceable>>>;

/// The permits of open streams, by person and by address.
pub(super) struct StreamPermits {
    max: Option<u32>,
    persons: Arc<Mutex<OpenStreams>>,
    visitors: Arc<KeyedPermits<ClientAddress>>,
    pub(super) unproven_sockets: Arc<KeyedPermits<ClientAddress>>,
}

impl fmt::Debug for StreamPermits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamPermits").field("max", &self.max).finish_non_exhaustive()
    }
}

impl StreamPermits {
    /// Builds the permits with both limits multiplied by `factor`; 0 disables them.
    pub(super) fn new(factor: f64) -> Self {
        Self {
            max: scaled(PERSON_STREAMS, factor),
            persons: Arc::default(),
            visitors: KeyedPermits::new(scaled(VISITOR_STREAMS, factor)),
            unproven_sockets: KeyedPermits::new(scaled(UNPROVEN_SOCKETS, factor)),
        }
    }

    /// Returns a place for one more stream or socket of this person, and the log that wakes the one it displaces.
    fn for_person(&self, person: Person, topic: Topic, carrier: Carrier) -> (Place, Option<Topic>) {
        let displaced = Arc::new(Displaceable { carrier, topic, displaced: AtomicBool::new(false) });
        let mut persons = self.persons.lock();
        let open = persons.entry(person).or_default();
        let counts = |one: &Arc<Displaceable>| one.carrier != Carrier::Subscription;
        let reaches = |max: usize| open.len() >= max && open.iter().filter(|one| counts(one)).count() >= max;
        let is_full = counts(&displaced) && self.max.is_some_and(|max| reaches(max as usize));
        let oldest = open.iter().position(counts).filter(|_| is_full).and_then(|place| open.remove(place));
        open.push_back(displaced.clone());
        drop(persons);
        if let Some(oldest) = &oldest {
            oldest.displaced.store(true, Ordering::Release);
        }
        (Place::Person { persons: self.persons.clone(), person, open: displaced }, oldest.map(|oldest| oldest.topic))
    }

    /// Returns true if a person has a stream open, or a subscription of a socket, that carries this chat; without one, the stream of the account.
    fn carry(&self, person: Person, chat: Option<ChatId>) -> bool {
        let carries = |topic: Topic| match topic {
            Topic::Account(_) => true,
            Topic::Conversation(_) | Topic::Door(_) => chat.is_some() && topic.chat() == chat,
        };
        let persons = self.persons.lock();
        let mut open = persons.get(&person).into_iter().flatten();
        open.any(|stream| stream.carrier != Carrier::Socket && carries(stream.topic) && !stream.displaced.load(Ordering::Acquire))
    }

    /// Displaces the streams of a person that are woken by a log which satisfies `which`, but no socket. Returns the logs that wake them.
    fn displace(&self, person: Person, which: impl Fn(Topic) -> bool) -> Vec<Topic> {
        let persons = self.persons.lock();
        let open = persons.get(&person).into_iter().flatten().filter(|stream| stream.carrier != Carrier::Socket && which(stream.topic));
        open.map(|stream| {
            stream.displaced.store(true, Ordering::Release);
            stream.topic
        })
        .collect()
    }
}

/// A permit for one open stream, released when it is dropped.
pub(super) struct StreamPermit {
    place: Place,
    /// The session of a signed-in caller.
    session: Option<SessionWatch>,
    /// The part of the stream in the presence of their account.
    presence: Option<AccountPresence>,
}

/// How an open stream is counted.
enum Place {
    Visitor { _permit: Permit<ClientAddress> },
    Person { persons: Arc<Mutex<OpenStreams>>, person: Person, open: Arc<Displaceable> },
}

impl StreamPermit {
    /// Returns true if newer streams of the person have displaced this one, so that it must end.
    pub(super) fn is_displaced(&self) -> bool {
        self.place.is_displaced()
    }

    /// Returns why the session of the stream has ended, if it has: then the stream must end at once.
    pub(super) fn session_end(&self) -> Option<SessionEnd> {
        self.session.as_ref().and_then(SessionWatch::end)
    }

    /// Returns true if whose stream it is shows what they have read: all but accounts that hide it.
    pub(super) fn shows_read(&self) -> bool {
        self.session.as_ref().is_none_or(SessionWatch::shows_read)
    }

    /// Returns what the account sees and shows whose stream it is; `None` without an account.
    pub(super) fn sight(&self) -> Option<&Arc<AccountSight>> {
        self.presence.as_ref().map(AccountPresence::sight)
    }

    /// Returns a member whose stream it is as somebody who looks at the ephemeral values of a chat.
    pub(super) fn viewer(&self, member: MemberId) -> EphemeralViewer {
        let receipts = ReceiptViewer { member, shows_read: self.shows_read() };
        EphemeralViewer { receipts, sight: self.sight().map(|sight| sight.current()) }
    }
}

impl Place {
    fn is_displaced(&self) -> bool {
        matches!(self, Self::Person { open, .. } if open.displaced.load(Ordering::Acquire))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self::Person { persons, person, open: own } = self else { return };
        let mut persons = persons.lock();
        if let Some(open) = persons.get_mut(person) {
            open.retain(|one| !Arc::ptr_eq(one, own));
            if open.is_empty() {
                persons.remove(person);
            }
        }
    }
}

impl Service {
    /// Acquires a permit for what carries events to the caller, which ends with their session. Subscribers of `topic` are woken if an older stream is
    /// displaced.
    pub(super) async fn permit_carrier(&self, caller: &Caller, topic: Topic, carrier: Carrier) -> Result<StreamPermit> {
        let (session, presence) = match caller.signed_in() {
            Some(signed_in) => (Some(self.watch_session(signed_in, topic).await?), Some(self.enter_account(signed_in.account).await?)),
            None => (None, None),
        };
        Ok(StreamPermit { place: self.place_of(caller.charge(), topic, carrier)?, session, presence })
    }

    /// Ends the open streams of a person with `bye`: their credential is dead.
    pub(super) fn displace_streams(&self, person: Person) {
        self.wake_displaced(self.rate_limits.streams.displace(person, |_| true));
    }

    /// Ends the open streams of a person in one chat with `bye`: what they may see there has changed.
    pub(super) fn displace_chat_streams(&self, person: Person, chat: ChatId) {
        self.wake_displaced(self.rate_limits.streams.displace(person, |topic| topic == Topic::Conversation(chat)));
    }

    /// Returns true if a person has a stream open that carries this chat; without one, the stream of the account.
    pub(super) fn has_open_stream(&self, person: Person, chat: Option<ChatId>) -> bool {
        self.rate_limits.streams.carry(person, chat)
    }

    fn wake_displaced(&self, topics: Vec<Topic>) {
        for topic in topics {
            self.hub.wake(topic);
        }
    }

    fn place_of(&self, charge: &Charge, topic: Topic, carrier: Carrier) -> Result<Place> {
        let Some(person) = charge.person() else {
            let permit = self.rate_limits.streams.visitors.try_acquire(charge.address());
            let too_many = || Error::Limit(Limit::Streams, Duration::from_millis(self.reconnect_delay_ms()));
            return permit.map(|permit| Place::Visitor { _permit: permit }).ok_or_else(too_many);
        };
        let (place, displaced) = self.rate_limits.streams.for_person(person, topic, carrier);
        if let Some(topic) = displaced {
            self.hub.wake(topic);
        }
        Ok(place)
    }

    /// Registers a stream of an account, which is online from now on.
    async fn enter_account(&self, account: AccountId) -> Result<AccountPresence> {
        let presence = self.hub.online_accounts().enter(account, &self.clock);
        if !presence.sight().is_known() {
            let sight = self.store.sights(&[account]).await?.pop().unwrap_or_default();
            presence.sight().begin_with(sight);
        }
        Ok(presence)
    }

    /// Registers a stream of a session, which may have ended a moment ago.
    async fn watch_session(&self, SignedIn { session, account }: SignedIn, topic: Topic) -> Result<SessionWatch> {
        let watch = self.hub.watch_session(session, account, topic);
        self.store.find_session(session, self.now()).await?.ok_or(Error::NotFound)?;
        let account = self.store.find_account(account).await?.ok_or(Error::NotFound)?;
        watch.begin_with(account.settings.read_receipts);
        Ok(watch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn the_oldest_stream_of_a_person_makes_room() {
        let permits = StreamPermits::new(1.0);
        let chat = ChatId::random(&SystemRandom);
        let (ana, ben) = (Person::Member(chat, MemberId::OWNER), Person::Guest(chat, 1));
        let topic = Topic::Conversation(chat);
        let mut open: Vec<_> = (0..PERSON_STREAMS).map(|_| permits.for_person(ana, topic, Carrier::Stream)).collect();
        assert!(open.iter().all(|(permit, displaced)| displaced.is_none() && !permit.is_displaced()));
        let (newest, displaced) = permits.for_person(ana, Topic::Door(chat), Carrier::Socket);
        assert!(displaced == Some(topic) && open[0].0.is_displaced() && !open[1].0.is_displaced() && !newest.is_displaced());
        assert!(permits.for_person(ben, topic, Carrier::Stream).1.is_none(), "another person has streams of their own");
        open.remove(1);
        assert!(permits.for_person(ana, topic, Carrier::Stream).1.is_none(), "a stream that ended gave its permit back");
        let (subscription, displaced) = permits.for_person(ana, topic, Carrier::Subscription);
        assert!(displaced.is_none(), "a stream within a socket does not count");
        assert_eq!(permits.displace(ana, |_| true).len(), PERSON_STREAMS as usize - 1, "all but the socket");
        assert!(subscription.is_displaced() && !newest.is_displaced());
        drop((open, newest, subscription));
        assert!(permits.persons.lock().is_empty(), "who has no stream is forgotten");
    }
}
