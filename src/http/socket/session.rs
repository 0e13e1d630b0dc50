//! The session of a socket: one task that receives commands, sends events, and watches credentials and time.

use std::pin::Pin;

use futures_util::FutureExt as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::close::Close;
use super::connection::{Connection, Lost, Received};
use super::credentials::{CredentialNumber, Credentials};
use super::encode::{event, events, sent};
use super::pulse::{Beat, Pulse};
use super::subscriptions::{News, Subject, Subscriptions};
use crate::domain::session::SessionEnd;
use crate::http::app::AppState;
use crate::http::respond::present::session_end;
use crate::service::charge::Charge;
use crate::service::counters::OpenSocket;
use crate::service::sockets::{SocketEnd, UnprovenSocket};
use crate::service::streams::event::StreamEvent;
use crate::service::tickets::OpenTicket;
use crate::transport::upgrade::UpgradedSocket;
use crate::wire;

/// Events that are written before the next look at commands and time.
const MAX_BURST: usize = 64;
/// The last events of a stream, from which a client learns that it ends.
const TERMINAL: [&str; 4] = ["chat_closed", "chat_updated", "member_left", "signed_out"];

/// What a socket holds from its request on.
pub(super) struct Admitted {
    pub(super) app: AppState,
    /// The charge of the request, which is open until a credential has proved valid.
    pub(super) charge: Charge,
    pub(super) credentials: Credentials,
    pub(super) unproven: Option<UnprovenSocket>,
    pub(super) ticket: Option<OpenTicket>,
}

/// Why a session ends.
pub(super) enum End {
    /// The connection is closed.
    Gone,
    /// The server closes it.
    Close(CloseFrame),
}

impl From<Lost> for End {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Gone => Self::Gone,
            Lost::Slow => Close::Slow.into(),
        }
    }
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close.frame())
    }
}

/// What a session waits for.
enum Happened {
    Received(Received),
    News(News),
    Ended(CredentialNumber, SocketEnd),
    Beat(Beat),
    Closing,
}

/// The session of one socket.
pub(super) struct Session {
    pub(super) app: AppState,
    /// The charge of the request.
    pub(super) charge: Charge,
    pub(super) connection: Connection,
    pub(super) credentials: Credentials,
    pub(super) subscriptions: Subscriptions,
    pub(super) pulse: Pulse,
    /// Held until a credential has proved valid.
    pub(super) unproven: Option<UnprovenSocket>,
    /// Completes when the server closes its streams.
    closing: Pin<Box<dyn Future<Output = ()> + Send>>,
    is_closing: bool,
    _ticket: Option<OpenTicket>,
    _open: OpenSocket,
}

/// Runs the session of a socket until it ends. What happens once or rarely is boxed, so that an idle socket does not hold its memory.
pub(super) fn run(admitted: Admitted, socket: UpgradedSocket) -> impl Future<Output = ()> + Send {
    let opening = Box::pin(Session::new(admitted, socket));
    async {
        let mut session = opening.await;
        let end = loop {
            if let Err(end) = session.step().await {
                break end;
            }
        };
        Box::pin(session.end(end)).await;
    }
}

impl Session {
    async fn new(admitted: Admitted, socket: UpgradedSocket) -> Box<Self> {
        let Admitted { app, charge, credentials, unproven, ticket } = admitted;
        let service = &app.service;
        let session = Box::new(Self {
            connection: Connection::new(socket, service.clone()).await,
            subscriptions: Subscriptions::default(),
            pulse: Pulse::new(service.clone(), !credentials.is_empty()),
            closing: Box::pin(service.streams_closing()),
            is_closing: false,
            _ticket: ticket,
            _open: service.open_socket(),
            credentials,
            unproven,
            charge,
            app,
        });
        if let Some(person) = session.charge.person() {
            session.connection.recognise(person);
        }
        session
    }

    /// Waits for one thing to happen, and handles it.
    async fn step(&mut self) -> Result<(), End> {
        if self.is_closing && self.subscriptions.len() == 0 {
            return Err(Close::Bye.into());
        }
        let happened = tokio::select! {
            received = self.connection.receive() => Happened::Received(received),
            news = self.subscriptions.next() => Happened::News(news),
            (number, end) = self.credentials.end() => Happened::Ended(number, end),
            beat = self.pulse.next() => Happened::Beat(beat),
            () = &mut self.closing, if !self.is_closing => Happened::Closing,
        };
        match happened {
            Happened::Received(received) => Box::pin(self.receive(received)).await,
            Happened::News(news) => Box::pin(self.deliver(news)).await,
            Happened::Ended(_, SocketEnd::Displaced) => Err(Close::MadeRoom.into()),
            Happened::Ended(number, SocketEnd::SignedOut(why)) => Box::pin(self.sign_out(number, why)).await,
            Happened::Beat(beat) => Box::pin(self.beat(beat)).await,
            Happened::Closing => {
                self.is_closing = true;
                Ok(())
            }
        }
    }

