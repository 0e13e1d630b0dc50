//! Which accounts are online, and what each of them sees and shows.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::open_streams::Streams;
use super::schedule::{Due, Schedule};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::AccountId;
use crate::domain::presence::{PRESENCE_GRACE, Sight};

/// What an online account sees and shows. All its streams share it.
#[derive(Debug)]
pub struct AccountSight {
    account: AccountId,
    /// `None` until it is known: then nothing is seen or shown.
    sight: RwLock<Option<Arc<Sight>>>,
}

impl AccountSight {
    /// The account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Returns what the account sees and shows.
    #[must_use]
    pub fn current(&self) -> Arc<Sight> {
        self.sight.read().clone().unwrap_or_default()
    }

    /// Sets what the account sees, as the store said after its stream was registered. What is known already is newer.
    pub fn begin_with(&self, sight: Sight) {
        self.sight.write().get_or_insert_with(|| Arc::new(sight));
    }

    /// Returns true once it is known what the account sees.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.sight.read().is_some()
    }

    pub(super) fn is_shown(&self) -> bool {
        self.sight.read().as_ref().is_some_and(|sight| sight.is_shown)
    }
}

#[derive(Debug)]
struct OnlineAccount {
    streams: Streams,
    sight: Arc<AccountSight>,
    /// Whether its friends have been told that it is online.
    is_told: bool,
    /// Whether the schedule has a look at the end of its time.
    is_watched: bool,
}

/// The online accounts, as far as this node knows.
#[derive(Debug)]
pub struct OnlineAccounts {
    schedule: Arc<Schedule>,
    accounts: Mutex<HashMap<AccountId, OnlineAccount>>,
}

impl OnlineAccounts {
    pub(super) fn new(schedule: Arc<Schedule>) -> Arc<Self> {
        Arc::new(Self { schedule, accounts: Mutex::default() })
    }

    /// Registers a stream of an account.
    #[must_use]
    pub fn enter(self: &Arc<Self>, account: AccountId, clock: &Arc<dyn Clock>) -> AccountPresence {
        let mut accounts = self.accounts.lock();
        let known = accounts.entry(account).and_modify(|online| online.streams.open += 1).or_insert_with(|| {
            self.schedule.add_soon(Due::Account(account));
            let sight = Arc::new(AccountSight { account, sight: RwLock::default() });
            OnlineAccount { streams: Streams::first(), sight, is_told: false, is_watched: false }
        });
        AccountPresence { sight: known.sight.clone(), registry: self.clone(), clock: clock.clone() }
    }

    fn leave(&self, account: AccountId, now: Timestamp) {
        if let Some(online) = self.accounts.lock().get_mut(&account)
            && online.streams.close(now)
            && !std::mem::replace(&mut online.is_watched, true)
        {
            self.schedule.add(now + PRESENCE_GRACE, Due::Account(account));
        }
    }

    /// Returns true while an account is online.
    #[must_use]
    pub fn is_online(&self, account: AccountId, now: Timestamp) -> bool {
        self.accounts.lock().get(&account).is_some_and(|online| online.streams.online_until() > now)
    }

    /// Removes an account whose time is over. Returns whether it went online or offline since the last look, and when it closed its last stream.
    pub(super) fn look_at(&self, account: AccountId, now: Timestamp) -> Option<AccountTurn> {
        let mut accounts = self.accounts.lock();
        let online = accounts.get_mut(&account)?;
        let until = online.streams.online_until();
        if until > now {
            // Every look may be the one that was planned: one more is cheap, and none is missed.
            online.is_watched = until < Timestamp::NEVER;
            if online.is_watched {
                self.schedule.add(until, Due::Account(account));
            }
            return (!std::mem::replace(&mut online.is_told, true)).then_some(AccountTurn { account, left_at: None });
        }
        let left_at = online.streams.left_at;
        accounts.remove(&account);
        Some(AccountTurn { account, left_at: Some(left_at) })
    }

    /// Returns the accounts that are online.
    #[must_use]
    pub fn all(&self) -> Vec<AccountId> {
        self.accounts.lock().keys().copied().collect()
    }

    /// Sets what an account sees and shows. Returns what it was before, if it is online and that is another.
    pub fn set_sight(&self, account: AccountId, sight: Sight) -> Option<Arc<Sight>> {
        let known = self.accounts.lock().get(&account)?.sight.clone();
        let mut current = known.sight.write();
        if current.as_deref() == Some(&sight) {
            return None;
        }
        Some(current.replace(Arc::new(sight)).unwrap_or_default())
    }
}

/// An account that went online or offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountTurn {
    /// The account.
    pub account: AccountId,
    /// When it closed its last stream, if it went offline.
    pub left_at: Option<Timestamp>,
}

/// A stream's part in the presence of its account, which ends when it is dropped.
#[derive(Debug)]
pub struct AccountPresence {
    sight: Arc<AccountSight>,
    registry: Arc<OnlineAccounts>,
    clock: Arc<dyn Clock>,
}

impl AccountPresence {
    /// Returns what the account sees and shows, as it changes.
    #[must_use]
    pub const fn sight(&self) -> &Arc<AccountSight> {
        &self.sight
    }
}

impl Drop for AccountPresence {
    fn drop(&mut self) {
        self.registry.leave(self.sight.account, self.clock.now());
    }
}
