//! The accounts that are or were in one chat in memory.

use std::collections::HashSet;

use super::ChatState;
use super::group::GroupMemberships;
use super::pushes::ChatPushes;
use crate::domain::account_log::AccountEvent;
use crate::domain::id::AccountId;
use crate::domain::principal::Principal;

/// Accounts that ever were in a chat: what they left in it is erased with them.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct ChatAccounts {
    all: HashSet<AccountId>,
    /// What a change adds to the logs of accounts; empty between changes.
    news: Vec<(AccountId, AccountEvent)>,
    /// The memberships, in a group.
    pub(in crate::store::memory) group: GroupMemberships,
    /// Created once somebody is told of the chat by push, with an account or without one.
    pub(super) pushes: Option<Box<ChatPushes>>,
}

impl ChatAccounts {
    pub(in crate::store::memory) fn insert(&mut self, account: AccountId) {
        self.all.insert(account);
    }

    pub(in crate::store::memory) fn contains(&self, account: AccountId) -> bool {
        self.all.contains(&account)
    }

    /// Forgets an account.
    pub(in crate::store::memory) fn remove(&mut self, account: AccountId) {
        self.all.remove(&account);
    }

    pub(in crate::store::memory) fn iter(&self) -> impl Iterator<Item = &AccountId> {
        self.all.iter()
    }

    /// Returns its size in memory, in bytes.
    pub(in crate::store::memory) fn capacity(&self) -> usize {
        self.all.capacity()
    }
}

impl ChatState {
    /// Notes an entry for the log of an account, if the principal is one.
    pub(in crate::store::memory) fn tell(&mut self, principal: Principal, event: AccountEvent) {
        if let Some(account) = principal.account() {
            self.accounts.get_or_insert_default().news.push((account, event));
        }
    }

    /// Returns the entries for the logs of accounts that were noted since the last call.
    pub(in crate::store::memory) fn take_news(&mut self) -> Vec<(AccountId, AccountEvent)> {
        self.accounts.as_mut().map(|accounts| std::mem::take(&mut accounts.news)).unwrap_or_default()
    }
}
