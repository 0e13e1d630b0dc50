//! A ticket: what opens one stream for a client that cannot send a header.

use super::bounds::{TICKET_FIRST_USE, TICKET_NEXT_USE};
use super::clock::Timestamp;
use super::id::{Credential, LinkId, TicketId};

/// Which stream of a chat a ticket opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketStream {
    /// The chat's own.
    Chat,
    /// The waiting stream of a guest at this link.
    Link(LinkId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Lying { until: Timestamp },
    Open,
}

/// A ticket as it stands at one moment.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Its name in the URL.
    pub id: TicketId,
    /// What it opens.
    pub stream: TicketStream,
    /// For whom; nobody that is known, where a visitor of an open chat asked.
    pub holder: Option<Credential>,
    state: State,
}

/// The ticket's stream is open; it opens one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamOpen;

impl Ticket {
    /// A fresh one, to be used within 30 s.
    #[must_use]
    pub fn new(id: TicketId, stream: TicketStream, holder: Option<Credential>, now: Timestamp) -> Self {
        Self { id, stream, holder, state: State::Lying { until: now + TICKET_FIRST_USE } }
    }

    /// Until when it can be used, unless its stream is open.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        match self.state {
            State::Lying { until } => until,
            State::Open => Timestamp::NEVER,
        }
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_spent(&self, now: Timestamp) -> bool {
        now >= self.until()
    }

    /// Its stream opens.
    pub fn open(&mut self) -> Result<(), StreamOpen> {
        if self.state == State::Open {
            return Err(StreamOpen);
        }
        self.state = State::Open;
        Ok(())
    }

    /// Its stream was interrupted at `now`: it may be opened again for 60 s.
    pub fn interrupt(&mut self, now: Timestamp) {
        self.state = State::Lying { until: now + TICKET_NEXT_USE };
    }
}
