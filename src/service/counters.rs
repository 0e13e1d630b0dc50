//! Counters of the service since startup: plain numbers, without personal data.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Service;
use super::error::Result;
pub use crate::store::usage::Usage;

/// A monotonic counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds to the count.
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Returns the count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters of the service.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages posted; a replayed request counts once.
    pub posts: Counter,
    /// Knocks created, including those approved automatically; a replayed request counts once.
    pub knocks: Counter,
    /// Entries delivered to streams, counted per stream.
    pub deliveries: Counter,
    /// Logs whose head the audit moved forward: the notification was lost, or had not arrived yet.
    pub repaired_rings: Counter,
    /// Sign-ins that succeeded.
    pub sign_ins: Counter,
    /// Sign-ins that failed, and wrong current passwords.
    pub failed_sign_ins: Counter,
    /// Sign-ins with the right password to a suspended account.
    pub suspended_sign_ins: Counter,
    /// Deliveries of webhooks that were accepted.
    pub accepted_webhooks: Counter,
    /// Deliveries that were not accepted and will be tried again.
    pub failed_webhooks: Counter,
    /// Deliveries that were not attempted, since their host is busy or does not answer.
    pub postponed_webhooks: Counter,
    /// Deliveries that were given up after all retries, by webhooks that go on.
    pub given_up_webhooks: Counter,
    /// Deliveries with which their webhook was disabled.
    pub disabled_webhooks: Counter,
    /// Pushes that a push service took.
    pub accepted_pushes: Counter,
    /// Pushes that were not needed: their holder had the chat open.
    pub needless_pushes: Counter,
    /// Pushes that were not taken and will be tried again.
    pub failed_pushes: Counter,
    /// Pushes that a push service will not take, whatever is tried.
    pub rejected_pushes: Counter,
    /// Pushes that were not attempted, since their host is busy or does not answer.
    pub postponed_pushes: Counter,
    /// Pushes that were given up, since they are worth delivering for a day only.
    pub given_up_pushes: Counter,
    /// Pushes with which their subscription was deleted, since the push service does not know it any more.
    pub unsubscribed_pushes: Counter,
    streams: AtomicU64,
    sockets: AtomicU64,
}

impl Counters {
    /// Returns the number of open streams, of chats and of waiting guests.
    pub fn streams(&self) -> u64 {
        self.streams.load(Ordering::Relaxed)
    }

    /// Returns the number of open sockets.
    pub fn sockets(&self) -> u64 {
        self.sockets.load(Ordering::Relaxed)
    }
}

/// What the store holds of accounts.
#[derive(Clone, Copy, Debug)]
pub struct AccountUsage {
    /// Accounts.
    pub accounts: u64,
    /// Their sessions.
    pub sessions: u64,
    /// Reports that are open.
    pub open_reports: u64,
}

/// A guard that counts one open stream until it is dropped.
#[derive(Debug)]
pub(super) struct OpenStream(Arc<Counters>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A guard that counts one open socket until it is dropped.
#[derive(Debug)]
pub struct OpenSocket(Arc<Counters>);

impl OpenSocket {
    pub(super) fn new(counters: &Arc<Counters>) -> Self {
        counters.sockets.fetch_add(1, Ordering::Relaxed);
        Self(counters.clone())
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Service {
    /// Returns the counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Returns the usage of the store.
    pub async fn usage(&self) -> Result<Usage> {
        Ok(self.store.usage().await?)
    }

    /// Returns the numbers of accounts, sessions and open reports.
    pub async fn account_usage(&self) -> Result<AccountUsage> {
        Ok(AccountUsage {
            accounts: self.store.count_accounts().await?,
            sessions: self.store.count_sessions().await?,
            open_reports: self.store.count_open_reports().await?,
        })
    }

    /// Counts a stream while the returned guard lives.
    pub(super) fn open_stream(&self) -> OpenStream {
        self.counters.streams.fetch_add(1, Ordering::Relaxed);
        OpenStream(self.counters.clone())
    }
}
