//! State of the tokens sent by mail in memory: at most one of each kind an account, found by digest.

use std::collections::{BTreeSet, HashMap};

use super::{AccountRecord, Directory};
use crate::domain::account::{Account, AccountEmail};
use crate::domain::clock::Timestamp;
use crate::domain::id::AccountId;
use crate::domain::password::PasswordHash;
use crate::domain::secret_token::TokenDigest;
use crate::domain::session::EndedSession;
use crate::store::mail_tokens::{InvalidMailToken, MAIL_TOKEN_LIFETIME, MailTokenUse, NewMailToken, NotIssued};
use crate::store::memory::allocation::{MemoryCost, table_slots, tree};

/// A token with the moment at which it ends.
#[derive(Debug)]
struct MailTokenRecord {
    account: AccountId,
    usage: MailTokenUse,
    expires_at: Timestamp,
}

/// The kinds of tokens, of which an account has one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum MailTokenKind {
    Verification,
    Reset,
}

impl MailTokenUse {
    const fn kind(&self) -> MailTokenKind {
        match self {
            Self::Verification(_) => MailTokenKind::Verification,
            Self::Reset => MailTokenKind::Reset,
        }
    }
}

/// The slots of a token in the tables.
const TOKEN: u64 = table_slots::<(TokenDigest, MailTokenRecord)>(1) + table_slots::<((AccountId, MailTokenKind), TokenDigest)>(1);

impl MemoryCost for MailTokenUse {
    fn bytes(&self) -> u64 {
        match self {
            Self::Verification(address) => address.bytes(),
            Self::Reset => 0,
        }
    }
}

/// The tokens of all accounts.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct MailTokenTable {
    tokens: HashMap<TokenDigest, MailTokenRecord>,
    by_account: HashMap<(AccountId, MailTokenKind), TokenDigest>,
    timers: BTreeSet<(Timestamp, TokenDigest)>,
    /// The heap memory of all tokens, in bytes.
    token_bytes: u64,
}

impl MailTokenTable {
    /// Keeps a token in place of the one before. Forgets those that have expired, so that they need no job.
    fn insert(&mut self, new: NewMailToken, now: Timestamp) {
        self.forget_expired(now);
        self.remove(new.account, new.usage.kind());
        let expires_at = now + MAIL_TOKEN_LIFETIME;
        self.by_account.insert((new.account, new.usage.kind()), new.token);
        self.timers.insert((expires_at, new.token));
        self.token_bytes += new.usage.bytes();
        self.tokens.insert(new.token, MailTokenRecord { account: new.account, usage: new.usage, expires_at });
    }

    fn get(&self, token: TokenDigest, now: Timestamp) -> Option<&MailTokenRecord> {
        self.tokens.get(&token).filter(|record| now < record.expires_at)
    }

    /// Forgets the token of an account.
    pub(super) fn remove(&mut self, account: AccountId, kind: MailTokenKind) {
        let Some(token) = self.by_account.remove(&(account, kind)) else { return };
        if let Some(record) = self.tokens.remove(&token) {
            self.token_bytes -= record.usage.bytes();
            self.timers.remove(&(record.expires_at, token));
        }
    }

    pub(super) fn forget_expired(&mut self, now: Timestamp) {
        while self.timers.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, token)) = self.timers.pop_first() else { return };
            if let Some(record) = self.tokens.remove(&token) {
                self.token_bytes -= record.usage.bytes();
                self.by_account.remove(&(record.account, record.usage.kind()));
            }
        }
    }

    /// Forgets the tokens that were sent to an address that the account had `before`.
    pub(super) fn forget_stale(&mut self, account: AccountId, before: &AccountEmail, after: &AccountEmail) {
        if before.unverified() != after.unverified() {
            self.remove(account, MailTokenKind::Verification);
        }
        if before.verified() != after.verified() {
            self.remove(account, MailTokenKind::Reset);
        }
    }

    /// Returns the memory that all tokens use, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.tokens.len() as u64 * TOKEN + tree::<(Timestamp, TokenDigest)>(self.timers.len()) + self.token_bytes
    }

    /// Forgets all tokens of an account.
    pub(super) fn remove_all(&mut self, account: AccountId) {
        self.remove(account, MailTokenKind::Verification);
        self.remove(account, MailTokenKind::Reset);
    }
}

impl Directory {
    pub(in crate::store::memory) fn issue_mail_token(&mut self, new: NewMailToken, now: Timestamp) -> Result<(), NotIssued> {
        let account = &self.accounts.get(&new.account).ok_or(NotIssued)?.account;
        match &new.usage {
            MailTokenUse::Verification(address) if account.email.unverified() != Some(address) => return Err(NotIssued),
            MailTokenUse::Verification(_) | MailTokenUse::Reset => {}
        }
        self.mail_tokens.insert(new, now);
        Ok(())
    }

    /// Returns the account whose password this token sets.
    pub(in crate::store::memory) fn password_reset(&self, token: TokenDigest, now: Timestamp) -> Option<&AccountRecord> {
        let record = self.mail_tokens.get(token, now).filter(|record| record.usage == MailTokenUse::Reset)?;
        self.accounts.get(&record.account)
    }

    pub(in crate::store::memory) fn use_verification(&mut self, token: TokenDigest, now: Timestamp) -> Result<Account, InvalidMailToken> {
        let record = self.mail_tokens.get(token, now).ok_or(InvalidMailToken)?;
        let MailTokenUse::Verification(address) = record.usage.clone() else { return Err(InvalidMailToken) };
        let account = record.account;
        self.mail_tokens.remove(account, MailTokenKind::Verification);
        self.verify_email(account, &address).ok_or(InvalidMailToken)
    }

    pub(in crate::store::memory) fn use_password_reset(
        &mut self,
        token: TokenDigest,
        password: PasswordHash,
        now: Timestamp,
    ) -> Result<Vec<EndedSession>, InvalidMailToken> {
        let account = self.password_reset(token, now).ok_or(InvalidMailToken)?.account.id;
        self.set_password(account, password, None).map_err(|_| InvalidMailToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;
    use crate::domain::random::SystemRandom;

    #[test]
    fn nothing_is_kept_of_tokens_that_are_gone() {
        let mut table = MailTokenTable::default();
        let address = EmailAddress::parse("ana@example.org").unwrap();
        let start = Timestamp::from_millis(0);
        for number in 0..100 {
            for usage in [MailTokenUse::Verification(address.clone()), MailTokenUse::Reset] {
                let account = AccountId::random(&SystemRandom);
                table.insert(NewMailToken { token: TokenDigest([number; 32]), account, usage }, start);
                table.remove_all(account);
            }
            table.insert(
                NewMailToken { token: TokenDigest([number; 32]), account: AccountId::random(&SystemRandom), usage: MailTokenUse::Reset },
                start,
            );
        }
        assert_eq!((table.tokens.len(), table.by_account.len(), table.timers.len()), (100, 100, 100));
        let last = NewMailToken { token: TokenDigest([100; 32]), account: AccountId::random(&SystemRandom), usage: MailTokenUse::Reset };
        table.insert(last, start + MAIL_TOKEN_LIFETIME);
        assert_eq!((table.tokens.len(), table.by_account.len(), table.timers.len()), (1, 1, 1));
    }
}
