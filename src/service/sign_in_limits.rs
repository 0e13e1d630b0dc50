//! Limits of failed sign-ins, per address, per account and address, and per account (API 3, *Limits*; SEC-045).
//!
//! Only failures count in the end, so that a class behind one address signs in at once. An attempt takes its place per account before the password is
//! checked and gives it back when it was right: so parallel guesses do not slip through. No account can be locked from where it was used before.

use std::collections::{HashSet, VecDeque};

use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::Service;
use super::error::{Error, Limit, Result};
use crate::domain::client_address::ClientAddress;
use crate::domain::id::AccountId;

/// The most pairs of account and address that are remembered.
const MAX_KNOWN_ADDRESSES: usize = 100_000;

/// What the failures of one account are counted by, whether the account exists or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LoginKey([u8; 16]);

/// One attempt to sign in, or to show the current password.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    login: LoginKey,
    address: ClientAddress,
}

impl Attempt {
    /// Returns the attempt to sign in with this username or address.
    pub(super) fn new(login: &str, address: ClientAddress) -> Self {
        Self { login: key(login.to_ascii_lowercase().as_bytes()), address }
    }

    /// Returns the attempt to show the password of a signed-in account.
    pub(super) fn for_account(account: AccountId, address: ClientAddress) -> Self {
        Self { login: key(account.uuid().as_bytes()), address }
    }
}

fn key(bytes: &[u8]) -> LoginKey {
    let mut first = [0; 16];
    first.copy_from_slice(&Sha256::digest(bytes)[..16]);
    LoginKey(first)
}

/// From which addresses accounts were signed in to lately: there, failures elsewhere do not count. The oldest are forgotten.
#[derive(Debug, Default)]
pub(super) struct KnownAddresses(Mutex<KnownPairs>);

#[derive(Debug, Default)]
struct KnownPairs {
    pairs: HashSet<(LoginKey, ClientAddress)>,
    order: VecDeque<(LoginKey, ClientAddress)>,
}

impl KnownAddresses {
    fn contains(&self, attempt: &Attempt) -> bool {
        self.0.lock().pairs.contains(&(attempt.login, attempt.address))
    }

    fn insert(&self, attempt: &Attempt) {
        let (pair, mut known) = ((attempt.login, attempt.address), self.0.lock());
        if known.pairs.insert(pair) {
            known.order.push_back(pair);
        }
        if known.order.len() > MAX_KNOWN_ADDRESSES
            && let Some(oldest) = known.order.pop_front()
        {
            known.pairs.remove(&oldest);
        }
    }
}

impl Service {
    /// Admits an attempt, unless too many failed before.
    pub(super) fn begin_sign_in(&self, attempt: Attempt) -> Result<Attempt> {
        let (limits, now) = (&self.rate_limits, self.now());
        let Attempt { login, address } = attempt;
        let too_many = |wait| Error::Limit(Limit::SignIns, wait);
        limits.failed_sign_ins.check(address, now).map_err(too_many)?;
        limits.login_failures_from.try_acquire((login, address), now).map_err(too_many)?;
        if !limits.known_addresses.contains(&attempt) {
            limits.login_failures.try_acquire(login, now).map_err(|wait| {
                limits.login_failures_from.refund((login, address), now);
                too_many(wait)
            })?;
        }
        Ok(attempt)
    }

    /// Records that the password was right.
    pub(super) fn succeed_sign_in(&self, attempt: &Attempt) {
        self.abort_sign_in(attempt);
        self.rate_limits.known_addresses.insert(attempt);
    }

    /// Records that the attempt failed.
    pub(super) fn fail_sign_in(&self, attempt: &Attempt) {
        self.rate_limits.failed_sign_ins.charge(attempt.address, 1, self.now());
        self.counters.failed_sign_ins.add(1);
    }

    /// Gives back what an attempt took that decided nothing.
    pub(super) fn abort_sign_in(&self, attempt: &Attempt) {
        let (limits, now) = (&self.rate_limits, self.now());
        limits.login_failures_from.refund((attempt.login, attempt.address), now);
        if !limits.known_addresses.contains(attempt) {
            limits.login_failures.refund(attempt.login, now);
        }
    }
}
