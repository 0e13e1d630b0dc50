//! Connections, from the accept loop to their end: how many there may be, what each may take, how they are ended.

pub(super) mod admission;
mod listener;
pub(super) mod course;
mod watch;
mod patience;
pub(super) mod bodies;
mod multiplex;
mod head;
mod linger;
mod writers;
mod serve;

use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use axum::serve::Listener;
use hyper_util::server::conn::auto::Builder;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use self::admission::{AddressPermit, AddressPermits};
use self::course::{Course, Peer};
pub use self::listener::{listen, most_connections};
use self::multiplex::{ClockTimer, Streams};
use self::serve::Serving;
use self::writers::{Resting, Writers};
use super::address::is_trusted;
use super::meter::Meter;
use super::problem::Code;
use crate::config::ListenerPath;
use crate::domain::address::ClientAddress;
use crate::domain::clock::Clock;
use crate::service::permits::{KeyedPermits, Permit};

/// How many connections a client address has at one time on which nobody has shown a credential (API 5), times the rate factor.
pub const PER_ADDRESS: u32 = 256;
/// How many connections a person has at one time, times the rate factor; those beyond count as their address's.
pub const PER_PERSON: u32 = 32;
/// Of all connections, one in so many may be of one address with everybody on it.
pub const ADDRESS_SHARE: usize = 2;
/// The largest head of a request, in bytes (SEC-102); HTTP/2 counts 32 more for each line of it.
pub const HEADER_BLOCK: u32 = 8 << 10;
/// How many streams an HTTP/2 connection has at one time (SEC-105).
pub const MULTIPLEXED: u32 = 32;

/// How many connections that are one too many are told so at one time; the others are closed at once.
const REFUSALS: usize = 64;
/// How often the other side of an HTTP/2 connection is asked whether it is there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_WAIT: Duration = Duration::from_secs(10);
/// How many bytes of an answer wait within an HTTP/2 stream.
const SEND_WINDOW: usize = 16 << 10;
/// How many bytes of bodies may come unasked, on a stream and on a connection.
const BODY_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
/// How many streams that were reset too early, or were faulty, an HTTP/2 connection survives.
const RESETS: usize = 20;

/// How many connections there may be.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// At one time.
    pub total: usize,
    /// At one time from one client address without a credential; without a number, as many as there may be.
    pub per_address: Option<u32>,
    /// At one time of one person; without a number, as many as there may be.
    pub per_person: Option<u32>,
    /// Proxies, whose connections are many people's.
    pub trusted: Vec<IpNet>,
    /// How streams are served.
    pub listener_path: ListenerPath,
}

/// Marks the requests of a connection that is one too many from its address: each is refused, before anything else is looked at.
#[derive(Clone, Copy, Debug)]
pub struct OneTooMany;

/// All connections of a listener.
pub struct Connections {
    clock: Arc<dyn Clock>,
    meter: Arc<Meter>,
    builder: Arc<Builder<Streams>>,
    trusted: Vec<IpNet>,
    listener_path: ListenerPath,
    free: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    permits: Arc<AddressPermits>,
    ceilings: Arc<KeyedPermits<ClientAddress>>,
    ending: CancellationToken,
    cut: CancellationToken,
    open: TaskTracker,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("open", &self.open.len()).finish_non_exhaustive()
    }
}

