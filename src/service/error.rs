//! Errors of the service in domain terms; `http/respond/problem.rs` maps them to responses.

use std::time::Duration;

use crate::domain::id::KnockId;
use crate::domain::text::InvalidText;
use crate::domain::username::Username;
use crate::store::StoreError;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The resource does not exist, or the caller may not know that it does.
    #[error("not found")]
    NotFound,
    /// The role of the caller in the chat does not allow this.
    #[error("not allowed")]
    NotAllowed,
    /// An account does not take messages from the caller, or does not let the caller add it.
    #[error("not accepted")]
    NotAccepted,
    /// These accounts do not let the caller add them.
    #[error("not accepted")]
    AdditionsNotAccepted(Vec<Username>),
    /// The access token is not valid, or its session has ended.
    #[error("invalid access token")]
    InvalidToken,
    /// This needs an account, and the request has no access token.
    #[error("unauthenticated")]
    Unauthenticated,
    /// This needs the current password, or a recent sign-in.
    #[error("reauthentication needed")]
    Reauthenticate,
    /// Username and password do not match.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The refresh token is unknown, spent or expired.
    #[error("invalid refresh token")]
    InvalidRefreshToken,
    /// The token of a mail is unknown, used, replaced or expired.
    #[error("invalid mail token")]
    InvalidMailToken,
    /// The account is suspended.
    #[error("suspended")]
    Suspended,
    /// Sign-up is closed, or the code is wrong.
    #[error("registration closed")]
    RegistrationClosed,
    /// A field of the request is invalid.
    #[error("{field} {reason}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What is wrong with it, starting with a verb.
        reason: String,
    },
    /// The request conflicts with the current state.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// A rate limit or a limit on pending items was reached; a retry after the duration can succeed.
    #[error("too many: {0:?}")]
    Limit(Limit, Duration),
    /// A storage limit was reached.
    #[error("full: {0:?}")]
    Full(Capacity),
    /// The server is shutting down and accepts no writes.
    #[error("shutting down")]
    ShuttingDown,
    /// The server failed; the request is not at fault.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How a request conflicts with the current state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The decision must name a knock: these are pending.
    SeveralKnocked(Vec<KnockId>),
    /// The knock was decided differently, or has ended.
    AlreadyDecided,
    /// The link has never had a knock.
    NobodyKnocked,
    /// The link has fewer uses left than the decision needs.
    LinkUsedUp,
    /// Members cannot be removed from an open chat.
    ChatIsOpen,
    /// The owner cannot leave.
    OwnerCannotLeave,
    /// A chat from which a member was removed cannot be opened to everyone.
    SomebodyWasRemoved,
    /// The account is a member of the chat already.
    AlreadyMember,
    /// The message was deleted.
    MessageDeleted,
    /// The message has the most kinds of reactions.
    TooManyReactions,
    /// An account has or had the username, or no one may have it.
    UsernameTaken,
    /// A group has or had the name, or no group may have it.
    GroupNameTaken,
    /// The two accounts are friends.
    AlreadyFriends,
    /// The caller blocks the account.
    BlockedByYou,
    /// The account rejected a friend request of the caller, who may ask again after the duration.
    RejectedRecently(Duration),
    /// The friend request was answered the other way, or can no longer be withdrawn.
    AlreadyAnswered,
    /// Somebody else has the endpoint of the push subscription, with other keys.
    EndpointTaken,
}

/// What a limit counts, at one time or over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Requests of a person, of a chat's members, or of an address.
    Requests,
    /// Streams of an address opened without a credential.
    Streams,
    /// Chats created from an address, or direct chats that an account began.
    Openings,
    /// Posts of one author.
    Posts,
    /// Posts to a chat.
    ChatPosts,
    /// Pending knocks.
    Knocks,
    /// Knocks of a guest who was declined recently.
    Declined,
    /// Stream tickets of a chat.
    Tickets,
    /// Idempotency keys kept.
    Keys,
    /// Passwords waiting to be hashed.
    Hashing,
    /// Sign-ups of an address.
    SignUps,
    /// Failed sign-ins of an address or an account.
    SignIns,
    /// Searches of an account.
    Searches,
    /// New names of an account.
    NameChanges,
    /// Friend requests of an account, over a day or pending.
    FriendRequests,
    /// Reports of a person.
    Reports,
    /// Moves of a member's receipt.
    Receipts,
    /// What a member says of its typing.
    Typing,
    /// Mails to a recipient, or asked for from an address.
    Mails,
}

/// Which storage limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// The chat's.
    Chat,
    /// The node's.
    Node,
    /// The account's.
    Account,
}

impl Error {
    /// Wraps an error of the server itself.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// Returns the error of an invalid field; `reason` starts with a verb.
    pub fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }

    /// Returns the error of an idempotency key that was used with another body.
    pub(super) fn key_reused() -> Self {
        Self::invalid("Idempotency-Key", "was used with another body")
    }

    /// Returns the error of a full idempotency cache; the first keys expire within minutes.
    pub(super) const fn too_many_keys() -> Self {
        Self::Limit(Limit::Keys, Duration::from_mins(1))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// Adds the field's name to a text validation error.
pub trait FieldContext<T> {
    /// Returns the result with its error as one of `field`.
    fn in_field(self, field: &'static str) -> Result<T>;
}

impl<T> FieldContext<T> for std::result::Result<T, InvalidText> {
    fn in_field(self, field: &'static str) -> Result<T> {
        self.map_err(|InvalidText(reason)| Error::Invalid { field, reason })
    }
}
