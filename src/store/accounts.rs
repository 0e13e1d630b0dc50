//! Store contract for accounts.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::account::{Account, AccountChange, Login, LoginRecord};
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, SessionId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{NamedPage, Page};
use crate::domain::password::PasswordHash;
use crate::domain::search_term::SearchTerm;
use crate::domain::username::Username;

/// An account to create.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The account.
    pub account: Account,
    /// The hash of its password.
    pub password: PasswordHash,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why no account was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCreated {
    /// An account has or had this username.
    UsernameTaken,
    /// The node has reached its limit of accounts.
    NodeFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// There is no such account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAccount;

/// Which accounts a list contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Those that may be found, for other accounts.
    Findable,
    /// All, for the operator of the server.
    All,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Active,
    /// No one can sign in, and its sessions end.
    Suspended,
}

/// Accounts, from sign-up to deletion.
#[async_trait]
pub trait Accounts: Debug + Send + Sync {
    /// Creates an account with a username that no account ever had.
    async fn create_account(&self, new: NewAccount, now: Timestamp) -> WriteResult<Idempotent<Account>, NotCreated>;

    /// Returns an account.
    async fn find_account(&self, account: AccountId) -> StoreResult<Option<Account>>;

    /// Returns the account with this username.
    async fn find_username(&self, username: &Username) -> StoreResult<Option<Account>>;

    /// Returns the account that somebody may sign in to with this username or verified e-mail address.
    async fn find_login(&self, login: &Login) -> StoreResult<Option<LoginRecord>>;

    /// Returns the hash of an account's password.
    async fn password_of(&self, account: AccountId) -> StoreResult<Option<PasswordHash>>;

    /// Changes an account.
    async fn update_account(&self, account: AccountId, change: AccountChange, now: Timestamp) -> WriteResult<Account, NoAccount>;

    /// Replaces the password, ends every session but `kept`, and drops pending password resets.
    async fn set_password(&self, account: AccountId, password: PasswordHash, kept: Option<SessionId>, now: Timestamp) -> WriteResult<(), NoAccount>;

    /// Suspends an account, which ends its sessions, or lifts the suspension.
    async fn set_standing(&self, account: AccountId, standing: Standing, now: Timestamp) -> WriteResult<(), NoAccount>;

    /// Lists accounts by username, optionally those whose username, or a word of whose name, begins with `search`.
    async fn list_accounts(&self, listed: Listed, search: Option<&SearchTerm>, page: NamedPage) -> StoreResult<Page<Account>>;

    /// Returns the chats in which an account is or was a member, or knocked.
    async fn chats_of(&self, account: AccountId) -> StoreResult<Vec<ChatId>>;

    /// Deletes an account and erases it everywhere: its sessions, its tokens, its memberships with their messages, its knocks.
    async fn delete_account(&self, account: AccountId, now: Timestamp) -> WriteResult<(), NoAccount>;

    /// Returns how many accounts there are.
    async fn count_accounts(&self) -> StoreResult<u64>;
}
