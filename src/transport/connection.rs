//! Handles one connection: served by hyper, or detached to a writer while its first request is a stream.

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
use tower::{Service, ServiceExt as _};

use super::admission::{AddressPermit, ConnectionPermits, OverConnectionLimit};
use super::body::{RequestBody, ResponseBody};
use super::fanout::{HandedOver, WriterPool};
use super::handover::{DetachedConnection, Handover, StreamSource};
use super::http2::Http2Executor;
use super::refusals::Refusals;
use super::request_head;
use super::state::{CloseReason, ConnectionState, HttpVersion, PeerKind};
use super::timeout_stream::TimeoutStream;
use crate::domain::clock::Clock;
use crate::error_chain::error_chain;

/// A service that answers requests.
pub trait RequestService: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {}

impl<S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static> RequestService for S {}

/// Handles the connections of a listener.
pub(super) struct ConnectionHandler<S> {
    pub(super) service: S,
    pub(super) builder: Arc<Builder<Http2Executor>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) refusals: Arc<dyn Refusals>,
    pub(super) draining: CancellationToken,
    pub(super) abort: CancellationToken,
    pub(super) open: TaskTracker,
    /// The writers of streams, and where their connections come back; none if hyper serves streams too.
    pub(super) writers: Option<(WriterPool, mpsc::UnboundedSender<DetachedConnection>)>,
}

/// The response to the first request.
type Answered = Response<ResponseBody>;

/// How a connection begins.
enum FirstRequest {
    /// With hyper. The response is there if the first request was answered before hyper sees it.
    Http(Option<Answered>),
    /// With a stream for a writer.
    Stream(Box<(Response, Box<dyn StreamSource>)>),
}

impl<S: RequestService> ConnectionHandler<S> {
    /// Handles an accepted connection.
    pub(super) async fn handle(self: Arc<Self>, socket: TcpStream, address: SocketAddr, permits: ConnectionPermits, state: Arc<ConnectionState>) {
        let mut socket = TimeoutStream::new(socket, state.clone());
        let first = tokio::select! {
            biased;
            // Boxed, so that its memory is freed afterwards: the task itself lives as long as the connection.
            first = Box::pin(self.first(&mut socket, &state, address, &permits)) => first,
            () = self.abort.cancelled() => return,
        };
        match first {
            Ok(Some(FirstRequest::Http(answered))) => Box::pin(self.serve_http(socket, state, address, permits, answered)).await,
            Ok(Some(FirstRequest::Stream(stream))) => self.detach(socket.into_socket(), address, permits, *stream),
            Ok(None) => {}
            Err(error) => self.report_failure(&state, &error),
        }
    }

    /// Handles a connection whose stream has ended.
    pub(super) async fn resume(self: Arc<Self>, connection: DetachedConnection) {
        let DetachedConnection { socket, address, permits, counted } = connection;
        // This task is counted itself.
        drop(counted);
        let state = ConnectionState::resume(permits.peer, self.clock.clone());
        if let Some(permit) = permits.unrecognised() {
            permit.attach(&state);
        }
        let socket = TimeoutStream::new(socket, state.clone());
        self.serve_http(socket, state, address, permits, None).await;
    }

    /// Answers the first request if it is one for a stream. Returns none if the connection ends before it.
    async fn first(
        &self,
        socket: &mut TimeoutStream,
        state: &Arc<ConnectionState>,
        address: SocketAddr,
        permits: &ConnectionPermits,
    ) -> io::Result<Option<FirstRequest>> {
        if self.writers.is_none() || state.peer() == PeerKind::OverLimit {
            return Ok(Some(FirstRequest::Http(None)));
        }
        let read = tokio::select! {
            biased;
            read = request_head::read(socket) => read?,
            () = self.draining.cancelled() => return Ok(None),
            () = state.retired() => return Ok(None),
        };
        let Some(mut request) = read else { return Ok(Some(FirstRequest::Http(None))) };
        let (guard, handover) = (state.begin_request(HttpVersion::Http1), Handover::default());
        request.extensions_mut().insert(ConnectInfo(address));
        request.extensions_mut().insert(handover.clone());
        if let Some(permit) = permits.unrecognised() {
            request.extensions_mut().insert(permit);
        }
        let Ok(response) = self.service.clone().oneshot(request).await;
        Ok(Some(match handover.take() {
            Some(source) if response.status() == StatusCode::OK => FirstRequest::Stream(Box::new((response, source))),
            _ => FirstRequest::Http(Some(response.map(|body| ResponseBody::new(body, guard)))),
        }))
    }

