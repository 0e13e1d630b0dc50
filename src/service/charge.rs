//! Whom a request is counted as: an address, or the person whose credential it shows (API 5).

use std::sync::{Arc, OnceLock};

use super::access::Caller;
use crate::domain::address::ClientAddress;
use crate::domain::id::{ChatId, MemberId};

/// Somebody whom a chat knows by their credential. Each has budgets of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Person {
    /// A member of the chat.
    Member(ChatId, MemberId),
    /// A guest of the chat, by the number of their knock.
    Guest(ChatId, u64),
}

/// Whether a rate may refuse a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// It may.
    Metered,
    /// No rate refuses it once its caller is recognised: deciding, removing, revoking, closing.
    Exempt,
}

/// Whom a request is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payer {
    Address,
    Person(Person),
}

/// The account of one request. It is open until the request is counted as somebody's, once; clones share it.
#[derive(Clone, Debug)]
pub struct Charge(Arc<Account>);

#[derive(Debug)]
struct Account {
    address: ClientAddress,
    metering: Metering,
    payer: OnceLock<Payer>,
}

impl Charge {
    /// The account of a request from this address.
    #[must_use]
    pub fn new(address: ClientAddress, metering: Metering) -> Self {
        Self(Arc::new(Account { address, metering, payer: OnceLock::new() }))
    }

    /// Where the request comes from.
    #[must_use]
    pub fn address(&self) -> ClientAddress {
        self.0.address
    }

    /// Whether a rate may refuse it.
    #[must_use]
    pub fn metering(&self) -> Metering {
        self.0.metering
    }

    /// Whose request it is, once they are recognised.
    #[must_use]
    pub fn person(&self) -> Option<Person> {
        match self.0.payer.get() {
            Some(Payer::Person(person)) => Some(*person),
            Some(Payer::Address) | None => None,
        }
    }

    /// Whether it is counted as nobody's yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.payer.get().is_none()
    }

    /// Closes the account on this person. Says whether it was open.
    pub(super) fn close_on(&self, person: Person) -> bool {
        self.0.payer.set(Payer::Person(person)).is_ok()
    }

    /// Closes the account on the address. Says whether it was open.
    pub(super) fn close_on_address(&self) -> bool {
        self.0.payer.set(Payer::Address).is_ok()
    }

    /// The caller of this request, who shows no credential so far.
    #[must_use]
    pub fn anonymous(self) -> Caller {
        Caller::anonymous(self)
    }
}
