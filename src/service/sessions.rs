//! Sessions: sign in, refresh, list, sign out.

use std::sync::Arc;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Error, Result};
use super::sign_in_limits::LoginKey;
use crate::domain::account::{Account, Login};
use crate::domain::id::SessionId;
use crate::domain::secret_token::{RefreshToken, TokenDigest};
use crate::domain::session::{RECENT_SIGN_IN, Session};
use crate::domain::text::Device;
use crate::store::sessions::{NewSession, NoSession, NotSignedIn, RefreshDigests, Refreshed};

/// What somebody signs in with.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The username or e-mail address, as entered.
    pub login: String,
    /// The password, as entered.
    pub password: String,
    /// The device, as the person or its browser names it.
    pub device: Option<Device>,
}

/// The tokens of a session, for its holder.
#[derive(Clone, Debug)]
pub struct SessionTokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: RefreshToken,
    /// The session.
    pub session: SessionId,
    /// The account.
    pub account: Account,
}

impl Service {
    /// Signs in. An unknown name and a wrong password fail alike, and cost alike.
    pub async fn sign_in(self: &Arc<Self>, sign_in: SignIn, caller: &Caller) -> Result<SessionTokens> {
        let found = match Login::parse(&sign_in.login) {
            Some(login) => self.store.find_login(&login).await?,
            None => None,
        };
        let (account, hash) = found.map(|found| (found.account, found.password)).unzip();
        let login = account.as_ref().map_or_else(|| LoginKey::unknown(&sign_in.login), |account| LoginKey::of(account.id));
        let matches = self.verify_password(login, caller.charge().address(), &sign_in.password, hash).await?;
        let account = account.filter(|_| matches).ok_or(Error::WrongCredentials)?;
        if account.suspended_at.is_some() {
            self.counters.suspended_sign_ins.add(1);
            return Err(Error::Suspended);
        }
        self.counters.sign_ins.add(1);
        self.create_session(account, sign_in.device).await
    }

    async fn create_session(self: &Arc<Self>, account: Account, device: Option<Device>) -> Result<SessionTokens> {
        let now = self.now();
        let id = SessionId::random(self.random.as_ref());
        let session = Session { id, account: account.id, device, created_at: now, last_used_at: now, refreshed_at: now };
        let refresh = RefreshToken::random(self.random.as_ref());
        let new = NewSession { session, refresh: digests(&refresh) };
        self.commit(|store, now| async move { store.create_session(new, now).await }).await?;
        Ok(SessionTokens { access: self.access_tokens.issue(account.id, id, now), refresh, session: id, account })
    }

    /// Exchanges a refresh token for its successor and a new access token.
    pub async fn refresh(self: &Arc<Self>, token: &str) -> Result<SessionTokens> {
        let presented = RefreshToken::parse(token).ok_or(Error::InvalidRefreshToken)?;
        let successor = presented.successor(&self.refresh_secret);
        let (presented, digest): (RefreshDigests, TokenDigest) = (digests(&presented), successor.digest());
        let refreshed = self.commit(move |store, now| async move { store.refresh_session(presented, digest, now).await });
        let session = match refreshed.await.map_err(|error| if matches!(error, Error::NotFound) { Error::InvalidRefreshToken } else { error })? {
            Refreshed::Current(session) => session,
            Refreshed::Reused => {
                tracing::warn!("a spent refresh token was presented again: its session has ended");
                return Err(Error::InvalidRefreshToken);
            }
        };
        let account = self.store.find_account(session.account).await?.ok_or(Error::InvalidRefreshToken)?;
        let access = self.access_tokens.issue(account.id, session.id, self.now());
        Ok(SessionTokens { access, refresh: successor, session: session.id, account })
    }

    /// Lists the caller's sessions, the newest first. The second value is the current one.
    pub async fn sessions(&self, caller: &Caller) -> Result<(Vec<Session>, SessionId)> {
        let SignedIn { account, session } = self.require_account(caller)?;
        Ok((self.store.list_sessions(account, self.now()).await?, session))
    }

    /// Ends one of the caller's sessions; the current one if none is named.
    pub async fn end_session(self: &Arc<Self>, caller: &Caller, session: Option<SessionId>) -> Result<()> {
        let SignedIn { account, session: current } = self.require_account(caller)?;
        let session = session.unwrap_or(current);
        self.commit(move |store, now| async move { store.end_session(account, session, now).await }).await
    }

    /// Ends all sessions of the caller, or all but the current one.
    pub async fn end_sessions(self: &Arc<Self>, caller: &Caller, which: EndSessions) -> Result<()> {
        let SignedIn { account, session } = self.require_account(caller)?;
        let kept = (which == EndSessions::AllButCurrent).then_some(session);
        self.commit(move |store, now| async move { store.end_sessions(account, kept, now).await.map(Ok::<_, Error>) }).await
    }

    /// Checks that the caller may make a sensitive change: it shows the current password, or has signed in a moment ago (API 3, **P**).
    pub(super) async fn require_recent_authentication(&self, caller: &Caller, current_password: Option<&str>) -> Result<SignedIn> {
        let signed_in = self.require_account(caller)?;
        if let Some(password) = current_password {
            self.check_password(caller, signed_in, password).await?;
            return Ok(signed_in);
        }
        let now = self.now();
        let session = self.store.find_session(signed_in.session, now).await?.ok_or(Error::InvalidToken)?;
        if now < session.created_at + RECENT_SIGN_IN { Ok(signed_in) } else { Err(Error::Reauthenticate) }
    }

    /// Checks the current password of the caller's account.
    pub(super) async fn check_password(&self, caller: &Caller, signed_in: SignedIn, password: &str) -> Result<()> {
        let hash = self.store.password_of(signed_in.account).await?;
        let matches = self.verify_password(LoginKey::of(signed_in.account), caller.charge().address(), password, hash).await?;
        if matches { Ok(()) } else { Err(Error::Reauthenticate) }
    }
}

/// Which sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSessions {
    /// All of them.
    All,
    /// All but the one that asks.
    AllButCurrent,
}

fn digests(token: &RefreshToken) -> RefreshDigests {
    RefreshDigests { family: token.family(), token: token.digest() }
}

impl From<NotSignedIn> for Error {
    fn from(refusal: NotSignedIn) -> Self {
        match refusal {
            NotSignedIn::Gone => Self::WrongCredentials,
            NotSignedIn::Suspended => Self::Suspended,
        }
    }
}

impl From<NoSession> for Error {
    fn from(_: NoSession) -> Self {
        Self::NotFound
    }
}
