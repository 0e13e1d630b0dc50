//! A session: one sign-in of an account, kept alive by a rotating refresh token.

use std::time::Duration;

use super::clock::Timestamp;
use super::id::{AccountId, SessionId};
use super::text::Device;

/// How long after its first use a refresh token yields the same successor again, for tabs that refresh at once.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);
/// The most sessions of an account; the longest unused gives way.
pub const MAX_SESSIONS: usize = 20;
/// How recent a sign-in must be for a sensitive change without the password.
pub const RECENT_SIGN_IN: Duration = Duration::from_mins(10);
/// How often the last use of a session is recorded.
pub const LAST_USE_STEP: Duration = Duration::from_mins(1);

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct SessionLifetimes {
    /// After the last refresh.
    pub idle: Duration,
    /// After the sign-in.
    pub life: Duration,
}

impl Default for SessionLifetimes {
    fn default() -> Self {
        Self { idle: Duration::from_hours(30 * 24), life: Duration::from_hours(180 * 24) }
    }
}

/// A snapshot of a session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The account that signed in.
    pub account: AccountId,
    /// The device, as the person or its browser names it.
    pub device: Option<Device>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_used_at: Timestamp,
    /// When it was refreshed last.
    pub refreshed_at: Timestamp,
}

impl Session {
    /// Returns when it ends unless it is refreshed.
    #[must_use]
    pub fn expires_at(&self, lifetimes: SessionLifetimes) -> Timestamp {
        (self.refreshed_at + lifetimes.idle).min(self.created_at + lifetimes.life)
    }
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// The person ended it, or its refresh token was used twice.
    Ended,
    /// It was not refreshed in time, or has lived as long as a session may.
    Expired,
    /// The password was changed or reset.
    Password,
    /// The account was suspended.
    Suspended,
    /// The account was deleted.
    Deleted,
}

/// A session that ended, whose streams must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedSession {
    /// The session.
    pub session: SessionId,
    /// Whose it was.
    pub account: AccountId,
    /// Why it ended.
    pub end: SessionEnd,
}
