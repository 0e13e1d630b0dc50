//! Handles one connection: served by hyper, and detached to a writer during a stream.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::ConnectionPermits;
use super::detachable::{Detachable, Ended, is_detachable};
use super::exchange::{Client, Next, RequestService, answer, upgrade_slot};
use super::fanout::{HandedOver, WriterPool};
use super::handover::{DetachedConnection, DetachedStream, Handover};
use super::http2::Http2Executor;
use super::peer::PeerKind;
use super::preface;
use super::refusals::Refusals;
use super::state::{CloseReason, ConnectionState, HttpVersion, RequestGuard};
use super::timeout_stream::TimeoutStream;
use super::upgrade::{Session, StartSession, UpgradeSlot, UpgradedSocket};
use crate::domain::clock::Clock;
use crate::error_chain::error_chain;

/// Handles the connections of a listener.
pub(super) struct ConnectionHandler<S> {
    pub(super) service: S,
    pub(super) http1: http1::Builder,
    pub(super) http2: http2::Builder<Http2Executor>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) refusals: Arc<dyn Refusals>,
    pub(super) draining: CancellationToken,
    pub(super) abort: CancellationToken,
    pub(super) open: TaskTracker,
    /// The writers of streams, and where their connections come back; none if hyper serves streams too.
    pub(super) writers: Option<(WriterPool, mpsc::UnboundedSender<DetachedConnection>)>,
}

impl<S: RequestService> ConnectionHandler<S> {
    /// Handles an accepted connection.
    pub(super) fn handle(
        self: Arc<Self>,
        socket: TcpStream,
        address: SocketAddr,
        permits: ConnectionPermits,
        state: Arc<ConnectionState>,
    ) -> impl Future<Output = ()> + Send {
        // Boxed, as all that the task of a connection runs: the task lives as long as the connection, and what has ended is to be freed.
        let opening = Box::pin(self.clone().open(TimeoutStream::new(socket, state.clone(), Vec::new()), Client { address, permits, state }));
        async move {
            if let Some(serving) = opening.await {
                self.serve(serving).await;
            }
        }
    }

    /// Handles a connection whose stream has ended.
    pub(super) fn resume(self: Arc<Self>, connection: DetachedConnection) -> impl Future<Output = ()> + Send {
        let DetachedConnection { socket, unread, address, permits, counted } = connection;
        // This task is counted itself.
        drop(counted);
        let state = ConnectionState::resume(permits.peer, self.clock.clone());
        if let Some(permit) = permits.unrecognised() {
            permit.attach(&state);
        }
        let socket = TimeoutStream::new(socket, state.clone(), unread.into_vec());
        let serving: Serving = Box::pin(self.clone().serve_http1(socket, Client { address, permits, state }));
        self.serve(serving)
    }

    /// Reads which version of HTTP the client speaks, and returns what serves it; none if the connection is closed before.
    async fn open(self: Arc<Self>, mut socket: TimeoutStream, client: Client) -> Option<Serving> {
        match self.version(&mut socket, &client.state).await {
            Ok(Some(HttpVersion::Http1)) => Some(Box::pin(self.serve_http1(socket, client))),
            Ok(Some(HttpVersion::Http2)) => Some(Box::pin(self.serve_http2(socket, client))),
            Ok(None) => None,
            Err(error) => {
                self.report_failure(&client.state, &error);
                None
            }
        }
    }

    /// Serves a connection, and runs the session that follows if a request upgrades it.
    async fn serve(self: Arc<Self>, serving: Serving) {
        let Some(Upgraded { session, _permits }) = serving.await else { return };
        tokio::select! {
            () = session => {}
            () = self.abort.cancelled() => {}
        }
    }

    /// Returns the version of HTTP that the client speaks; none if the connection is closed before it is known.
    async fn version(&self, socket: &mut TimeoutStream, state: &ConnectionState) -> io::Result<Option<HttpVersion>> {
        tokio::select! {
            biased;
            version = preface::read_version(socket) => version.map(Some),
            () = self.draining.cancelled() => Ok(None),
            () = state.retired() => Ok(None),
            () = self.abort.cancelled() => Ok(None),
        }
    }

