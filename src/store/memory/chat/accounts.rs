//! The accounts that are or were in one chat in memory.

use std::collections::HashSet;

use crate::domain::id::AccountId;

/// Accounts that ever were in a chat: what they left in it is erased with them.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct ChatAccounts {
    all: HashSet<AccountId>,
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