    fn detach(&self, socket: TcpStream, address: SocketAddr, permits: ConnectionPermits, (response, source): (Response, Box<dyn StreamSource>)) {
        let Some((writers, back)) = &self.writers else { return };
        if let Some(permit) = permits.unrecognised() {
            permit.detach();
        }
        let connection = DetachedConnection { socket, address, permits, counted: self.open.token() };
        writers.accept(HandedOver { connection, response, source, back: back.clone() });
    }

    /// Serves a connection with hyper until it ends.
    async fn serve_http(
        self: Arc<Self>,
        socket: TimeoutStream,
        state: Arc<ConnectionState>,
        address: SocketAddr,
        permits: ConnectionPermits,
        answered: Option<Answered>,
    ) {
        let refused = (permits.peer == PeerKind::OverLimit).then_some(OverConnectionLimit);
        let answered = Mutex::new(answered);
        let answer = service_fn(|request| {
            let answered = answered.lock().take();
            let (service, state, permit) = (self.service.clone(), state.clone(), permits.unrecognised());
            async move {
                match answered {
                    Some(answered) => Ok(answered),
                    None => answer(service, request, state, address, permit, refused).await,
                }
            }
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(socket), answer));
        let retires = async {
            tokio::select! {
                () = self.draining.cancelled() => {}
                () = state.retired() => {}
            }
        };
        let ended = tokio::select! {
            // Polled first, so that hyper takes the response that is there before it sees the shutdown.
            biased;
            ended = connection.as_mut() => ended,
            () = retires => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = self.abort.cancelled() => Ok(()),
                }
            }
        };
        if let Err(error) = ended {
            self.report_failure(&state, error.as_ref());
        }
    }

    fn report_failure(&self, state: &ConnectionState, error: &(dyn Error + 'static)) {
        tracing::debug!(error = error_chain(error), "the connection failed");
        if let Some(reason) = reason(state.close_reason(), error) {
            self.refusals.count(reason);
        }
    }
}

/// The label under which a failed connection is counted; none for the usual ends.
fn reason(abort: Option<CloseReason>, error: &(dyn Error + 'static)) -> Option<&'static str> {
    match abort {
        Some(CloseReason::NoRequest) => Some("no_request"),
        Some(CloseReason::Stalled) => Some("stalled"),
        Some(CloseReason::Unasked) => Some("unasked"),
        Some(CloseReason::Idle) => None,
        None => match error.downcast_ref::<hyper::Error>() {
            Some(error) if error.is_parse_too_large() => Some("head_too_large"),
            Some(error) if error.is_parse() => Some("bad_head"),
            _ => None,
        },
    }
}

/// Answers one request.
async fn answer<S: RequestService>(
    service: S,
    request: Request<Incoming>,
    state: Arc<ConnectionState>,
    peer: SocketAddr,
    permit: Option<AddressPermit>,
    refused: Option<OverConnectionLimit>,
) -> Result<Response<ResponseBody>, Infallible> {
    let framing = if request.version() == Version::HTTP_2 { HttpVersion::Http2 } else { HttpVersion::Http1 };
    let guard = state.begin_request(framing);
    let mut request = request.map(|body| RequestBody::watched(body, state));
    request.extensions_mut().insert(ConnectInfo(peer));
    if let Some(permit) = permit {
        request.extensions_mut().insert(permit);
    }
    if let Some(refused) = refused {
        request.extensions_mut().insert(refused);
    }
    let response = service.oneshot(request).await?;
    Ok(response.map(|body| ResponseBody::new(body, guard)))
}
