//! Sessions in memory.

use async_trait::async_trait;

use super::MemoryStore;
use super::directory::sessions::SessionTable;
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, SessionId};
use crate::domain::secret_token::TokenDigest;
use crate::domain::session::{Session, SessionEnd};
use crate::store::sessions::{NewSession, NoSession, NotSignedIn, RefreshDigests, Refreshed, Sessions};
use crate::store::{Committed, StoreResult, WriteResult};

#[async_trait]
impl Sessions for MemoryStore {
    async fn create_session(&self, new: NewSession, now: Timestamp) -> WriteResult<(), NotSignedIn> {
        let mut directory = self.directory_mut();
        let Some(record) = directory.accounts.get(&new.session.account) else { return Ok(Err(NotSignedIn::Gone)) };
        if record.account.suspended_at.is_some() {
            return Ok(Err(NotSignedIn::Suspended));
        }
        Ok(Ok(Committed::new((), self.ended(directory.sessions.insert(new, now)))))
    }

    async fn use_session(&self, session: SessionId, now: Timestamp) -> StoreResult<Option<AccountId>> {
        let directory = self.directory.read();
        let Some(found) = directory.sessions.get(session, now) else { return Ok(None) };
        let (account, is_recorded) = (found.account, SessionTable::is_recorded(found, now));
        drop(directory);
        if !is_recorded {
            let mut directory = self.directory_mut();
            directory.sessions.touch(session, now);
            if let Some(record) = directory.accounts.get_mut(&account) {
                record.account.last_seen_at = now;
            }
        }
        Ok(Some(account))
    }

    async fn find_session(&self, session: SessionId, now: Timestamp) -> StoreResult<Option<Session>> {
        Ok(self.directory.read().sessions.get(session, now).cloned())
    }

    async fn list_sessions(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<Session>> {
        Ok(self.directory.read().sessions.of_account(account, now))
    }

    async fn refresh_session(&self, presented: RefreshDigests, successor: TokenDigest, now: Timestamp) -> WriteResult<Refreshed, NoSession> {
        let refreshed = self.directory_mut().sessions.refresh(presented, successor, now);
        Ok(refreshed.map(|(refreshed, sessions)| Committed::new(refreshed, self.ended(sessions))))
    }

    async fn end_session(&self, account: AccountId, session: SessionId, now: Timestamp) -> WriteResult<(), NoSession> {
        let sessions = &mut self.directory_mut().sessions;
        if sessions.get(session, now).is_none_or(|session| session.account != account) {
            return Ok(Err(NoSession));
        }
        Ok(Ok(Committed::new((), self.ended(sessions.end(session, SessionEnd::Ended)))))
    }

    async fn end_sessions(&self, account: AccountId, kept: Option<SessionId>, _: Timestamp) -> StoreResult<Committed<()>> {
        Ok(Committed::new((), self.ended(self.directory_mut().sessions.end_all(account, kept, SessionEnd::Ended))))
    }

    async fn live_sessions(&self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<bool>> {
        let directory = self.directory.read();
        Ok(sessions.iter().map(|session| directory.sessions.get(*session, now).is_some()).collect())
    }

    async fn expire_sessions(&self, now: Timestamp, max: usize) -> StoreResult<Vec<Committed<()>>> {
        let expired = self.directory_mut().expire(now, max);
        Ok(expired.into_iter().map(|session| Committed::new((), self.ended([session]))).collect())
    }

    async fn count_sessions(&self) -> StoreResult<u64> {
        Ok(self.directory.read().sessions.len() as u64)
    }
}
