//! Rate limits per person, chat and client address (API 5, SEC-106).
//!
//! A request with a credential that is valid for its resource is charged to that person. All others, and failures, are charged to the address. Two
//! ceilings limit many persons together: one per chat for its members, one per address for every request from it. So a client that opens chats and
//! fills them with members of its own does not multiply its budget.

use std::time::Duration;

use super::Service;
use super::charge::{Charge, Metering};
use super::error::{Error, Limit, Result};
use super::mail_limits::RecipientKey;
use super::sign_in_limits::{KnownAddresses, LoginKey};
use super::stream_permits::StreamPermits;
use crate::domain::client_address::ClientAddress;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::person::Person;
use crate::domain::rate_limit::Quota;
use crate::limiter::keyed_limiter::KeyedLimiter;

/// Requests per person.
pub const PERSON_REQUESTS: Quota = Quota::new(200, 20, Duration::from_secs(1));
/// Requests per address without a valid credential.
pub const ADDRESS_REQUESTS: Quota = Quota::new(300, 20, Duration::from_secs(1));
/// All requests per address, with and without a credential.
pub const ADDRESS_CEILING: Quota = Quota::new(5_000, 1_000, Duration::from_secs(1));
/// Requests of all members of a chat together: all members of the largest chat may reconnect at once.
pub const CHAT_REQUESTS: Quota = Quota::new(5_000, 1_000, Duration::from_secs(1));
/// Chats created per address.
pub const CHAT_CREATION: Quota = Quota::new(30, 30, Duration::from_hours(1));
/// Posts per member; in an open chat, also per address without a credential.
pub const PERSON_POSTS: Quota = Quota::new(30, 10, Duration::from_secs(1));
/// Posts per chat by all authors: all members of the largest chat may post at once.
pub const CHAT_POSTS: Quota = Quota::new(1_000, 200, Duration::from_secs(1));
/// Accounts created per address.
pub const SIGN_UPS: Quota = Quota::new(60, 60, Duration::from_hours(1));
/// Sign-ups with a username that is taken, per address.
pub const REFUSED_SIGN_UPS: Quota = Quota::new(10, 10, Duration::from_hours(1));
/// Failed sign-ins per address.
pub const FAILED_SIGN_INS: Quota = Quota::new(30, 30, Duration::from_mins(1));
/// Failed sign-ins per account and address.
pub const LOGIN_FAILURES_FROM: Quota = Quota::new(10, 10, Duration::from_hours(1));
/// Failed sign-ins per account from all addresses that never signed in to it.
pub const LOGIN_FAILURES: Quota = Quota::new(100, 100, Duration::from_hours(1));
/// Searches per account.
pub const SEARCHES: Quota = Quota::new(60, 60, Duration::from_mins(1));
/// New names per account.
pub const NAME_CHANGES: Quota = Quota::new(10, 10, Duration::from_hours(24));
/// Friend requests per account.
pub const FRIEND_REQUESTS: Quota = Quota::new(20, 20, Duration::from_hours(24));
/// Direct chats that an account begins.
pub const DIRECT_CHATS: Quota = Quota::new(30, 30, Duration::from_hours(24));
/// Reports per person.
pub const REPORTS: Quota = Quota::new(10, 10, Duration::from_hours(24));
/// Moves of the receipt of a member, which count as no other request.
pub const RECEIPTS: Quota = Quota::new(20, 5, Duration::from_secs(1));
/// What a member says of its typing in a chat, which counts as no other request: one repeats it every 4 seconds, and begins anew after each message.
pub const TYPING: Quota = Quota::new(20, 20, Duration::from_mins(1));
/// Mails per recipient that somebody asked for; as many again that warn the holder of an address.
pub const MAILS_TO: Quota = Quota::new(5, 5, Duration::from_hours(1));
/// Mails asked for per address of a client.
pub const MAILS_FROM: Quota = Quota::new(100, 100, Duration::from_hours(1));
/// Cost of a request that ends in 404 (SEC-004).
pub const NOT_FOUND_COST: u32 = 5;

/// The author of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Author {
    /// A member, or an account in all its chats together.
    Person(Person),
    /// A visitor of an open chat, by client address.
    Visitor(ChatId, ClientAddress),
}

/// The rate limiters, and the permits of open streams.
#[derive(Debug)]
pub struct RateLimits {
    persons: KeyedLimiter<Person>,
    chats: KeyedLimiter<ChatId>,
    addresses: KeyedLimiter<ClientAddress>,
    ceilings: KeyedLimiter<ClientAddress>,
    chat_creation: KeyedLimiter<ClientAddress>,
    posts: KeyedLimiter<Author>,
    chat_posts: KeyedLimiter<ChatId>,
    pub(super) sign_ups: KeyedLimiter<ClientAddress>,
    pub(super) refused_sign_ups: KeyedLimiter<ClientAddress>,
    pub(super) failed_sign_ins: KeyedLimiter<ClientAddress>,
    pub(super) login_failures_from: KeyedLimiter<(LoginKey, ClientAddress)>,
    pub(super) login_failures: KeyedLimiter<LoginKey>,
    /// Where accounts were signed in to.
    pub(super) known_addresses: KnownAddresses,
    pub(super) searches: KeyedLimiter<AccountId>,
    pub(super) name_changes: KeyedLimiter<AccountId>,
    pub(super) friend_requests: KeyedLimiter<AccountId>,
    pub(super) direct_chats: KeyedLimiter<AccountId>,
    pub(super) reports: KeyedLimiter<Person>,
    pub(super) receipts: KeyedLimiter<Person>,
    pub(super) typing: KeyedLimiter<Person>,
    pub(super) mails_to: KeyedLimiter<RecipientKey>,
    pub(super) notices_to: KeyedLimiter<RecipientKey>,
    pub(super) mails_from: KeyedLimiter<ClientAddress>,
    pub(super) streams: StreamPermits,
}

