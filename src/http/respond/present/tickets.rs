//! Presents tickets.

use super::Present;
use crate::domain::ticket::Ticket;
use crate::wire;
use crate::wire::secret::Secret;

impl Present {
    /// Presents a ticket.
    pub(in crate::http) fn ticket(&self, ticket: &Ticket) -> wire::tickets::Ticket {
        wire::tickets::Ticket { ticket: Secret::new(ticket.id), expires_at: self.time(ticket.expires_at()) }
    }
}
