//! How a stream is authorized and where it resumes.

use crate::domain::id::{Epoch, TicketId};
use crate::domain::ticket::LogPosition;
use crate::hub::frame::Position;
use crate::service::authorization::Caller;
use crate::service::charge::Charge;

/// What authorizes a stream: a credential, or a ticket in the URL.
#[derive(Clone, Debug)]
pub enum StreamAuth {
    /// The caller of the request.
    Caller(Caller),
    /// A ticket, with the charge of the request.
    Ticket(TicketId, Charge),
    /// The caller on a socket, which is counted itself.
    Socket(Caller),
}

/// The position that a client wants to resume at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// None given: start at the head.
    AtHead,
    /// After this position; of the current epoch, if none is given.
    After(Option<Epoch>, Position),
    /// A value that is not a position.
    Invalid,
}

impl From<Option<LogPosition>> for Resume {
    fn from(at: Option<LogPosition>) -> Self {
        at.map_or(Self::Invalid, |LogPosition { epoch, seq, door }| Self::After(epoch, Position { seq, door }))
    }
}