    /// Serves a connection until it ends, until a writer takes it over, or until a request upgrades it.
    async fn serve_http1(self: Arc<Self>, socket: TimeoutStream, client: Client) -> Option<Upgraded> {
        let upgrade = OnceLock::new();
        let handover = (self.writers.is_some() && client.permits.peer != PeerKind::OverLimit).then(Handover::default);
        let is_last = AtomicBool::new(false);
        let answer = service_fn(|request| {
            let can_detach = !is_last.load(Ordering::Relaxed) && is_detachable(&request);
            let next = if can_detach { handover.clone().map(Next::Stream) } else { upgrade_slot(&request, &upgrade).map(Next::Session) };
            answer(self.service.clone(), client.prepare(request), next)
        });
        let connection = self.http1.serve_connection(TokioIo::new(socket), answer);
        let mut serving = Detachable { connection, handover: handover.as_ref(), state: &client.state };
        let shut_down = |serving: Pin<&mut Detachable<'_, http1::Connection<_, _>>>| {
            is_last.store(true, Ordering::Relaxed);
            Pin::new(&mut serving.get_mut().connection).graceful_shutdown();
        };
        match self.until_ended(Pin::new(&mut serving), &client.state, shut_down).await {
            None => {}
            Some(Ended::Closed(result)) => match upgrade.get().and_then(UpgradeSlot::take) {
                Some((start, guard)) if result.is_ok() => {
                    let parts = serving.connection.into_parts();
                    return Some(self.upgraded(parts.io.into_inner(), &parts.read_buf, client, start, guard));
                }
                _ => self.report(&client.state, result),
            },
            Some(Ended::HandedOver(stream)) => {
                // First, so that the end of the request in hyper does not make the connection look idle.
                if let Some(permit) = client.permits.unrecognised() {
                    permit.detach();
                }
                let parts = serving.connection.into_parts();
                self.detach(parts.io.into_inner(), &parts.read_buf, client, *stream);
            }
        }
        None
    }

    /// Returns the session on a connection of which hyper has read the bytes in `unread`.
    fn upgraded(&self, socket: TimeoutStream, unread: &[u8], client: Client, start: StartSession, guard: RequestGuard) -> Upgraded {
        let permit = client.permits.unrecognised();
        let (socket, ahead) = socket.into_parts();
        let ahead = [unread, &ahead].concat().into();
        let socket = UpgradedSocket::new(socket, ahead, self.clock.clone(), self.refusals.clone(), permit, guard);
        Upgraded { session: start(socket), _permits: client.permits }
    }

    async fn serve_http2(self: Arc<Self>, socket: TimeoutStream, client: Client) -> Option<Upgraded> {
        let answer = service_fn(|request| answer(self.service.clone(), client.prepare(request), None));
        let connection = pin!(self.http2.serve_connection(TokioIo::new(socket), answer));
        if let Some(result) = self.until_ended(connection, &client.state, http2::Connection::graceful_shutdown).await {
            self.report(&client.state, result);
        }
        None
    }

    /// Polls a connection until it ends; none if it is aborted. Shuts it down once it is to close after its current response.
    async fn until_ended<C: Future>(
        &self,
        mut connection: Pin<&mut C>,
        state: &ConnectionState,
        shut_down: impl FnOnce(Pin<&mut C>),
    ) -> Option<C::Output> {
        let retires = async {
            tokio::select! {
                () = self.draining.cancelled() => {}
                () = state.retired() => {}
            }
        };
        tokio::select! {
            // Polled first, so that hyper reads the request that is there before it sees the shutdown.
            biased;
            ended = connection.as_mut() => return Some(ended),
            () = retires => shut_down(connection.as_mut()),
        }
        tokio::select! {
            ended = connection => Some(ended),
            () = self.abort.cancelled() => None,
        }
    }

    /// Hands a stream to a writer, together with its connection, of which hyper has read the bytes in `unread`.
    fn detach(&self, socket: TimeoutStream, unread: &[u8], client: Client, (response, source): DetachedStream) {
        let Some((writers, back)) = &self.writers else { return };
        let (socket, ahead) = socket.into_parts();
        let unread = [unread, &ahead].concat().into();
        let connection = DetachedConnection { socket, unread, address: client.address, permits: client.permits, counted: self.open.token() };
        writers.accept(HandedOver { connection, response, source, back: back.clone() });
    }

    fn report(&self, state: &ConnectionState, result: hyper::Result<()>) {
        if let Err(error) = result {
            self.report_failure(state, &error);
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

/// What serves HTTP on a connection, until it ends or a request upgrades it.
type Serving = Pin<Box<dyn Future<Output = Option<Upgraded>> + Send>>;

/// The session on an upgraded connection, with the permits that it holds until the session ends.
struct Upgraded {
    session: Session,
    _permits: ConnectionPermits,
}