impl Connections {
    /// No connections yet.
    #[must_use]
    pub fn new(capacity: Capacity, clock: Arc<dyn Clock>, meter: Arc<Meter>) -> Self {
        Self {
            builder: Arc::new(builder(&clock)),
            clock,
            meter,
            trusted: capacity.trusted,
            listener_path: capacity.listener_path,
            free: Arc::new(Semaphore::new(capacity.total)),
            refusals: Arc::new(Semaphore::new(REFUSALS)),
            permits: AddressPermits::new(capacity.per_address, capacity.per_person),
            ceilings: KeyedPermits::new(capacity.per_address.map(|_| u32::try_from(capacity.total / ADDRESS_SHARE).unwrap_or(u32::MAX).max(1))),
            ending: CancellationToken::new(),
            cut: CancellationToken::new(),
            open: TaskTracker::new(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// Accepts connections, whose requests `root` answers, until they are to end. While there are as many as there may be, the next ones wait in the
    /// kernel; while there are no files left, accepting pauses (SEC-116).
    pub async fn accept<S: Root>(&self, mut listener: TcpListener, root: S) {
        let (back, mut returning) = mpsc::unbounded_channel();
        let serving = Arc::new(self.serving(root, back));
        let accepting = async {
            while let Ok(free) = self.free.clone().acquire_owned().await {
                let (socket, peer) = Listener::accept(&mut listener).await;
                let Some((hold, course)) = self.admit(peer, free) else {
                    self.meter.refused(Code::TooManyConnections.name());
                    continue;
                };
                self.open.spawn(serving.clone().begins(socket, peer, hold, course));
            }
        };
        let resuming = async {
            while let Some(resting) = returning.recv().await {
                self.open.spawn(serving.clone().resumes(resting));
            }
            // Nobody takes connections elsewhere.
            pending::<()>().await;
        };
        tokio::select! {
            () = self.ending.cancelled() => {}
            () = accepting => {}
            () = resuming => {}
        }
        // None is served any more; those whose other side has sent something still get what was written last.
        returning.close();
        while let Ok(resting) = returning.try_recv() {
            self.open.spawn(linger::close(resting, self.clock.clone()));
        }
    }

    /// No more are accepted; those that are open end with the answer that is under way.
    pub async fn end(&self) {
        self.ending.cancel();
        self.open.close();
        self.open.wait().await;
    }

    /// Cuts whatever is still open.
    pub fn cut(&self) {
        self.cut.cancel();
    }

    /// How connections are served whose requests `root` answers, and which come `back` when a writer no longer needs them.
    fn serving<S: Root>(&self, root: S, back: mpsc::UnboundedSender<Resting>) -> Serving<S> {
        let auto = self.listener_path == ListenerPath::Auto;
        Serving {
            root,
            builder: self.builder.clone(),
            clock: self.clock.clone(),
            meter: self.meter.clone(),
            ending: self.ending.clone(),
            cut: self.cut.clone(),
            open: self.open.clone(),
            writers: auto.then(|| (Writers::start(&self.clock, &self.meter, &self.cut), back)),
        }
    }

    /// What a connection holds while it is open; nothing for one too many, of which not even a refusal is worth while.
    fn admit(&self, peer: SocketAddr, free: OwnedSemaphorePermit) -> Option<(Hold, Arc<Course>)> {
        let hold = |peer, permits, refusal| Hold { peer, permits, _refusal: refusal, _free: free };
        if is_trusted(peer.ip(), &self.trusted) {
            return Some((hold(Peer::Proxy, None, None), Course::begin(Peer::Proxy, self.clock.clone())));
        }
        let (address, course) = (ClientAddress::from(peer.ip()), Course::begin(Peer::Client, self.clock.clone()));
        let permits = self.ceilings.try_acquire(address).and_then(|ceiling| Some((self.permits.try_acquire(address, &course)?, ceiling)));
        if let Some(permits) = permits {
            return Some((hold(Peer::Client, Some(permits), None), course));
        }
        let refusal = self.refusals.clone().try_acquire_owned().ok()?;
        Some((hold(Peer::OneTooMany, None, Some(refusal)), Course::begin(Peer::OneTooMany, self.clock.clone())))
    }
}

/// What answers requests.
pub trait Root: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {}

impl<S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static> Root for S {}

/// What a connection holds while it is open.
#[derive(Debug)]
struct Hold {
    peer: Peer,
    permits: Option<(AddressPermit, Permit<ClientAddress>)>,
    _refusal: Option<OwnedSemaphorePermit>,
    _free: OwnedSemaphorePermit,
}

impl Hold {
    /// The connection's permit, as long as nobody was recognised on it.
    fn unrecognised(&self) -> Option<AddressPermit> {
        self.permits.as_ref().map(|(permit, _)| permit).filter(|permit| !permit.is_recognised()).cloned()
    }
}

/// How connections are served: small buffers, small windows, no more than is needed.
fn builder(clock: &Arc<dyn Clock>) -> Builder<Streams> {
    let mut builder = Builder::new(Streams(clock.clone()));
    // Pipelined flushing stays off: with it, what somebody does not read is buffered without bound.
    // That somebody went away while they wait is seen by `Patient`: hyper takes 8 KiB to look for it, for each request.
    builder.http1().header_read_timeout(None).max_buf_size(HEADER_BLOCK as usize).half_close(true);
    builder
        .http2()
        .timer(ClockTimer::new(clock.clone()))
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_WAIT)
        .max_concurrent_streams(MULTIPLEXED)
        .max_header_list_size(HEADER_BLOCK)
        .max_send_buf_size(SEND_WINDOW)
        .initial_stream_window_size(BODY_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS);
    builder
}
