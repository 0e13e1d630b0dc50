//! Connections, from the accept loop to their end: how many there may be, what each may take, how they are ended.

mod listener;
pub(super) mod course;
mod watch;
mod patience;
pub(super) mod bodies;
mod multiplex;

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::Listener;
use hyper::Version;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt as _};

use self::bodies::{Reply, Upload};
use self::course::{Course, Cut, Framing, Peer};
pub use self::listener::{listen, most_connections};
use self::multiplex::{ClockTimer, Streams};
use self::patience::Patient;
use super::address::is_trusted;
use super::meter::Meter;
use super::places::{Place, Places};
use super::problem::Code;
use crate::domain::address::ClientAddress;
use crate::domain::clock::Clock;
use crate::service::error::chain;

/// How many connections a client address has at one time (API 5), times the rate factor.
pub const PER_ADDRESS: u32 = 256;
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
    /// At one time from one client address; without a number, as many as there may be.
    pub per_address: Option<u32>,
    /// Proxies, whose connections are many people's.
    pub trusted: Vec<IpNet>,
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
    free: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    places: Arc<Places<ClientAddress>>,
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
            free: Arc::new(Semaphore::new(capacity.total)),
            refusals: Arc::new(Semaphore::new(REFUSALS)),
            places: Places::new(capacity.per_address),
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
        let accepting = async {
            while let Ok(free) = self.free.clone().acquire_owned().await {
                let (socket, peer) = Listener::accept(&mut listener).await;
                let Some(hold) = self.admit(peer, free) else {
                    self.meter.refused(Code::TooManyConnections.name());
                    continue;
                };
                self.open.spawn(self.serve(socket, peer, hold, root.clone()));
            }
        };
        tokio::select! {
            () = self.ending.cancelled() => {}
            () = accepting => {}
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

    /// What a connection holds while it is open; nothing for one too many, of which not even a refusal is worth while.
    fn admit(&self, peer: SocketAddr, free: OwnedSemaphorePermit) -> Option<Hold> {
        let hold = |peer, refusal, place| Hold { peer, _refusal: refusal, _place: place, _free: free };
        if is_trusted(peer.ip(), &self.trusted) {
            return Some(hold(Peer::Proxy, None, None));
        }
        match self.places.take(peer.ip().into()) {
            Some(place) => Some(hold(Peer::Client, None, Some(place))),
            None => Some(hold(Peer::OneTooMany, Some(self.refusals.clone().try_acquire_owned().ok()?), None)),
        }
    }

    /// Serves one connection to its end.
    fn serve<S: Root>(&self, socket: TcpStream, address: SocketAddr, hold: Hold, root: S) -> impl Future<Output = ()> + use<S> {
        let (ending, cut, meter) = (self.ending.clone(), self.cut.clone(), self.meter.clone());
        let (course, builder) = (Course::begin(hold.peer, self.clock.clone()), self.builder.clone());
        let watched = course.clone();
        let socket = TokioIo::new(Patient::new(socket, course.clone()));
        let refused = (hold.peer == Peer::OneTooMany).then_some(OneTooMany);
        async move {
            let answer = service_fn(move |request| answer(root.clone(), request, course.clone(), address, refused));
            let mut connection = pin!(builder.serve_connection(socket, answer));
            let retires = async {
                tokio::select! {
                    () = ending.cancelled() => {}
                    () = watched.retires() => {}
                }
            };
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = retires => {
                    connection.as_mut().graceful_shutdown();
                    tokio::select! {
                        ended = connection => ended,
                        () = cut.cancelled() => Ok(()),
                    }
                }
            };
            if let Err(error) = ended {
                tracing::debug!(error = chain(error.as_ref()), "a connection broke off");
                if let Some(reason) = reason(watched.why_cut(), error.as_ref()) {
                    meter.refused(reason);
                }
            }
            drop(hold);
        }
    }
}

/// What answers requests.
pub trait Root: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {}

impl<S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static> Root for S {}

/// What a connection holds while it is open.
#[derive(Debug)]
struct Hold {
    peer: Peer,
    _refusal: Option<OwnedSemaphorePermit>,
    _place: Option<Place<ClientAddress>>,
    _free: OwnedSemaphorePermit,
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
    request: hyper::Request<Incoming>,
    course: Arc<Course>,
    peer: SocketAddr,
    refused: Option<OneTooMany>,
) -> Result<Response<Reply>, Infallible> {
    let framing = if request.version() == Version::HTTP_2 { Framing::Framed } else { Framing::Plain };
    let turn = course.take_turn(framing);
    let mut request = request.map(|body| Upload::watched(body, course));
    request.extensions_mut().insert(ConnectInfo(peer));
    if let Some(refused) = refused {
        request.extensions_mut().insert(refused);
    }
    let response = root.oneshot(request).await?;
    Ok(response.map(|body| Reply::new(body, turn)))
}

/// How connections are served: small buffers, small windows, no more than is needed.
fn builder(clock: &Arc<dyn Clock>) -> Builder<Streams> {
    let mut builder = Builder::new(Streams(clock.clone()));
    // Pipelined flushing stays off: with it, what somebody does not read is buffered without bound.
    builder.http1().header_read_timeout(None).max_buf_size(HEADER_BLOCK as usize);
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
