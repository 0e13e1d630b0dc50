//! Presents tickets.

use super::Present;
use crate::domain::ticket::{Ticket, TicketStream};
use crate::wire;
use crate::wire::secret::Secret;

impl Present {
    /// Presents a ticket.
    pub(in crate::http) fn ticket(&self, ticket: &Ticket) -> wire::tickets::Ticket {
        let secret = match ticket.stream {
            // A socket's URL does not name the chat that keeps the ticket.
            TicketStream::Socket(Some(chat)) => Secret::new(format_args!("{chat}.{}", ticket.id)),
            _ => Secret::new(ticket.id),
        };
        wire::tickets::Ticket { ticket: secret, expires_at: self.time(ticket.expires_at()) }
    }
}
