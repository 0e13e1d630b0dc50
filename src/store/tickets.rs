//! What a store keeps of stream tickets.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Committed, StoreResult, Write};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, Credential, TicketId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::ticket::{Ticket, TicketStream};

/// Why no ticket was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotIssued {
    /// There is no such chat.
    Gone,
    /// The chat has as many tickets as it may. Waiting helps.
    TooMany,
    /// The node holds as much as it may, and more.
    NodeFull,
    /// The key was used with another body.
    KeyReused,
    /// More keys are kept than may be.
    TooManyKeys,
}

/// Why a ticket opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdmitted {
    /// There is no such ticket for this stream, or its time is over.
    Gone,
    /// Its stream is open.
    StreamOpen,
}

/// Tickets for streams.
#[async_trait]
pub trait Tickets: Debug + Send + Sync {
    /// Keeps a fresh ticket.
    async fn issue_ticket(&self, chat: ChatId, ticket: Ticket, key: Option<IdempotencyKey>, now: Timestamp) -> Write<Once<Ticket>, NotIssued>;

    /// Its stream opens; answers whose ticket it is.
    async fn open_ticket(&self, chat: ChatId, stream: TicketStream, ticket: TicketId, now: Timestamp) -> Write<Option<Credential>, NotAdmitted>;

    /// Its stream was interrupted: it may be opened again for a while.
    async fn interrupt_ticket(&self, chat: ChatId, ticket: TicketId, now: Timestamp) -> StoreResult<Committed<()>>;
}
