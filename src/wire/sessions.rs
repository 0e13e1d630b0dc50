//! Wire types of sessions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::accounts::Me;
use super::secret::Secret;
use super::time::Time;

/// A sign-in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ana", "password": "plum-tree-42", "device": "Kitchen tablet"}))]
pub struct NewSession {
    /// Your username, or your verified e-mail address.
    #[schema(value_type = String)]
    pub username: Secret,
    /// Your password.
    #[schema(value_type = String)]
    pub password: Secret,
    /// A name for the device, 1 to 60 characters. Default: the beginning of the user agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// A refresh of a session.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "mJx0Wl3rUu9bR1sEo6T5yKqHc8vDfZgNnAa2XpLtQwI"}))]
pub struct SessionRefresh {
    /// The last refresh token that you got. It is spent by this call.
    #[schema(value_type = String)]
    pub refresh_token: Secret,
}

/// The type of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum TokenType {
    /// Sent as `Authorization: Bearer …`.
    Bearer,
}

/// The tokens of a session. Both are secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionTokens {
    /// Send it as `Authorization: Bearer …`, wherever a credential is accepted.
    #[schema(value_type = String)]
    pub access_token: Secret,
    /// How it is sent.
    pub token_type: TokenType,
    /// How long the access token is valid, in seconds.
    #[schema(example = 900)]
    pub expires_in: u64,
    /// Exchange it for new tokens before the access token expires. It can be used once.
    #[schema(value_type = String)]
    pub refresh_token: Secret,
    /// The session's id.
    pub session_id: Uuid,
    /// Your account.
    pub me: Me,
}

/// One of your sessions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// Its id.
    pub session_id: Uuid,
    /// The device you signed in with.
    #[schema(example = "Kitchen tablet")]
    pub device: Option<String>,
    /// When you signed in.
    pub created_at: Time,
    /// When it was used last, to the minute.
    pub last_used_at: Time,
    /// Whether it is the one that you ask in.
    pub current: bool,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// You ended it, it gave way to newer ones, or its refresh token was used twice.
    Ended,
    /// It was not refreshed in time.
    Expired,
    /// The password was changed or reset.
    Password,
    /// The account was suspended.
    Suspended,
    /// The account was deleted.
    Deleted,
}

/// `signed_out`: the session has ended, and its streams with it. It is the last event.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct SignedOut {
    /// Why.
    pub reason: SessionEnd,
}
