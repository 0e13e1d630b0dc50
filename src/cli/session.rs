//! The session of an account as credentials of a client. Several commands may renew it at once: one does, the others find its tokens.

use std::time::Duration;

use async_trait::async_trait;

use super::state::{Locked, SavedSession, State};
use crate::client::{Client, ClientError, Credentials};
use crate::wire::secret::Secret;
use crate::wire::sessions::{SessionRefresh, SessionTokens};

/// How often a renewal is sent whose answer was lost: the server repeats its answer for 10 seconds.
const ATTEMPTS: usize = 4;
/// The pause between two of them.
const PAUSE: Duration = Duration::from_millis(500);

/// The session that a profile has with a server.
#[derive(Debug)]
pub struct Session {
    state: State,
    /// The server, without a credential: a renewal needs none.
    client: Client,
}

impl Session {
    /// Names the session of a profile with the server of a client that shows no credential.
    pub fn new(state: State, client: Client) -> Self {
        Self { state, client }
    }

    /// Returns the saved session.
    fn saved(&self) -> Option<SavedSession> {
        self.state.read().ok()?.servers.get(self.client.base())?.session.clone()
    }

    /// Keeps the tokens of a session, or that there is none.
    fn keep(&self, lock: &Locked, tokens: Option<&SessionTokens>) -> Result<(), ClientError> {
        let session = tokens.map(saved_session);
        lock.update(|saved| saved.servers.entry(self.client.base().to_owned()).or_default().session = session)
            .map_err(|failure| self.failed(&failure.sentence))
    }

    fn failed(&self, reason: &str) -> ClientError {
        ClientError::Unreachable { server: self.client.base().to_owned(), reason: reason.to_owned() }
    }
}

#[async_trait]
impl Credentials for Session {
    async fn current(&self) -> Option<Secret> {
        self.saved().map(|session| session.access_token)
    }

    async fn renew(&self, refused: &Secret) -> Result<Option<Secret>, ClientError> {
        // Another command may hold the lock for as long as its own renewal takes.
        let state = self.state.clone();
        let lock = tokio::task::spawn_blocking(move || state.lock()).await.map_err(|error| self.failed(&error.to_string()))?;
        let lock = lock.map_err(|failure| self.failed(&failure.sentence))?;
        let Some(session) = self.saved() else { return Ok(None) };
        if session.access_token != *refused {
            return Ok(Some(session.access_token));
        }
        match refresh(&self.client, session.refresh_token).await {
            Ok(tokens) => {
                self.keep(&lock, Some(&tokens))?;
                Ok(Some(tokens.access_token))
            }
            Err(error) => {
                if error.code() == Some("invalid_refresh_token") {
                    self.keep(&lock, None)?;
                }
                Err(error)
            }
        }
    }
}

/// Renews a session; an answer that was lost is asked for again.
async fn refresh(client: &Client, refresh_token: Secret) -> Result<SessionTokens, ClientError> {
    let body = SessionRefresh { refresh_token };
    let mut attempts = 1;
    loop {
        match client.post("/v1/sessions/refresh", &body).await {
            Err(ClientError::Lost { .. } | ClientError::Unreachable { .. }) if attempts < ATTEMPTS => attempts += 1,
            renewed => return renewed,
        }
        pause().await;
    }
}

/// Returns what is kept of a session.
pub fn saved_session(tokens: &SessionTokens) -> SavedSession {
    let SessionTokens { access_token, refresh_token, me, .. } = tokens.clone();
    SavedSession { username: me.username, access_token, refresh_token }
}

#[expect(clippy::disallowed_methods, reason = "commands are not driven by the server's clock")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
