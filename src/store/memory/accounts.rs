//! Accounts in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::account::{Account, AccountChange, Login, LoginRecord};
use crate::domain::account_log::AccountEvent;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::LogUpdate;
use crate::domain::id::{AccountId, ChatId, SessionId};
use crate::domain::idempotency::Idempotent;
use crate::domain::pagination::{NamedPage, Page};
use crate::domain::password::PasswordHash;
use crate::domain::search_term::SearchTerm;
use crate::domain::username::Username;
use crate::store::accounts::{Accounts, Listed, NewAccount, NoAccount, NotCreated, Standing};
use crate::store::{Committed, StoreResult, WriteResult};

#[async_trait]
impl Accounts for MemoryStore {
    async fn create_account(&self, new: NewAccount, now: Timestamp) -> WriteResult<Idempotent<Account>, NotCreated> {
        Ok(self.directory_mut().create(new, self.memory_usage(), now).map(|account| Committed::new(account, Vec::new())))
    }

    async fn find_account(&self, account: AccountId) -> StoreResult<Option<Account>> {
        Ok(self.directory.read().accounts.get(&account).map(|record| record.account.clone()))
    }

    async fn find_username(&self, username: &Username) -> StoreResult<Option<Account>> {
        Ok(self.directory.read().by_username(username).map(|record| record.account.clone()))
    }

    async fn find_login(&self, login: &Login) -> StoreResult<Option<LoginRecord>> {
        let directory = self.directory.read();
        let record = directory.by_login(login);
        Ok(record.map(|record| LoginRecord { account: record.account.clone(), password: record.password.clone() }))
    }

    async fn password_of(&self, account: AccountId) -> StoreResult<Option<PasswordHash>> {
        Ok(self.directory.read().accounts.get(&account).map(|record| record.password.clone()))
    }

    async fn update_account(&self, account: AccountId, change: AccountChange, _: Timestamp) -> WriteResult<Account, NoAccount> {
        let mut directory = self.directory_mut();
        let (shown, presence) = (change.read_receipts, change.presence);
        let changed = directory.change(account, change);
        Ok(changed.map(|changed| {
            let mut updates = directory.append_events(vec![(account, AccountEvent::MeUpdated)]);
            updates.extend(shown.map(|shown| LogUpdate::ReadReceipts { account, shown }));
            updates.extend(presence.map(|_| LogUpdate::SightChanged { account }));
            Committed::new(changed, updates)
        }))
    }

    async fn set_password(&self, account: AccountId, password: PasswordHash, kept: Option<SessionId>, _: Timestamp) -> WriteResult<(), NoAccount> {
        Ok(self.directory_mut().set_password(account, password, kept).map(|sessions| Committed::new((), self.ended(sessions))))
    }

    async fn set_standing(&self, account: AccountId, standing: Standing, now: Timestamp) -> WriteResult<(), NoAccount> {
        Ok(self.directory_mut().set_standing(account, standing, now).map(|sessions| Committed::new((), self.ended(sessions))))
    }

    async fn list_accounts(&self, listed: Listed, search: Option<&SearchTerm>, page: NamedPage) -> StoreResult<Page<Account>> {
        Ok(self.directory.read().list(listed, search, &page))
    }

    async fn chats_of(&self, account: AccountId) -> StoreResult<Vec<ChatId>> {
        Ok(self.directory.read().accounts.get(&account).map(|record| record.chats.iter().copied().collect()).unwrap_or_default())
    }

    async fn delete_account(&self, account: AccountId, now: Timestamp) -> WriteResult<(), NoAccount> {
        let deleted = self.directory_mut().delete(account);
        Ok(deleted.map(|deleted| {
            let mut updates = self.ended(deleted.sessions);
            updates.extend(deleted.updates);
            for chat in deleted.chats {
                updates.extend(self.erase_account(chat, account, &deleted.username, now));
            }
            self.forget_creations_of(account);
            self.reports_mut().erase(&deleted.username);
            Committed::new((), updates)
        }))
    }

    async fn count_accounts(&self) -> StoreResult<u64> {
        Ok(self.directory.read().accounts.len() as u64)
    }
}