impl RateLimits {
    /// Builds the limiters with all limits multiplied by `factor`; 0 disables them.
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
            sign_ups: KeyedLimiter::new(SIGN_UPS.times(factor)),
            refused_sign_ups: KeyedLimiter::new(REFUSED_SIGN_UPS.times(factor)),
            failed_sign_ins: KeyedLimiter::new(FAILED_SIGN_INS.times(factor)),
            login_failures_from: KeyedLimiter::new(LOGIN_FAILURES_FROM.times(factor)),
            login_failures: KeyedLimiter::new(LOGIN_FAILURES.times(factor)),
            known_addresses: KnownAddresses::default(),
            searches: KeyedLimiter::new(SEARCHES.times(factor)),
            name_changes: KeyedLimiter::new(NAME_CHANGES.times(factor)),
            friend_requests: KeyedLimiter::new(FRIEND_REQUESTS.times(factor)),
            direct_chats: KeyedLimiter::new(DIRECT_CHATS.times(factor)),
            reports: KeyedLimiter::new(REPORTS.times(factor)),
            receipts: KeyedLimiter::new(RECEIPTS.times(factor)),
            typing: KeyedLimiter::new(TYPING.times(factor)),
            mails_to: KeyedLimiter::new(MAILS_TO.times(factor)),
            notices_to: KeyedLimiter::new(MAILS_TO.times(factor)),
            mails_from: KeyedLimiter::new(MAILS_FROM.times(factor)),
            streams: StreamPermits::new(factor),
        }
    }
}

impl Service {
    /// Charges a request to its address's ceiling, before anything else. Exempt operations are not charged.
    pub fn admit_request(&self, charge: &Charge) -> Result<()> {
        match charge.metering() {
            Metering::Metered | Metering::OwnLimit => self.rate_limits.ceilings.try_acquire(charge.address(), self.now()).map_err(too_many_requests),
            Metering::Exempt => Ok(()),
        }
    }

    /// Charges a request to its address, unless it is charged already.
    pub fn charge_address(&self, charge: &Charge) -> Result<()> {
        if charge.is_open() {
            self.rate_limits.addresses.try_acquire(charge.address(), self.now()).map_err(too_many_requests)?;
            charge.close_on_address();
        }
        Ok(())
    }

    /// Charges the extra cost of a 404 to the address, unless the request is charged to a person.
    pub fn charge_not_found(&self, charge: &Charge) {
        if charge.person().is_none() {
            self.rate_limits.addresses.charge(charge.address(), NOT_FOUND_COST - 1, self.now());
        }
    }

    /// Charges a request to the authenticated person, unless it is charged already. Returns whether it was charged now.
    pub(super) fn charge_person(&self, charge: &Charge, person: Person) -> Result<bool> {
        if !charge.close_on(person) || charge.metering() != Metering::Metered {
            return Ok(false);
        }
        self.rate_limits.persons.try_acquire(person, self.now()).map_err(too_many_requests)?;
        Ok(true)
    }

    /// Charges a request to a member, and to the budget that all members of the chat share. Guests do not use it: many guests at the door must not slow
    /// down members.
    pub(super) fn charge_member(&self, charge: &Charge, chat: ChatId, member: Person) -> Result<()> {
        if !self.charge_person(charge, member)? {
            return Ok(());
        }
        let now = self.now();
        self.rate_limits.chats.try_acquire(chat, now).map_err(|wait| {
            self.rate_limits.persons.refund(member, now);
            too_many_requests(wait)
        })
    }

    /// Charges the creation of a chat to the address.
    pub(super) fn admit_chat_creation(&self, address: ClientAddress) -> Result<()> {
        self.rate_limits.chat_creation.try_acquire(address, self.now()).map_err(|wait| Error::Limit(Limit::Openings, wait))
    }

    /// Charges a post to its author and to the chat. A post that one limit rejects is not charged to the other.
    pub(super) fn admit_post(&self, chat: ChatId, author: Author) -> Result<()> {
        let now = self.now();
        self.rate_limits.posts.try_acquire(author, now).map_err(|wait| Error::Limit(Limit::Posts, wait))?;
        self.rate_limits.chat_posts.try_acquire(chat, now).map_err(|wait| {
            self.rate_limits.posts.refund(author, now);
            Error::Limit(Limit::ChatPosts, wait)
        })
    }
}

const fn too_many_requests(wait: Duration) -> Error {
    Error::Limit(Limit::Requests, wait)
}
