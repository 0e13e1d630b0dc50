//! Tickets in memory.

use async_trait::async_trait;

use super::MemoryStore;
use super::keys::refuse_bad_key;
use super::state::{ChatState, Made};
use crate::domain::bounds::TICKETS;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, Credential, TicketId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::ticket::{Ticket, TicketStream};
use crate::store::tickets::{NotAdmitted, NotIssued, Tickets};
use crate::store::{Committed, StoreResult, Write};

refuse_bad_key!(NotIssued);

#[async_trait]
impl Tickets for MemoryStore {
    async fn issue_ticket(&self, chat: ChatId, ticket: Ticket, key: Option<IdempotencyKey>, now: Timestamp) -> Write<Once<Ticket>, NotIssued> {
        Ok(self.write(chat, now, NotIssued::Gone, |state| {
            if let Some(Made::Ticket(ticket)) = state.keys.made(key.as_ref(), now)? {
                return Ok(Once::again(*ticket));
            }
            if self.fill().is_over() {
                return Err(NotIssued::NodeFull);
            }
            state.tickets.retain(|ticket| !ticket.is_spent(now));
            if state.tickets.len() >= TICKETS {
                return Err(NotIssued::TooMany);
            }
            state.tickets.push(ticket.clone());
            state.keys.keep(key.as_ref(), || Made::Ticket(Box::new(ticket.clone())), now);
            Ok(Once::first(ticket))
        }))
    }

    async fn open_ticket(&self, chat: ChatId, stream: TicketStream, ticket: TicketId, now: Timestamp) -> Write<Option<Credential>, NotAdmitted> {
        Ok(self.write(chat, now, NotAdmitted::Gone, |state| {
            let ticket = state.ticket(ticket).filter(|ticket| ticket.stream == stream && !ticket.is_spent(now)).ok_or(NotAdmitted::Gone)?;
            ticket.open().map_err(|_| NotAdmitted::StreamOpen)?;
            Ok(ticket.holder)
        }))
    }

    async fn interrupt_ticket(&self, chat: ChatId, ticket: TicketId, now: Timestamp) -> StoreResult<Committed<()>> {
        let done = self.write(chat, now, (), |state| {
            if let Some(ticket) = state.ticket(ticket) {
                ticket.interrupt(now);
            }
            Ok(())
        });
        Ok(done.unwrap_or_else(|()| Committed::new((), Vec::new())))
    }
}

impl ChatState {
    fn ticket(&mut self, id: TicketId) -> Option<&mut Ticket> {
        self.tickets.iter_mut().find(|ticket| ticket.id == id)
    }
}
