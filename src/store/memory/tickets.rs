//! Stream tickets in memory: those of a chat are in its state, those of an account with its sessions.

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::idempotency::impl_from_key_error;
use super::chat::{ChatState, StoredOutcome, TicketList};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, TicketId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::limits::MAX_TICKETS;
use crate::domain::ticket::{OpenedTicket, Ticket, TicketStream};
use crate::store::tickets::{NotAdmitted, NotIssued, Tickets};
use crate::store::{Committed, StoreResult, WriteResult};

impl_from_key_error!(NotIssued);

#[async_trait]
impl Tickets for MemoryStore {
    async fn issue_ticket(&self, ticket: Ticket, key: Option<IdempotencyKey>, now: Timestamp) -> WriteResult<Idempotent<Ticket>, NotIssued> {
        let Some(chat) = ticket.stream.chat() else {
            let issued = self.directory_mut().sessions.issue_ticket(ticket, key.as_ref(), self.memory_usage(), now);
            return Ok(issued.map(|issued| Committed::new(issued, Vec::new())));
        };
        Ok(self.issue_for_chat(chat, ticket, key.as_ref(), now))
    }

    async fn open_ticket(&self, stream: TicketStream, ticket: TicketId, now: Timestamp) -> WriteResult<OpenedTicket, NotAdmitted> {
        let Some(chat) = stream.chat() else {
            let opened = self.directory_mut().sessions.open_ticket(stream, ticket, now);
            return Ok(opened.map(|opened| Committed::new(opened, Vec::new())));
        };
        Ok(self.write(chat, now, NotAdmitted::Gone, |state| {
            let ticket = state.ticket(ticket).filter(|ticket| ticket.stream == stream && !ticket.is_expired(now)).ok_or(NotAdmitted::Gone)?;
            ticket.open().map_err(|_| NotAdmitted::StreamOpen)
        }))
    }

    async fn interrupt_ticket(&self, stream: TicketStream, ticket: TicketId, now: Timestamp) -> StoreResult<Committed<()>> {
        let Some(chat) = stream.chat() else {
            self.directory_mut().sessions.interrupt_ticket(ticket, now);
            return Ok(Committed::new((), Vec::new()));
        };
        let done = self.write(chat, now, (), |state| {
            if let Some(ticket) = state.ticket(ticket) {
                ticket.interrupt(now);
            }
            Ok(())
        });
        Ok(done.unwrap_or_else(|()| Committed::new((), Vec::new())))
    }
}

impl MemoryStore {
    fn issue_for_chat(
        &self,
        chat: ChatId,
        ticket: Ticket,
        key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> Result<Committed<Idempotent<Ticket>>, NotIssued> {
        self.write(chat, now, NotIssued::Gone, |state| {
            if let Some(StoredOutcome::Ticket(ticket)) = state.keys.lookup(key, now)? {
                return Ok(Idempotent::replayed(*ticket));
            }
            if self.memory_usage().is_exhausted() {
                return Err(NotIssued::NodeFull);
            }
            let TicketList(tickets) = &mut **state.tickets.get_or_insert_default();
            tickets.retain(|ticket| !ticket.is_expired(now));
            if tickets.len() >= MAX_TICKETS {
                return Err(NotIssued::TooMany);
            }
            tickets.push(ticket.clone());
            state.keys.insert(key, || StoredOutcome::Ticket(Box::new(ticket.clone())), now);
            Ok(Idempotent::new(ticket))
        })
    }
}

impl ChatState {
    fn ticket(&mut self, id: TicketId) -> Option<&mut Ticket> {
        self.tickets.as_mut()?.0.iter_mut().find(|ticket| ticket.id == id)
    }
}
