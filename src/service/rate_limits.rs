//! Rate limits: how often one person, one chat, one address may do something (API 5, SEC-106).
//!
//! Who shows a credential that is valid for what they ask is counted as that person. An address is counted for everything else, and for failures. Two ceilings
//! bound what many persons make together: one for the members of a chat, one for an address with everybody on it, so that who opens chats for themselves and
//! fills them with members of their own does not multiply their budget.

use std::time::Duration;

use super::Service;
use super::charge::{Charge, Metering, Person};
use super::error::{Error, Limit, Result};
use super::keyed_limiter::KeyedLimiter;
use super::stream_permits::StreamPermits;
use crate::domain::address::ClientAddress;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::rate::Rate;

/// Requests of a person.
pub const PERSON_REQUESTS: Rate = Rate::new(200, 20, Duration::from_secs(1));
/// Requests of an address without a valid credential.
pub const ADDRESS_REQUESTS: Rate = Rate::new(300, 20, Duration::from_secs(1));
/// Requests of an address with everybody on it.
pub const ADDRESS_CEILING: Rate = Rate::new(5_000, 1_000, Duration::from_secs(1));
/// Requests of all members of a chat together: the largest chat may come back at once.
pub const CHAT_REQUESTS: Rate = Rate::new(5_000, 1_000, Duration::from_secs(1));
/// New chats of an address.
pub const CHAT_CREATION: Rate = Rate::new(30, 30, Duration::from_hours(1));
/// Posts of a member; in an open chat, of an address without a credential.
pub const PERSON_POSTS: Rate = Rate::new(30, 10, Duration::from_secs(1));
/// Posts into a chat, whoever they are from: everybody in the largest chat may greet at once.
pub const CHAT_POSTS: Rate = Rate::new(1_000, 200, Duration::from_secs(1));
/// What a request costs that finds nothing (SEC-004).
pub const NOT_FOUND_COST: u32 = 5;

/// Who posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Author {
    /// A member.
    Member(MemberId),
    /// Somebody without a credential, in an open chat.
    Visitor(ClientAddress),
}

/// Everything that is counted by time, and the streams that are open.
#[derive(Debug)]
pub struct RateLimits {
    persons: KeyedLimiter<Person>,
    chats: KeyedLimiter<ChatId>,
    addresses: KeyedLimiter<ClientAddress>,
    ceilings: KeyedLimiter<ClientAddress>,
    chat_creation: KeyedLimiter<ClientAddress>,
    posts: KeyedLimiter<(ChatId, Author)>,
    chat_posts: KeyedLimiter<ChatId>,
    pub(super) streams: StreamPermits,
}

impl RateLimits {
    /// The limits times `factor`; none where it is 0.
    #[must_use]
    pub fn new(factor: f64) -> Self {
        Self {
            persons: KeyedLimiter::new(PERSON_REQUESTS.times(factor)),
            chats: KeyedLimiter::new(CHAT_REQUESTS.times(factor)),
            addresses: KeyedLimiter::new(ADDRESS_REQUESTS.times(factor)),
            ceilings: KeyedLimiter::new(ADDRESS_CEILING.times(factor)),
            chat_creation: KeyedLimiter::new(CHAT_CREATION.times(factor)),
            posts: KeyedLimiter::new(PERSON_POSTS.times(factor)),
            chat_posts: KeyedLimiter::new(CHAT_POSTS.times(factor)),
            streams: StreamPermits::new(factor),
        }
    }
}

impl Service {
    /// Counts a request against its address with everybody on it, before anything is looked at. What no rate refuses is not counted here.
    pub fn admit_request(&self, charge: &Charge) -> Result<()> {
        match charge.metering() {
            Metering::Metered => self.rate_limits.ceilings.take(charge.address(), self.now()).map_err(too_many_requests),
            Metering::Exempt => Ok(()),
        }
    }

    /// Counts a request as its address's, unless it is counted as somebody's already.
    pub fn charge_address(&self, charge: &Charge) -> Result<()> {
        if charge.is_open() {
            self.rate_limits.addresses.take(charge.address(), self.now()).map_err(too_many_requests)?;
            charge.close_on_address();
        }
        Ok(())
    }

    /// Counts a request that found nothing for what it costs beyond one that did, unless a person made it.
    pub fn charge_not_found(&self, charge: &Charge) {
        if charge.person().is_none() {
            self.rate_limits.addresses.charge(charge.address(), NOT_FOUND_COST - 1, self.now());
        }
    }

    /// Counts a request as this person's, who was recognised by their credential, unless it is counted as somebody's already.
    pub(super) fn charge_person(&self, charge: &Charge, person: Person) -> Result<()> {
        if !charge.close_on(person) || charge.metering() == Metering::Exempt {
            return Ok(());
        }
        let now = self.now();
        self.rate_limits.persons.take(person, now).map_err(too_many_requests)?;
        match person {
            // Guests do not draw on what members share: a crowd at the door must not be felt inside.
            Person::Guest(..) => Ok(()),
            Person::Member(chat, _) => self.rate_limits.chats.take(chat, now).map_err(|wait| {
                self.rate_limits.persons.give_back(person, now);
                too_many_requests(wait)
            }),
        }
    }

    /// Counts a new chat.
    pub(super) fn admit_chat_creation(&self, address: ClientAddress) -> Result<()> {
        self.rate_limits.chat_creation.take(address, self.now()).map_err(|wait| Error::Limit(Limit::Openings, wait))
    }

    /// Counts a post, as its author's and as the chat's: whoever says too much takes nothing from the others, nor do they from them.
    pub(super) fn admit_post(&self, chat: ChatId, author: Author) -> Result<()> {
        let now = self.now();
        self.rate_limits.posts.take((chat, author), now).map_err(|wait| Error::Limit(Limit::Posts, wait))?;
        self.rate_limits.chat_posts.take(chat, now).map_err(|wait| {
            self.rate_limits.posts.give_back((chat, author), now);
            Error::Limit(Limit::ChatPosts, wait)
        })
    }
}

const fn too_many_requests(wait: Duration) -> Error {
    Error::Limit(Limit::Requests, wait)
}
