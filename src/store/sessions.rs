//! Store contract for sessions.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Committed, StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, SessionId};
use crate::domain::secret_token::TokenDigest;
use crate::domain::session::Session;

/// The digests under which a refresh token is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshDigests {
    /// Of the part that all tokens of a session share.
    pub family: TokenDigest,
    /// Of the whole token.
    pub token: TokenDigest,
}

/// A session to create.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// Its first refresh token.
    pub refresh: RefreshDigests,
}

/// Why no session was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSignedIn {
    /// There is no such account.
    Gone,
    /// The account is suspended.
    Suspended,
}

/// The result of presenting a refresh token of a session that lives.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// The token was the current one, or became spent a moment ago: the successor is current.
    Current(Session),
    /// The token was spent before, so one of two holders stole it: the session has ended.
    Reused,
}

/// There is no such session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSession;

/// Sessions of accounts. A session past its lifetime is gone for every method.
#[async_trait]
pub trait Sessions: Debug + Send + Sync {
    /// Creates a session. Beyond the limit per account, the one that was not used for longest ends.
    async fn create_session(&self, new: NewSession, now: Timestamp) -> WriteResult<(), NotSignedIn>;

    /// Returns the account of a session, and records that both are in use. Called for every request with an access token.
    async fn use_session(&self, session: SessionId, now: Timestamp) -> StoreResult<Option<AccountId>>;

    /// Returns a session.
    async fn find_session(&self, session: SessionId, now: Timestamp) -> StoreResult<Option<Session>>;

    /// Lists the sessions of an account, the newest first.
    async fn list_sessions(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<Session>>;

    /// Spends a refresh token and makes `successor` the current one. Within the grace period of the token's first use it changes nothing and succeeds
    /// again; later it ends the session.
    async fn refresh_session(&self, presented: RefreshDigests, successor: TokenDigest, now: Timestamp) -> WriteResult<Refreshed, NoSession>;

    /// Ends a session of the account.
    async fn end_session(&self, account: AccountId, session: SessionId, now: Timestamp) -> WriteResult<(), NoSession>;

    /// Ends all sessions of the account but `kept`.
    async fn end_sessions(&self, account: AccountId, kept: Option<SessionId>, now: Timestamp) -> StoreResult<Committed<()>>;

    /// Returns which of these sessions live.
    async fn live_sessions(&self, sessions: &[SessionId], now: Timestamp) -> StoreResult<Vec<bool>>;

    /// Ends up to `max` sessions past their lifetime. A caller that gets `max` results back calls again.
    async fn expire_sessions(&self, now: Timestamp, max: usize) -> StoreResult<Vec<Committed<()>>>;

    /// Returns how many sessions there are, with those that expired and were not ended yet.
    async fn count_sessions(&self) -> StoreResult<u64>;
}
