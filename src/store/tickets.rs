//! Store contract for stream tickets.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Committed, StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::TicketId;
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::ticket::{OpenedTicket, Ticket, TicketStream};

/// Why no ticket was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIssued {
    /// There is no such chat.
    Gone,
    /// The session has ended in which a ticket for an account was requested.
    SignedOut,
    /// The chat or the account has reached its limit of tickets. A later attempt may succeed.
    TooMany,
    /// The node's memory is exhausted.
    NodeFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// Why a ticket does not open a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdmitted {
    /// There is no such ticket for this stream, or it has expired.
    Gone,
    /// Its stream is already open.
    StreamOpen,
}

/// Tickets for streams. One for the stream of an account ends with the session that it was issued in.
#[async_trait]
pub trait Tickets: Debug + Send + Sync {
    /// Stores a new ticket. The results of keyed requests for the stream of an account are kept for each session by itself.
    async fn issue_ticket(&self, ticket: Ticket, key: Option<IdempotencyKey>, now: Timestamp) -> WriteResult<Idempotent<Ticket>, NotIssued>;

    /// Marks the ticket's stream as open and returns what it opens with.
    async fn open_ticket(&self, stream: TicketStream, ticket: TicketId, now: Timestamp) -> WriteResult<OpenedTicket, NotAdmitted>;

    /// Marks the ticket's stream as interrupted: it may be reopened for a while.
    async fn interrupt_ticket(&self, stream: TicketStream, ticket: TicketId, now: Timestamp) -> StoreResult<Committed<()>>;
}
