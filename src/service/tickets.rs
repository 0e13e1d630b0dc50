//! Stream tickets, for clients that cannot send an `Authorization` header.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::authorization::Caller;
use super::charge::Charge;
use super::error::{Capacity, Error, Limit, Result};
use super::knocks::LinkRelation;
use crate::domain::id::{ChatId, LinkId, TicketId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::limits::TICKET_FIRST_USE_TIMEOUT;
use crate::domain::ticket::{ChatCursor, OpenedTicket, Ticket, TicketHolder, TicketStream};
use crate::error_chain::error_chain;
use crate::store::tickets::{NotAdmitted, NotIssued};

/// Attempts to open a ticket whose stream seems open: the server may not have noticed yet that it was interrupted.
const MAX_ATTEMPTS: u32 = 20;
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// The stream that a ticket is requested for.
#[derive(Clone, Debug)]
pub enum TicketFor {
    /// A chat's stream.
    Chat(ChatId),
    /// A waiting guest's stream.
    Link(LinkId),
    /// The stream of the caller's account, which goes on in these chats.
    Account(Vec<ChatCursor>),
    /// A socket, of a member of this chat or of the caller's account.
    Socket(Option<ChatId>),
}

impl Service {
    /// Issues a ticket to a caller who may open the stream.
    pub async fn issue_ticket(self: &Arc<Self>, stream: TicketFor, caller: &Caller, key: Option<IdempotencyKey>) -> Result<Idempotent<Ticket>> {
        let mut cursors = Vec::new();
        let stream = match stream {
            TicketFor::Chat(chat) => TicketStream::Chat(self.require_reader(chat, caller).await?.chat.id),
            TicketFor::Link(link) => match self.link_relation(link, caller).await? {
                Some(LinkRelation::Knocked(knocked)) => TicketStream::Link(knocked.chat, link),
                _ => return Err(Error::NotFound),
            },
            TicketFor::Socket(Some(chat)) => {
                self.require_member(chat, caller).await?;
                TicketStream::Socket(Some(chat))
            }
            TicketFor::Socket(None) => {
                self.admit_account(caller)?;
                TicketStream::Socket(None)
            }
            TicketFor::Account(wanted) => {
                self.admit_account(caller)?;
                cursors = wanted;
                TicketStream::Account
            }
        };
        let ticket = Ticket::new(TicketId::random(self.random.as_ref()), stream, caller.ticket_holder(), self.now());
        let ticket = if cursors.is_empty() { ticket } else { ticket.with_cursors(cursors) };
        self.commit(move |store, now| async move { store.issue_ticket(ticket, key, now).await }).await
    }

    /// Redeems a ticket for a socket. Returns its holder, and a guard that marks the ticket as in use while the socket is open.
    pub async fn redeem_socket_ticket(self: &Arc<Self>, chat: Option<ChatId>, ticket: TicketId, charge: Charge) -> Result<(Caller, OpenTicket)> {
        let (holder, guard) = self.redeem_ticket(TicketStream::Socket(chat), ticket).await?;
        Ok((Caller::with_ticket(holder, charge), guard))
    }

    /// Redeems a ticket for a stream. Returns its holder, and a guard that marks the ticket as in use while the stream is open.
    pub(super) async fn redeem_ticket(self: &Arc<Self>, stream: TicketStream, ticket: TicketId) -> Result<(TicketHolder, OpenTicket)> {
        for _ in 0..MAX_ATTEMPTS {
            let service = self.clone();
            let opening = self.tasks.spawn(async move { service.open_ticket(stream, ticket).await });
            match opening.await.map_err(Error::internal)?? {
                Some(opened) => return Ok(opened),
                None => self.real_pause().await,
            }
        }
        Err(Error::NotFound)
    }

    /// Opens a ticket, unless its stream is open. It runs in a task of its own, so that an opened ticket always has a guard.
    async fn open_ticket(self: Arc<Self>, stream: TicketStream, ticket: TicketId) -> Result<Option<(TicketHolder, OpenTicket)>> {
        match self.store.open_ticket(stream, ticket, self.now()).await? {
            Ok(committed) => {
                let OpenedTicket { holder, cursors } = self.announce(committed);
                Ok(Some((holder, OpenTicket { service: self, stream, ticket, cursors })))
            }
            Err(NotAdmitted::StreamOpen) => Ok(None),
            Err(NotAdmitted::Gone) => Err(Error::NotFound),
        }
    }

    /// Pauses in real time, which a test's clock does not shorten: the network must catch up.
    #[expect(clippy::disallowed_methods, reason = "waits for a socket, not for a point in time")]
    async fn real_pause(&self) {
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}

/// A guard of a ticket whose stream is open. Dropping it records the interruption.
#[derive(Debug)]
pub struct OpenTicket {
    service: Arc<Service>,
    stream: TicketStream,
    ticket: TicketId,
    cursors: Option<Arc<[ChatCursor]>>,
}

impl OpenTicket {
    /// Returns where a stream of several chats goes on.
    pub(super) fn cursors(&self) -> &[ChatCursor] {
        self.cursors.as_deref().unwrap_or_default()
    }
}

impl Drop for OpenTicket {
    fn drop(&mut self) {
        let (service, stream, ticket) = (self.service.clone(), self.stream, self.ticket);
        self.service.tasks.spawn(async move {
            match service.store.interrupt_ticket(stream, ticket, service.now()).await {
                Ok(committed) => service.announce(committed),
                Err(error) => tracing::error!(error = error_chain(&error), "recording the interruption of a ticket failed"),
            }
        });
    }
}

impl From<NotIssued> for Error {
    fn from(refusal: NotIssued) -> Self {
        match refusal {
            NotIssued::Gone => Self::NotFound,
            NotIssued::SignedOut => Self::InvalidToken,
            NotIssued::NodeFull => Self::Full(Capacity::Node),
            NotIssued::TooMany => Self::Limit(Limit::Tickets, TICKET_FIRST_USE_TIMEOUT),
            NotIssued::KeyReused => Self::key_reused(),
            NotIssued::TooManyKeys => Self::too_many_keys(),
        }
    }
}
