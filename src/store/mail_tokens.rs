//! Store contract for the tokens that are sent by mail.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::account::Account;
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailAddress;
use crate::domain::id::AccountId;
use crate::domain::password::PasswordHash;
use crate::domain::secret_token::TokenDigest;

/// How long a token can be used (SEC-053).
pub const MAIL_TOKEN_LIFETIME: Duration = Duration::from_mins(30);

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailTokenUse {
    /// Verifies this address.
    Verification(EmailAddress),
    /// Sets a new password.
    Reset,
}

/// A token to keep.
#[derive(Clone, Debug)]
pub struct NewMailToken {
    /// Its digest.
    pub token: TokenDigest,
    /// The account that it is for.
    pub account: AccountId,
    /// What it is good for.
    pub usage: MailTokenUse,
}

/// The account is gone, or the address is not the one that it has to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotIssued;

/// The token is unknown, used, replaced or expired, or another account verified the address first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidMailToken;

/// Tokens that are sent by mail. An account has at most one for each use: a new one replaces the one before. They end with the account, and with the
/// address that they were sent to.
#[async_trait]
pub trait MailTokens: Debug + Send + Sync {
    /// Keeps a token for [`MAIL_TOKEN_LIFETIME`].
    async fn issue_mail_token(&self, new: NewMailToken, now: Timestamp) -> WriteResult<(), NotIssued>;

    /// Returns the account whose password this token sets. The token stays.
    async fn find_password_reset(&self, token: TokenDigest, now: Timestamp) -> StoreResult<Option<Account>>;

    /// Uses a token up, and marks its address as verified unless another account has verified it.
    async fn verify_email(&self, token: TokenDigest, now: Timestamp) -> WriteResult<Account, InvalidMailToken>;

    /// Uses a token up, replaces the password and ends all sessions.
    async fn reset_password(&self, token: TokenDigest, password: PasswordHash, now: Timestamp) -> WriteResult<(), InvalidMailToken>;
}
