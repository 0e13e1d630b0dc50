//! What a request is charged to: a client address, or the person whose credential it presents (API 5).

use std::sync::{Arc, OnceLock};

use crate::domain::client_address::ClientAddress;
use crate::domain::person::Person;

/// Whether a rate limit applies to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metering {
    /// Rate limits apply.
    Metered,
    /// No rate limit rejects it once its caller is authenticated: deciding, removing, revoking, closing.
    Exempt,
    /// A limit of its own applies to it once its caller is authenticated, and none of those of requests.
    OwnLimit,
}

/// What a request is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Payer {
    Address,
    Person(Person),
}

/// The rate-limit charge of one request. It is open until it is settled once, on a person or on the address; clones share it.
#[derive(Clone, Debug)]
pub struct Charge(Arc<Account>);

#[derive(Debug)]
struct Account {
    address: ClientAddress,
    metering: Metering,
    payer: OnceLock<Payer>,
}

impl Charge {
    /// Opens the charge of a request from this address.
    #[must_use]
    pub fn new(address: ClientAddress, metering: Metering) -> Self {
        Self(Arc::new(Account { address, metering, payer: OnceLock::new() }))
    }

    /// Returns the client address of the request.
    #[must_use]
    pub fn address(&self) -> ClientAddress {
        self.0.address
    }

    /// Returns whether rate limits apply to the request.
    #[must_use]
    pub fn metering(&self) -> Metering {
        self.0.metering
    }

    /// Returns the person it was settled on, once the caller is authenticated.
    #[must_use]
    pub fn person(&self) -> Option<Person> {
        match self.0.payer.get() {
            Some(Payer::Person(person)) => Some(*person),
            Some(Payer::Address) | None => None,
        }
    }

    /// Returns true until it is settled.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.payer.get().is_none()
    }

    /// Settles it on this person. Returns whether it was open.
    pub(super) fn close_on(&self, person: Person) -> bool {
        self.0.payer.set(Payer::Person(person)).is_ok()
    }

    /// Settles it on the address. Returns whether it was open.
    pub(super) fn close_on_address(&self) -> bool {
        self.0.payer.set(Payer::Address).is_ok()
    }
}
