//! The HTTP server: accepts connections within its limits, and drains or aborts them at the end.

use std::fmt;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::Listener;
use hyper::server::conn::{http1, http2};
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::{ADDRESS_SHARE, AddressPermits, ConnectionLimits, ConnectionPermits};
use super::connection::ConnectionHandler;
use super::exchange::RequestService;
use super::fanout::WriterPool;
use super::handover::DetachedConnection;
use super::http2::{ClockTimer, Http2Executor};
use super::lingering_close;
pub use super::listen::{listen, max_connections};
use super::peer::PeerKind;
use super::refusals::Refusals;
use super::state::ConnectionState;
use super::timeouts::{PING_INTERVAL, PING_TIMEOUT};
use crate::config::StreamWriter;
use crate::domain::client_address::{ClientAddress, is_trusted};
use crate::domain::clock::Clock;
use crate::limiter::permits::KeyedPermits;

/// Maximum size of a request head in bytes (SEC-102). HTTP/2 adds 32 for each header line.
pub const MAX_HEADER_BYTES: u32 = 8 << 10;
/// Maximum number of concurrent streams of an HTTP/2 connection (SEC-105).
pub const MAX_CONCURRENT_STREAMS: u32 = 32;

/// Maximum number of connections over the limit that are answered with a refusal at one time. Others are closed at once.
const MAX_REFUSALS: usize = 64;
/// Maximum number of response bytes that are buffered within an HTTP/2 stream.
const MAX_SEND_BUFFER: usize = 16 << 10;
/// Receive windows of HTTP/2, for a stream and for a connection, in bytes.
const BODY_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
/// Maximum number of streams that an HTTP/2 client may reset early, or that end in a protocol error.
const MAX_PENDING_RESETS: usize = 20;

/// Accepts and serves the connections of a listener.
pub struct HttpServer {
    clock: Arc<dyn Clock>,
    refusals: Arc<dyn Refusals>,
    trusted: Vec<IpNet>,
    stream_writer: StreamWriter,
    free: Arc<Semaphore>,
    refusal_permits: Arc<Semaphore>,
    permits: Arc<AddressPermits>,
    ceilings: Arc<KeyedPermits<ClientAddress>>,
    draining: CancellationToken,
    abort: CancellationToken,
    open: TaskTracker,
}

impl fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServer").field("open", &self.open.len()).finish_non_exhaustive()
    }
}

impl HttpServer {
    /// Creates a server without connections.
    #[must_use]
    pub fn new(capacity: ConnectionLimits, clock: Arc<dyn Clock>, refusals: Arc<dyn Refusals>) -> Self {
        Self {
            clock,
            refusals,
            trusted: capacity.trusted,
            stream_writer: capacity.stream_writer,
            free: Arc::new(Semaphore::new(capacity.total)),
            refusal_permits: Arc::new(Semaphore::new(MAX_REFUSALS)),
            permits: AddressPermits::new(capacity.per_address, capacity.per_person),
            ceilings: KeyedPermits::new(capacity.per_address.map(|_| u32::try_from(capacity.total / ADDRESS_SHARE).unwrap_or(u32::MAX).max(1))),
            draining: CancellationToken::new(),
            abort: CancellationToken::new(),
            open: TaskTracker::new(),
        }
    }

    /// Returns the number of open connections.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// Accepts connections and serves them with `service`, until the server drains. At the connection limit, further connections wait in the kernel;
    /// without free file descriptors, accepting pauses (SEC-116).
    pub async fn accept<S: RequestService>(&self, mut listener: TcpListener, service: S) {
        let (back, mut returning) = mpsc::unbounded_channel();
        let serving = Arc::new(self.handler(service, back));
        let accepting = async {
            while let Ok(free) = self.free.clone().acquire_owned().await {
                let (socket, peer) = Listener::accept(&mut listener).await;
                let Some((hold, state)) = self.admit(peer, free) else {
                    self.refusals.count("too_many_connections");
                    continue;
                };
                self.open.spawn(serving.clone().handle(socket, peer, hold, state));
            }
        };
        let resuming = async {
            while let Some(connection) = returning.recv().await {
                self.open.spawn(serving.clone().resume(connection));
            }
            // No writer returns connections.
            pending::<()>().await;
        };
        tokio::select! {
            () = self.draining.cancelled() => {}
            () = accepting => {}
            () = resuming => {}
        }
        // Connections that come back now are closed, with a linger, so that the client receives what was written last.
        returning.close();
        while let Ok(connection) = returning.try_recv() {
            self.open.spawn(lingering_close::close(connection, self.clock.clone()));
        }
    }

    /// Stops accepting and waits for the open connections, each of which ends after its current response.
    pub async fn drain(&self) {
        self.draining.cancel();
        self.open.close();
        self.open.wait().await;
    }

    /// Closes all open connections at once.
    pub fn abort(&self) {
        self.abort.cancel();
    }

    /// The handler of accepted connections, and of those that come `back` from a writer.
    fn handler<S: RequestService>(&self, service: S, back: mpsc::UnboundedSender<DetachedConnection>) -> ConnectionHandler<S> {
        let auto = self.stream_writer == StreamWriter::Auto;
        ConnectionHandler {
            service,
            http1: http1_builder(),
            http2: http2_builder(&self.clock),
            clock: self.clock.clone(),
            refusals: self.refusals.clone(),
            draining: self.draining.clone(),
            abort: self.abort.clone(),
            open: self.open.clone(),
            writers: auto.then(|| (WriterPool::start(&self.clock, &self.refusals, &self.abort), back)),
        }
    }

    /// Acquires the permits of a connection. Returns none if it is over its limit and cannot even be answered.
    fn admit(&self, peer: SocketAddr, free: OwnedSemaphorePermit) -> Option<(ConnectionPermits, Arc<ConnectionState>)> {
        let hold = |peer, permits, refusal| ConnectionPermits { peer, permits, _refusal: refusal, _free: free };
        if is_trusted(peer.ip(), &self.trusted) {
            return Some((hold(PeerKind::Proxy, None, None), ConnectionState::begin(PeerKind::Proxy, self.clock.clone())));
        }
        let (address, state) = (ClientAddress::from(peer.ip()), ConnectionState::begin(PeerKind::Client, self.clock.clone()));
        let permits = self.ceilings.try_acquire(address).and_then(|ceiling| Some((self.permits.try_acquire(address, &state)?, ceiling)));
        if let Some(permits) = permits {
            return Some((hold(PeerKind::Client, Some(permits), None), state));
        }
        let refusal = self.refusal_permits.clone().try_acquire_owned().ok()?;
        Some((hold(PeerKind::OverLimit, None, Some(refusal)), ConnectionState::begin(PeerKind::OverLimit, self.clock.clone())))
    }
}

/// Configures HTTP/1 with small buffers.
fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    // Pipelined flushing stays off, since it buffers without limit what a client does not read.
    // `TimeoutStream` detects that a waiting client has disconnected; hyper would need an 8 KiB buffer for it, for each request.
    builder.header_read_timeout(None).max_buf_size(MAX_HEADER_BYTES as usize).half_close(true);
    builder
}

/// Configures HTTP/2 with small buffers and windows.
fn http2_builder(clock: &Arc<dyn Clock>) -> http2::Builder<Http2Executor> {
    let mut builder = http2::Builder::new(Http2Executor(clock.clone()));
    builder
        .timer(ClockTimer::new(clock.clone()))
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .max_send_buf_size(MAX_SEND_BUFFER)
        .initial_stream_window_size(BODY_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_PENDING_RESETS);
    builder
}
