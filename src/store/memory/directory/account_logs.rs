//! Logs of accounts in memory: what their streams report besides the logs of chats.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::domain::account_log::{AccountEvent, AccountEventBatch, MAX_ACCOUNT_ENTRIES};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Head, LogUpdate, Topic};
use crate::domain::id::{AccountId, Epoch};

/// The log of one account.
#[derive(Debug, Default)]
struct AccountLog {
    head: u64,
    /// The newest entries, up to `head`.
    events: VecDeque<AccountEvent>,
    /// The accounts whose logs have, or had, an entry that names this one.
    mentioned_in: HashSet<AccountId>,
}

/// The logs of all accounts. An account without entries has none.
#[derive(Debug, Default)]
pub(super) struct AccountLogs(HashMap<AccountId, AccountLog>);

impl AccountLogs {
    /// Appends an entry to the log of an account. Returns the update to announce.
    pub(super) fn append(&mut self, account: AccountId, event: AccountEvent) -> LogUpdate {
        if let Some(other) = event.other(account) {
            self.0.entry(other).or_default().mentioned_in.insert(account);
        }
        let log = self.0.entry(account).or_default();
        log.head += 1;
        log.events.push_back(event);
        if log.events.len() > MAX_ACCOUNT_ENTRIES {
            log.events.pop_front();
        }
        LogUpdate::Appended { topic: Topic::Account(account), head: self.head(account), entries: Vec::new() }
    }

    /// Returns the head of the log of an account that exists.
    pub(super) fn head(&self, account: AccountId) -> Head {
        let seq = self.0.get(&account).map_or(0, |log| log.head);
        Head { epoch: Epoch::OF_ACCOUNTS, seq, expires_at: Timestamp::NEVER }
    }

    /// Returns up to `max` entries after number `after` of an account that exists.
    pub(super) fn after(&self, account: AccountId, after: u64, max: usize) -> AccountEventBatch {
        let Some(log) = self.0.get(&account) else { return AccountEventBatch { oldest: 1, ..AccountEventBatch::default() } };
        let oldest = log.head + 1 - log.events.len() as u64;
        let skipped = usize::try_from((after + 1).saturating_sub(oldest)).unwrap_or(usize::MAX);
        AccountEventBatch { oldest, head: log.head, events: log.events.iter().skip(skipped).take(max).cloned().collect() }
    }

    /// Removes the log of a deleted account, and what other logs have of it.
    pub(super) fn delete(&mut self, account: AccountId) {
        let Some(deleted) = self.0.remove(&account) else { return };
        for other in deleted.mentioned_in {
            let events = self.0.get_mut(&other).into_iter().flat_map(|log| log.events.iter_mut());
            for event in events.filter(|event| event.other(other) == Some(account)) {
                *event = AccountEvent::AccountDeleted;
            }
        }
        let named = deleted.events.iter().filter_map(|event| event.other(account));
        for other in named.collect::<HashSet<_>>() {
            if let Some(log) = self.0.get_mut(&other) {
                log.mentioned_in.remove(&account);
            }
        }
    }
}
