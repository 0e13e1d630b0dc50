//! People with an account: sign up, sign in, and the tokens of their session.

use serde_json::{Value, json};

use super::person::text;
use super::{Person, Reply, TestServer};

/// The password of everyone here.
pub const PASSWORD: &str = "plum-tree-42";

/// The tokens of a session.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: String,
    pub access: String,
    pub refresh: String,
}

impl Session {
    fn of(json: &Value) -> Self {
        Self { id: text(json, "session_id"), access: text(json, "access_token"), refresh: text(json, "refresh_token") }
    }
}

impl Person {
    /// Creates an account.
    pub async fn signs_up(&self, username: &str) -> Reply {
        self.nobody().posts("/v1/users", json!({"username": username, "password": PASSWORD})).await
    }

    /// Tries to sign in with a password.
    pub async fn tries(&self, username: &str, password: &str) -> Reply {
        self.nobody().posts("/v1/sessions", json!({"username": username, "password": password})).await
    }

    /// Signs in and uses the access token from now on.
    pub async fn signs_in(&mut self, username: &str) -> Session {
        let session = Session::of(&self.tries(username, PASSWORD).await.is(201).json);
        self.credential = Some(session.access.clone());
        session
    }

    /// Exchanges a refresh token.
    pub async fn refreshes(&self, token: &str) -> Reply {
        self.nobody().posts("/v1/sessions/refresh", json!({"refresh_token": token})).await
    }

    /// Exchanges a session's refresh token and uses the new access token from now on.
    pub async fn renews(&mut self, session: &Session) -> Session {
        let session = Session::of(&self.refreshes(&session.refresh).await.is(200).json);
        self.credential = Some(session.access.clone());
        session
    }
}

impl TestServer {
    /// Returns a new person who has signed up and in.
    pub async fn account(&self, username: &str) -> Person {
        self.signed_in(username).await.0
    }

    /// Returns a new person who has signed up and in, and their session.
    pub async fn signed_in(&self, username: &str) -> (Person, Session) {
        let mut person = self.person();
        person.signs_up(username).await.is(201);
        let session = person.signs_in(username).await;
        (person, session)
    }
}
