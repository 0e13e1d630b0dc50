//! Tokens sent by mail, in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::domain::account::Account;
use crate::domain::account_log::AccountEvent;
use crate::domain::clock::Timestamp;
use crate::domain::password::PasswordHash;
use crate::domain::secret_token::TokenDigest;
use crate::store::mail_tokens::{InvalidMailToken, MailTokens, NewMailToken, NotIssued};
use crate::store::{Committed, StoreResult, WriteResult};

#[async_trait]
impl MailTokens for MemoryStore {
    async fn issue_mail_token(&self, new: NewMailToken, now: Timestamp) -> WriteResult<(), NotIssued> {
        Ok(self.directory_mut().issue_mail_token(new, now).map(|()| Committed::new((), Vec::new())))
    }

    async fn find_password_reset(&self, token: TokenDigest, now: Timestamp) -> StoreResult<Option<Account>> {
        Ok(self.directory.read().password_reset(token, now).map(|record| record.account.clone()))
    }

    async fn verify_email(&self, token: TokenDigest, now: Timestamp) -> WriteResult<Account, InvalidMailToken> {
        let mut directory = self.directory_mut();
        let verified = directory.use_verification(token, now);
        Ok(verified.map(|account| {
            let updates = directory.append_events(vec![(account.id, AccountEvent::MeUpdated)]);
            Committed::new(account, updates)
        }))
    }

    async fn reset_password(&self, token: TokenDigest, password: PasswordHash, now: Timestamp) -> WriteResult<(), InvalidMailToken> {
        Ok(self.directory_mut().use_password_reset(token, password, now).map(|sessions| Committed::new((), self.ended(sessions))))
    }
}
