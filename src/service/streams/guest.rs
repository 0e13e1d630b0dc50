//! The event stream of a waiting guest, from the knock to its decision.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::event::{EventSource, HEARTBEAT, StreamEvent};
use super::open::Authorized;
use super::position::StreamAuth;
use crate::domain::clock::{Sleep, Timestamp};
use crate::domain::event_log::Topic;
use crate::domain::id::LinkId;
use crate::domain::knock::{GuestKnock, KnockStatus};
use crate::domain::ticket::TicketStream;
use crate::error_chain::error_chain;
use crate::hub::Subscription;
use crate::service::Service;
use crate::service::authorization::Caller;
use crate::service::counters::OpenStream;
use crate::service::error::{Error, Result};
use crate::service::stream_permits::{Carrier, StreamPermit};
use crate::service::tickets::OpenTicket;

/// Whether a guest has received the outcome of their knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionSeen {
    /// The client names `knock_decided` as its last event.
    Yes,
    /// The client does not say so.
    No,
}

/// The result of opening a guest's stream.
#[derive(Debug)]
pub enum GuestStreamOutcome {
    /// No stream: the knock has ended and the guest knows the outcome.
    Over,
    /// An open stream.
    Stream(GuestStream),
}

impl Service {
    /// Returns the status of the knock on `link` that the caller's credential was issued for.
    pub async fn guest_status(&self, link: LinkId, caller: &Caller) -> Result<KnockStatus> {
        let client = caller.principal().ok_or(Error::NotFound)?;
        let known = self.store.find_knock(link, client, self.now()).await?.ok_or(Error::NotFound)?;
        self.charge_knocker(caller.charge(), &known)?;
        Ok(known.knock.status)
    }

    /// Opens the stream of the knock on `link` that the caller's credential was issued for.
    pub async fn open_guest_stream(self: &Arc<Self>, link: LinkId, auth: StreamAuth, seen: DecisionSeen) -> Result<GuestStreamOutcome> {
        let Authorized { caller, ticket, carrier } = match auth {
            StreamAuth::Caller(caller) => Authorized::without_ticket(caller, Carrier::Stream),
            StreamAuth::Socket(caller) => Authorized::without_ticket(caller, Carrier::Subscription),
            StreamAuth::Ticket(..) => {
                let (chat, _) = self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?;
                self.authorize_stream(auth, TicketStream::Link(chat, link)).await?
            }
        };
        let client = caller.principal().ok_or(Error::NotFound)?;
        let known = self.store.find_knock(link, client, self.now()).await?.ok_or(Error::NotFound)?;
        self.charge_knocker(caller.charge(), &known)?;
        let subscription = self.hub.join(Topic::Door(known.chat));
        let status = known.knock.status;
        if seen == DecisionSeen::Yes && status != KnockStatus::Pending {
            return Ok(GuestStreamOutcome::Over);
        }
        let first = VecDeque::from([StreamEvent::Waiting(status)]);
        let heartbeat = self.clock.sleep_until(self.now() + HEARTBEAT);
        let (permit, open) = (self.permit_carrier(&caller, subscription.room().topic(), carrier).await?, self.open_stream());
        let reader = GuestReader { service: self.clone(), known, subscription, first, heartbeat, over: false, permit, _ticket: ticket, _open: open };
        Ok(GuestStreamOutcome::Stream(reader.into_stream()))
    }
}

/// Reads the status of one knock, and holds what its stream needs while it is open.
struct GuestReader {
    service: Arc<Service>,
    known: GuestKnock,
    subscription: Subscription,
    first: VecDeque<StreamEvent>,
    heartbeat: Sleep,
    over: bool,
    permit: StreamPermit,
    _ticket: Option<OpenTicket>,
    _open: OpenStream,
}

impl GuestReader {
    fn into_stream(self) -> GuestStream {
        GuestStream(stream::unfold(self, async |mut reader| Some((reader.next().await?, reader))).boxed())
    }

    /// Returns the next event; `None` after the last one.
    async fn next(&mut self) -> Option<StreamEvent> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        if self.over {
            return None;
        }
        let event = self.next_event().await.unwrap_or_else(|error| {
            tracing::error!(error = error_chain(&error), "a guest's stream failed");
            None
        });
        self.over = !matches!(event, Some(StreamEvent::GuestHeartbeat(_)));
        event
    }

    async fn next_event(&mut self) -> Result<Option<StreamEvent>> {
        loop {
            match self.knock().await? {
                Some(known) if known.knock.status == KnockStatus::Pending => {}
                known => return Ok(known.map(|known| StreamEvent::Decided(Box::new(known)))),
            }
            if let Some(end) = self.permit.session_end() {
                return Ok(Some(StreamEvent::SignedOut(end)));
            }
            if self.service.closing.is_cancelled() || self.permit.is_displaced() {
                return Ok(Some(self.service.bye()));
            }
            tokio::select! {
                () = self.subscription.changed() => {}
                () = &mut self.heartbeat => {
                    let now = self.service.now();
                    self.heartbeat = self.service.clock.sleep_until(now + HEARTBEAT);
                    return Ok(Some(StreamEvent::GuestHeartbeat(now)));
                }
            }
        }
    }

    /// Returns the knock. If the chat ended meanwhile, the knock counts as expired; if only the knock was removed, returns `None`.
    async fn knock(&self) -> Result<Option<GuestKnock>> {
        let (link, client, now) = (self.known.knock.link, self.known.client, self.service.now());
        let knock = self.service.store.find_knock(link, client, now).await?;
        let chat = [self.subscription.room().topic()];
        if knock.is_some() || self.service.store.heads(&chat, now).await?.iter().any(Option::is_some) {
            return Ok(knock);
        }
        let mut known = self.known.clone();
        known.knock.status = KnockStatus::Expired;
        Ok(Some(known))
    }
}

/// The stream of a waiting guest. Dropping it closes the stream.
pub struct GuestStream(BoxStream<'static, StreamEvent>);

impl fmt::Debug for GuestStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuestStream").finish_non_exhaustive()
    }
}

impl EventSource for GuestStream {
    fn poll_next(&mut self, _: Timestamp, waker: &dyn Fn() -> Waker) -> Poll<Option<StreamEvent>> {
        self.0.poll_next_unpin(&mut Context::from_waker(&waker()))
    }
}
