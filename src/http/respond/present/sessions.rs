//! Presents sessions and their tokens.

use super::Present;
use crate::domain::id::SessionId;
use crate::domain::session::{Session, SessionEnd};
use crate::service::access_tokens;
use crate::service::sessions::SessionTokens;
use crate::wire;
use crate::wire::secret::Secret;

impl Present {
    /// Presents the tokens of a session to its holder.
    pub(in crate::http) fn session_tokens(&self, tokens: SessionTokens) -> wire::sessions::SessionTokens {
        wire::sessions::SessionTokens {
            access_token: Secret::new(tokens.access),
            token_type: wire::sessions::TokenType::Bearer,
            expires_in: access_tokens::LIFETIME.as_secs(),
            refresh_token: Secret::new(tokens.refresh),
            session_id: tokens.session.uuid(),
            me: self.me(&tokens.account),
        }
    }

    /// Presents a session to its holder, who asks in the session `current`.
    pub(in crate::http) fn session(&self, session: &Session, current: SessionId) -> wire::sessions::Session {
        wire::sessions::Session {
            session_id: session.id.uuid(),
            device: session.device.as_ref().map(|device| device.as_str().into()),
            created_at: self.time(session.created_at),
            last_used_at: self.time(session.last_used_at),
            current: session.id == current,
        }
    }
}

pub(in crate::http) const fn session_end(end: SessionEnd) -> wire::sessions::SessionEnd {
    match end {
        SessionEnd::Ended => wire::sessions::SessionEnd::Ended,
        SessionEnd::Expired => wire::sessions::SessionEnd::Expired,
        SessionEnd::Password => wire::sessions::SessionEnd::Password,
        SessionEnd::Suspended => wire::sessions::SessionEnd::Suspended,
        SessionEnd::Deleted => wire::sessions::SessionEnd::Deleted,
    }
}
