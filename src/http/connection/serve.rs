//! One connection, from its first byte to its end: by a writer while it is a stream, else by hyper.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{StatusCode, Version};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::admission::AddressPermit;
use super::bodies::{Reply, Upload};
use super::course::{Course, Cut, Framing, Peer};
use super::multiplex::Streams;
use super::patience::Patient;
use super::writers::{Resting, Taken, Writers};
use super::{Hold, OneTooMany, Root, head};
use crate::domain::clock::Clock;
use crate::http::handover::{Handover, Listening};
use crate::http::meter::Meter;
use crate::service::error::chain;

/// How the connections of a listener are served.
pub(super) struct Serving<S> {
    pub(super) root: S,
    pub(super) builder: Arc<Builder<Streams>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) meter: Arc<Meter>,
    pub(super) ending: CancellationToken,
    pub(super) cut: CancellationToken,
    pub(super) open: TaskTracker,
    /// Who takes streams, and where their connections come back; none where hyper keeps them.
    pub(super) writers: Option<(Writers, mpsc::UnboundedSender<Resting>)>,
}

/// An answer that the router has given, with the turn that ends with it.
type Answered = Response<Reply>;

/// What the first bytes of a connection lead to.
enum First {
    /// To hyper, whose first request has been answered, if that is there.
    Http(Option<Answered>),
    /// To a writer.
    Stream(Box<(Response, Listening)>),
}

impl<S: Root> Serving<S> {
    /// Serves a connection that was accepted.
    pub(super) async fn begins(self: Arc<Self>, socket: TcpStream, address: SocketAddr, hold: Hold, course: Arc<Course>) {
        let mut socket = Patient::new(socket, course.clone());
        let first = tokio::select! {
            biased;
            // In a box of its own, which is gone afterwards: what this task is made of stays as long as the connection.
            first = Box::pin(self.first(&mut socket, &course, address, &hold)) => first,
            () = self.cut.cancelled() => return,
        };
        match first {
            Ok(Some(First::Http(answered))) => Box::pin(self.serves(socket, course, address, hold, answered)).await,
            Ok(Some(First::Stream(stream))) => self.hands_over(socket.into_socket(), address, hold, *stream),
            Ok(None) => {}
            Err(error) => self.broke_off(&course, &error),
        }
    }

    /// Serves a connection whose stream has ended.
    pub(super) async fn resumes(self: Arc<Self>, resting: Resting) {
        let Resting { socket, address, hold, counted } = resting;
        // This task counts as well.
        drop(counted);
        let course = Course::resume(hold.peer, self.clock.clone());
        if let Some(permit) = hold.unrecognised() {
            permit.attach(&course);
        }
        let socket = Patient::new(socket, course.clone());
        self.serves(socket, course, address, hold, None).await;
    }

    /// Asks the router, if the first bytes ask for a stream; nothing where the end comes before them.
    async fn first(&self, socket: &mut Patient, course: &Arc<Course>, address: SocketAddr, hold: &Hold) -> io::Result<Option<First>> {
        if self.writers.is_none() || course.peer() == Peer::OneTooMany {
            return Ok(Some(First::Http(None)));
        }
        let read = tokio::select! {
            biased;
            read = head::read(socket) => read?,
            () = self.ending.cancelled() => return Ok(None),
            () = course.retires() => return Ok(None),
        };
        let Some(mut request) = read else { return Ok(Some(First::Http(None))) };
        let (turn, handover) = (course.take_turn(Framing::Plain), Handover::default());
        request.extensions_mut().insert(ConnectInfo(address));
        request.extensions_mut().insert(handover.clone());
        if let Some(permit) = hold.unrecognised() {
            request.extensions_mut().insert(permit);
        }
        let Ok(response) = self.root.clone().oneshot(request).await;
        Ok(Some(match handover.take() {
            Some(listening) if response.status() == StatusCode::OK => First::Stream(Box::new((response, listening))),
            _ => First::Http(Some(response.map(|body| Reply::new(body, turn)))),
        }))
    }

    fn hands_over(&self, socket: TcpStream, address: SocketAddr, hold: Hold, (response, listening): (Response, Listening)) {
        let Some((writers, back)) = &self.writers else { return };
        if let Some(permit) = hold.unrecognised() {
            permit.detach();
        }
        let resting = Resting { socket, address, hold, counted: self.open.token() };
        writers.take(Taken { resting, response, listening, back: back.clone() });
    }

    /// Serves a connection by hyper, to its end.
    async fn serves(self: Arc<Self>, socket: Patient, course: Arc<Course>, address: SocketAddr, hold: Hold, answered: Option<Answered>) {
        let refused = (hold.peer == Peer::OneTooMany).then_some(OneTooMany);
        let answered = Mutex::new(answered);
        let answer = service_fn(|request| {
            let answered = answered.lock().take();
            let (root, course, permit) = (self.root.clone(), course.clone(), hold.unrecognised());
            async move {
                match answered {
                    Some(answered) => Ok(answered),
                    None => answer(root, request, course, address, permit, refused).await,
                }
            }
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(socket), answer));
        let retires = async {
            tokio::select! {
                () = self.ending.cancelled() => {}
                () = course.retires() => {}
            }
        };
        let ended = tokio::select! {
            // First of all: what was answered before hyper came is taken before the end is looked at.
            biased;
            ended = connection.as_mut() => ended,
            () = retires => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = self.cut.cancelled() => Ok(()),
                }
            }
        };
        if let Err(error) = ended {
            self.broke_off(&course, error.as_ref());
        }
    }

    fn broke_off(&self, course: &Course, error: &(dyn Error + 'static)) {
        tracing::debug!(error = chain(error), "a connection broke off");
        if let Some(reason) = reason(course.why_cut(), error) {
            self.meter.refused(reason);
        }
    }
}

/// What a connection that broke off is counted as, unless it ended as connections do.
fn reason(cut: Option<Cut>, error: &(dyn Error + 'static)) -> Option<&'static str> {
    match cut {
        Some(Cut::NoRequest) => Some("no_request"),
        Some(Cut::Stalled) => Some("stalled"),
        Some(Cut::Unasked) => Some("unasked"),
        Some(Cut::Idle) => None,
        None => match error.downcast_ref::<hyper::Error>() {
            Some(error) if error.is_parse_too_large() => Some("head_too_large"),
            Some(error) if error.is_parse() => Some("bad_head"),
            _ => None,
        },
    }
}

/// Answers one request of a connection.
async fn answer<S: Root>(
    root: S,
    request: Request<Incoming>,
    course: Arc<Course>,
    peer: SocketAddr,
    permit: Option<AddressPermit>,
    refused: Option<OneTooMany>,
) -> Result<Response<Reply>, Infallible> {
    let framing = if request.version() == Version::HTTP_2 { Framing::Framed } else { Framing::Plain };
    let turn = course.take_turn(framing);
    let mut request = request.map(|body| Upload::watched(body, course));
    request.extensions_mut().insert(ConnectInfo(peer));
    if let Some(permit) = permit {
        request.extensions_mut().insert(permit);
    }
    if let Some(refused) = refused {
        request.extensions_mut().insert(refused);
    }
    let response = root.oneshot(request).await?;
    Ok(response.map(|body| Reply::new(body, turn)))
}
