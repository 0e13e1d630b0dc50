//! What presence depends on, in memory.

use async_trait::async_trait;

use super::MemoryStore;
use super::directory::Directory;
use super::directory::ties::Ties;
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::presence::Sight;
use crate::store::StoreResult;
use crate::store::presence::Presence;

#[async_trait]
impl Presence for MemoryStore {
    async fn sights(&self, accounts: &[AccountId]) -> StoreResult<Vec<Sight>> {
        let directory = self.directory.read();
        Ok(accounts.iter().map(|account| directory.sight(*account)).collect())
    }

    async fn friends_of(&self, account: AccountId) -> StoreResult<Vec<AccountId>> {
        let directory = self.directory.read();
        Ok(directory.friends.ties_of(account).map(|ties| ties.friends.keys().copied().collect()).unwrap_or_default())
    }

    async fn count_members(&self, chats: &[ChatId], now: Timestamp) -> StoreResult<Vec<usize>> {
        Ok(chats.iter().map(|chat| self.read(*chat, now, |state| state.active_members().count()).unwrap_or_default()).collect())
    }

    async fn note_seen(&self, account: AccountId, at: Timestamp) -> StoreResult<()> {
        if let Some(record) = self.directory_mut().accounts.get_mut(&account) {
            record.account.last_seen_at = record.account.last_seen_at.max(at);
        }
        Ok(())
    }
}

impl Directory {
    fn sight(&self, account: AccountId) -> Sight {
        let is_shown = self.accounts.get(&account).is_some_and(|record| record.account.settings.presence);
        let mut hidden: Vec<AccountId> = self.friends.ties_of(account).into_iter().flat_map(Ties::in_a_block).collect();
        hidden.sort_unstable();
        hidden.dedup();
        Sight { is_shown, hidden: hidden.into() }
    }
}
