//! Limits of failed sign-ins, per address, per account and address, and per account (API 3, *Limits*; SEC-045).
//!
//! Only failures count in the end, so that a class behind one address signs in at once. An attempt takes its place per account before the password is
//! checked and gives it back when it was right: so parallel guesses do not slip through. No account can be locked from where it was used before.

use std::collections::{HashSet, VecDeque};

use parking_lot::Mutex;

use super::Service;
use super::error::{Error, Limit, Result};
use crate::domain::client_address::ClientAddress;
use crate::domain::id::AccountId;
use crate::domain::password::{Password, PasswordHash};
use crate::domain::short_digest::ShortDigest;

/// The most pairs of account and address that are remembered.
const MAX_KNOWN_ADDRESSES: usize = 100_000;

/// What the failures of one account are counted by, whether it is named by its username, by its address or by an access token, or does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LoginKey(ShortDigest);

impl LoginKey {
    /// Returns the key of an account.
    pub(super) fn of(account: AccountId) -> Self {
        Self(ShortDigest::of(account.uuid().as_bytes()))
    }

    /// Returns the key of a login that names no account.
    pub(super) fn unknown(login: &str) -> Self {
        Self(ShortDigest::of(login.to_ascii_lowercase()))
    }
}

/// One attempt that was admitted.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    login: LoginKey,
    address: ClientAddress,
    /// Whether the account was not signed in to from this address, so that the attempt took a place among those of all such addresses.
    is_elsewhere: bool,
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
    fn contains(&self, pair: (LoginKey, ClientAddress)) -> bool {
        self.0.lock().pairs.contains(&pair)
    }

    fn insert(&self, pair: (LoginKey, ClientAddress)) {
        let mut known = self.0.lock();
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
    /// Checks a password within the limits. Without a hash, it costs as much and the password is wrong.
    pub(super) async fn verify_password(&self, login: LoginKey, address: ClientAddress, password: &str, hash: Option<PasswordHash>) -> Result<bool> {
        let attempt = self.begin_attempt(login, address)?;
        let matches = match Password::parse_attempt(password) {
            Some(password) => self.passwords.verify(password, hash).await.inspect_err(|_| self.refund_attempt(attempt))?,
            None => false,
        };
        if matches {
            self.refund_attempt(attempt);
            self.rate_limits.known_addresses.insert((login, address));
        } else {
            self.rate_limits.failed_sign_ins.charge(address, 1, self.now());
            self.counters.failed_sign_ins.add(1);
        }
        Ok(matches)
    }

    /// Admits an attempt, unless too many failed before.
    fn begin_attempt(&self, login: LoginKey, address: ClientAddress) -> Result<Attempt> {
        let (limits, now) = (&self.rate_limits, self.now());
        let too_many = |wait| Error::Limit(Limit::SignIns, wait);
        limits.failed_sign_ins.check(address, now).map_err(too_many)?;
        limits.login_failures_from.try_acquire((login, address), now).map_err(too_many)?;
        let is_elsewhere = !limits.known_addresses.contains((login, address));
        if is_elsewhere {
            limits.login_failures.try_acquire(login, now).map_err(|wait| {
                limits.login_failures_from.refund((login, address), now);
                too_many(wait)
            })?;
        }
        Ok(Attempt { login, address, is_elsewhere })
    }

    /// Gives back what an attempt took that did not fail.
    fn refund_attempt(&self, attempt: Attempt) {
        let (limits, now) = (&self.rate_limits, self.now());
        limits.login_failures_from.refund((attempt.login, attempt.address), now);
        if attempt.is_elsewhere {
            limits.login_failures.refund(attempt.login, now);
        }
    }
}
