//! Tickets: for clients that open a stream and cannot send a header.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::access::Caller;
use super::error::{Error, Full, Limit, Result, chain};
use super::knocks::Standing;
use crate::domain::bounds::TICKET_FIRST_USE;
use crate::domain::id::{ChatId, Credential, LinkId, TicketId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::ticket::{Ticket, TicketStream};
use crate::store::tickets::{NotAdmitted, NotIssued};

/// How often a ticket is tried whose stream seems open: the server may not have noticed yet that it was interrupted.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Which stream a ticket is asked for.
#[derive(Clone, Copy, Debug)]
pub enum TicketFor {
    /// A chat's.
    Chat(ChatId),
    /// The one on which a guest waits.
    Link(LinkId),
}

impl Service {
    /// Issues a ticket to whoever may open the stream.
    pub async fn issue_ticket(self: &Arc<Self>, stream: TicketFor, caller: &Caller, key: Option<IdempotencyKey>) -> Result<Once<Ticket>> {
        let (chat, stream) = match stream {
            TicketFor::Chat(chat) => (self.view(chat, caller).await?.chat.id, TicketStream::Chat),
            TicketFor::Link(link) => match self.standing(link, caller).await? {
                Some(Standing::Knocked(knocked)) => (knocked.chat, TicketStream::Link(link)),
                _ => return Err(Error::NotFound),
            },
        };
        let ticket = Ticket::new(TicketId::random(self.dice.as_ref()), stream, caller.credential(), self.now());
        self.commit(move |store, now| async move { store.issue_ticket(chat, ticket, key, now).await }).await
    }

    /// Takes a ticket for a stream of `chat`: whose it is, and a hold on it for as long as the stream is open.
    pub(super) async fn take_ticket(
        self: &Arc<Self>,
        chat: ChatId,
        stream: TicketStream,
        ticket: TicketId,
    ) -> Result<(Option<Credential>, TicketHold)> {
        for _ in 0..TRIES {
            let service = self.clone();
            let opening = self.tasks.spawn(async move { service.open_ticket(chat, stream, ticket).await });
            match opening.await.map_err(Error::internal)?? {
                Some(opened) => return Ok(opened),
                None => self.real_pause().await,
            }
        }
        Err(Error::NotFound)
    }

    /// Opens a ticket, unless its stream is open. It runs in a task of its own, so that an opened ticket always has a hold.
    async fn open_ticket(self: Arc<Self>, chat: ChatId, stream: TicketStream, ticket: TicketId) -> Result<Option<(Option<Credential>, TicketHold)>> {
        match self.store.open_ticket(chat, stream, ticket, self.now()).await? {
            Ok(committed) => {
                let credential = self.announce(committed);
                Ok(Some((credential, TicketHold { service: self, chat, ticket })))
            }
            Err(NotAdmitted::StreamOpen) => Ok(None),
            Err(NotAdmitted::Gone) => Err(Error::NotFound),
        }
    }

    /// A pause for the network to catch up, which no test's clock can shorten.
    #[expect(clippy::disallowed_methods, reason = "waits for a socket, not for a moment")]
    async fn real_pause(&self) {
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
}

/// A ticket whose stream is open. Dropping it is the interruption.
#[derive(Debug)]
pub(super) struct TicketHold {
    service: Arc<Service>,
    chat: ChatId,
    ticket: TicketId,
}

impl Drop for TicketHold {
    fn drop(&mut self) {
        let (service, chat, ticket) = (self.service.clone(), self.chat, self.ticket);
        self.service.tasks.spawn(async move {
            match service.store.interrupt_ticket(chat, ticket, service.now()).await {
                Ok(committed) => service.announce(committed),
                Err(error) => tracing::error!(error = chain(&error), "a ticket could not be laid down"),
            }
        });
    }
}

impl From<NotIssued> for Error {
    fn from(refusal: NotIssued) -> Self {
        match refusal {
            NotIssued::Gone => Self::NotFound,
            NotIssued::NodeFull => Self::Full(Full::Node),
            NotIssued::TooMany => Self::Limit(Limit::Tickets, TICKET_FIRST_USE),
            NotIssued::KeyReused => Self::key_reused(),
            NotIssued::TooManyKeys => Self::too_many_keys(),
        }
    }
}
