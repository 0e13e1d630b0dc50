//! What can go wrong, in words of the domain; `http/problem.rs` makes answers of them.

use std::time::Duration;

use crate::domain::id::KnockId;
use crate::domain::text::Refusal;
use crate::store::StoreError;

/// What a use case answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing here for whoever asks; it does not say whether there is for others.
    #[error("not found")]
    NotFound,
    /// A member asked for what only the owner may.
    #[error("not allowed")]
    NotAllowed,
    /// Something in the request is not what it must be.
    #[error("{field} {reason}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong, beginning with a verb.
        reason: String,
    },
    /// It does not go with how things stand.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// A bound on what may wait at one time, or happen in a while, was reached; waiting helps.
    #[error("too many: {0:?}")]
    Limit(Limit, Duration),
    /// A bound on what may be kept was reached.
    #[error("full: {0:?}")]
    Full(Full),
    /// The server is about to end, and changes nothing any more.
    #[error("shutting down")]
    ShuttingDown,
    /// It could not be done, and it is not the caller's fault.
    #[error("it could not be done")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What does not go with how things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The knock that is meant must be named; these wait.
    SeveralKnocked(Vec<KnockId>),
    /// It was decided otherwise, or ended by itself.
    AlreadyDecided,
    /// Nobody ever knocked on that link.
    NobodyKnocked,
    /// The link has fewer uses left.
    LinkUsedUp,
    /// Nobody can be removed from an open chat.
    ChatIsOpen,
    /// The owner cannot leave.
    OwnerCannotLeave,
    /// The chat cannot be opened once somebody was removed.
    SomebodyWasRemoved,
}

/// What there may be only so many of, at one time or in a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests of a person, a chat's members, or an address.
    Requests,
    /// Streams of an address without a credential.
    Streams,
    /// New chats of an address.
    Openings,
    /// Posts of somebody.
    Posts,
    /// Posts into a chat.
    ChatPosts,
    /// Knocks that wait.
    Knocks,
    /// Knocks of somebody who was declined a while ago.
    Declined,
    /// Tickets.
    Tickets,
    /// Idempotency keys.
    Keys,
}

/// What is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The chat.
    Chat,
    /// The node.
    Node,
}

impl Error {
    /// An error that is not the caller's fault.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// What is wrong with a field.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }

    /// A key that was used with another body.
    pub(super) fn key_reused() -> Self {
        Self::invalid("Idempotency-Key", "was used with another body")
    }

    /// More keys than are kept at one time; the first lapse within minutes.
    pub(super) const fn too_many_keys() -> Self {
        Self::Limit(Limit::Keys, Duration::from_mins(1))
    }
}

/// What failed, and what made it fail, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// Names the field that a refused text stood in.
pub trait InField<T> {
    /// The same, as an error of `field`.
    fn in_field(self, field: &'static str) -> Result<T>;
}

impl<T> InField<T> for std::result::Result<T, Refusal> {
    fn in_field(self, field: &'static str) -> Result<T> {
        self.map_err(|Refusal(reason)| Error::Invalid { field, reason })
    }
}
