//! Why a request failed.

use std::time::Duration;

use thiserror::Error;

use crate::wire::problem::Problem;

/// Why a request or a stream failed.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The base URL of the server cannot be used.
    #[error("{0:?} is not the URL of a server: it starts with http:// or https://")]
    BadUrl(String),
    /// No connection was made.
    #[error("{server} cannot be reached: {reason}")]
    Unreachable {
        /// The base URL of the server.
        server: String,
        /// What the system says.
        reason: String,
    },
    /// The connection was lost before the whole answer arrived.
    #[error("the connection to {server} was lost")]
    Lost {
        /// The base URL of the server.
        server: String,
    },
    /// The server refused.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// The answer is not one of this API.
    #[error("{server} does not answer like a Parlor server (status {status})")]
    Unexpected {
        /// The base URL of the server.
        server: String,
        /// The HTTP status.
        status: u16,
    },
}

impl ClientError {
    /// Returns the stable code of the problem, if the server named one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.problem().map(|problem| problem.code.as_str())
    }

    /// Returns the problem that the server named.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// Returns true if the same request may succeed later: the server was not reached, or refuses for now.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Lost { .. } => true,
            Self::Problem(problem) => matches!(problem.status, 429 | 500..),
            Self::Unexpected { status, .. } => *status >= 500,
            Self::BadUrl(_) => false,
        }
    }

    /// Returns how long the server asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.problem()?.retry_after_ms.map(Duration::from_millis)
    }
}