    async fn receive(&mut self, received: Received) -> Result<(), End> {
        match received {
            Received::Text(text) => self.obey(&text).await,
            Received::Binary => Err(Close::NotACommand.into()),
            Received::Violation(frame) => Err(End::Close(frame)),
            Received::Close => {
                // Whether it arrives changes nothing.
                let _ = self.connection.flush().await;
                Err(End::Gone)
            }
            Received::End => Err(End::Gone),
            Received::Pong => {
                self.pulse.pong();
                Ok(())
            }
            Received::Other => Ok(()),
        }
    }

    async fn beat(&mut self, beat: Beat) -> Result<(), End> {
        match beat {
            Beat::NoPong => Err(Close::NoPong.into()),
            Beat::Unauthenticated => Err(Close::Unauthenticated.into()),
            Beat::Ping => Ok(self.connection.ping().await?),
            Beat::Heartbeat(now) => {
                let sent_at = self.app.present.time(now);
                self.tell("heartbeat", &wire::stream_events::Heartbeat { chat_id: None, head: None, door: None, sent_at }).await?;
                Ok(self.connection.flush().await?)
            }
        }
    }

    /// Sends the news of subscriptions, as long as there are more at once.
    async fn deliver(&mut self, news: News) -> Result<(), End> {
        let mut next = Some(news);
        for _ in 0..MAX_BURST {
            let Some(news) = next else { break };
            self.take(news).await?;
            next = self.subscriptions.next().now_or_never();
        }
        if let Some(news) = next {
            self.take(news).await?;
        }
        Ok(self.connection.flush().await?)
    }

    async fn take(&mut self, (subject, stream_event): News) -> Result<(), End> {
        match stream_event {
            None => {
                let is_told = self.subscriptions.is_told(subject);
                self.finish(subject, is_told).await
            }
            // When the server shuts down, the close code says so.
            Some(StreamEvent::Bye(_)) => self.finish(subject, self.app.service.are_streams_closing()).await,
            // The socket has heartbeats of its own; the stream of the account has some too.
            Some(StreamEvent::Heartbeat(..) | StreamEvent::GuestHeartbeat(_)) => Ok(()),
            Some(StreamEvent::SignedOut(why)) => match self.subscriptions.credential(subject) {
                Some(number) => self.sign_out(number, why).await,
                None => Ok(()),
            },
            Some(stream_event) => {
                let bytes = sent(&self.app.present, stream_event);
                let mut is_told = false;
                for one in events(&bytes) {
                    is_told = TERMINAL.contains(&one.name);
                    self.connection.feed(one.frame()).await?;
                }
                self.subscriptions.told(subject, is_told);
                Ok(())
            }
        }
    }

    /// Ends a subscription; sends `bye` unless the client knows already.
    async fn finish(&mut self, subject: Subject, is_told: bool) -> Result<(), End> {
        self.subscriptions.remove(subject);
        if is_told {
            return Ok(());
        }
        let data = match subject {
            Subject::Chat(chat) => wire::socket::SubscriptionEnded { chat_id: Some(chat.to_string()), me: None },
            Subject::Account => wire::socket::SubscriptionEnded { chat_id: None, me: Some(true) },
        };
        Ok(self.tell("bye", &data).await?)
    }

    /// Ends what a credential has, whose session has ended: the socket too, if it was the only one.
    async fn sign_out(&mut self, number: CredentialNumber, why: SessionEnd) -> Result<(), End> {
        self.credentials.remove(number);
        self.tell("signed_out", &wire::sessions::SignedOut { reason: session_end(why) }).await?;
        for subject in self.subscriptions.remove_of(number) {
            self.finish(subject, self.credentials.is_empty()).await?;
        }
        self.connection.flush().await?;
        if self.credentials.is_empty() { Err(Close::SignedOut.into()) } else { Ok(()) }
    }

    async fn tell(&mut self, name: &str, data: &impl serde::Serialize) -> Result<(), Lost> {
        self.connection.feed(event(name, data)).await
    }

    /// Closes the socket. One on which no credential has proved valid counts as a request that found nothing.
    async fn end(self: Box<Self>, end: End) {
        let Self { app, charge, connection, unproven, .. } = *self;
        if let End::Close(frame) = end {
            connection.close(frame).await;
        }
        if unproven.is_some() && app.service.charge_address(&charge).is_ok() {
            app.service.charge_not_found(&charge);
        }
    }
}
