//! Logs of accounts in memory: what their streams report besides the logs of chats.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::domain::account_log::{AccountEvent, AccountEventBatch, MAX_ACCOUNT_ENTRIES};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Head, LogUpdate, Topic};
use crate::domain::id::{AccountId, ChatId, Epoch};
use crate::store::memory::allocation::{MemoryCost, table, table_slots, trim, vec};

/// The log of one account.
#[derive(Debug, Default)]
struct AccountLog {
    head: u64,
    /// The newest entries, up to `head`.
    events: VecDeque<AccountEvent>,
    /// The heap memory of these entries, in bytes.
    event_bytes: u64,
    /// The accounts whose logs have, or had, an entry that names this one.
    mentioned_in: HashSet<AccountId>,
}

impl MemoryCost for AccountLog {
    fn bytes(&self) -> u64 {
        vec::<AccountEvent>(self.events.capacity()) + self.event_bytes + table::<AccountId>(self.mentioned_in.capacity())
    }
}

impl AccountLog {
    fn push(&mut self, event: AccountEvent) {
        self.head += 1;
        self.event_bytes += event.bytes();
        self.events.push_back(event);
        if self.events.len() > MAX_ACCOUNT_ENTRIES {
            self.event_bytes -= self.events.pop_front().map_or(0, |oldest| oldest.bytes());
        }
    }

    /// Removes a chat from the entries.
    fn forget_chat(&mut self, chat: ChatId) {
        for event in self.events.iter_mut().filter(|event| event.chat() == Some(chat)) {
            self.event_bytes -= event.bytes();
            *event = AccountEvent::ChatForgotten;
        }
    }

    /// Removes a deleted account from the entries of the log of `owner`.
    fn erase(&mut self, owner: AccountId, deleted: AccountId) {
        for event in self.events.iter_mut().filter(|event| event.other(owner) == Some(deleted)) {
            self.event_bytes -= event.bytes();
            *event = AccountEvent::AccountDeleted;
        }
    }
}

/// The logs of all accounts. An account without entries has none.
#[derive(Debug, Default)]
pub(super) struct AccountLogs {
    logs: HashMap<AccountId, AccountLog>,
    /// The heap memory of all logs, in bytes.
    log_bytes: u64,
}

impl AccountLogs {
    /// Appends an entry to the log of an account. Returns the update to announce.
    pub(super) fn append(&mut self, account: AccountId, event: AccountEvent) -> LogUpdate {
        if let Some(other) = event.other(account) {
            self.logs.entry(other).or_default();
            self.change(other, |log| log.mentioned_in.insert(account));
        }
        self.logs.entry(account).or_default();
        self.change(account, |log| log.push(event));
        LogUpdate::Appended { topic: Topic::Account(account), head: self.head(account), entries: Vec::new() }
    }

    /// Returns the head of the log of an account that exists.
    pub(super) fn head(&self, account: AccountId) -> Head {
        let seq = self.logs.get(&account).map_or(0, |log| log.head);
        Head { epoch: Epoch::OF_ACCOUNTS, seq, expires_at: Timestamp::NEVER }
    }

    /// Returns up to `max` entries after number `after` of an account that exists.
    pub(super) fn after(&self, account: AccountId, after: u64, max: usize) -> AccountEventBatch {
        let Some(log) = self.logs.get(&account) else { return AccountEventBatch { oldest: 1, ..AccountEventBatch::default() } };
        let oldest = log.head + 1 - log.events.len() as u64;
        let skipped = usize::try_from((after + 1).saturating_sub(oldest)).unwrap_or(usize::MAX);
        AccountEventBatch { oldest, head: log.head, events: log.events.iter().skip(skipped).take(max).cloned().collect() }
    }

    /// Removes a chat from the log of an account.
    pub(super) fn forget_chat(&mut self, account: AccountId, chat: ChatId) {
        self.change(account, |log| log.forget_chat(chat));
    }

    /// Removes the log of a deleted account, and what other logs have of it.
    pub(super) fn delete(&mut self, account: AccountId) {
        let Some(deleted) = self.logs.remove(&account) else { return };
        self.log_bytes -= deleted.bytes();
        for other in deleted.mentioned_in {
            self.change(other, |log| log.erase(other, account));
        }
        let named = deleted.events.iter().filter_map(|event| event.other(account));
        for other in named.collect::<HashSet<_>>() {
            self.change(other, |log| log.mentioned_in.remove(&account));
        }
        trim(&mut self.logs);
    }

    /// Returns the memory that all logs use, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        table_slots::<(AccountId, AccountLog)>(self.logs.len()) + self.log_bytes
    }

    /// Changes a log that exists, and keeps count of its size.
    fn change<T>(&mut self, account: AccountId, change: impl FnOnce(&mut AccountLog) -> T) -> Option<T> {
        let log = self.logs.get_mut(&account)?;
        let before = log.bytes();
        let changed = change(log);
        self.log_bytes = self.log_bytes + log.bytes() - before;
        Some(changed)
    }
}
