//! The only place that knows every part: builds them, joins them, runs them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;

use crate::config::{Config, ListenerPath, PublicUrl};
use crate::domain::clock::Clock;
use crate::domain::dice::{Dice, SystemDice};
use crate::domain::entry::{Entry, Topic};
use crate::domain::id::Epoch;
use crate::http::connection::{Capacity, Connections, PER_ADDRESS, PER_PERSON, most_connections};
use crate::http::limits::Limits;
use crate::http::load::{Lag, SystemLag};
use crate::http::meter::Meter;
use crate::http::present::Present;
use crate::http::site::Site;
use crate::http::{App, Hand, admin, router, sse};
use crate::live::bus::{Bus, InProcess};
use crate::live::frame::{Position, Render};
use crate::live::{Live, TAILS};
use crate::service::Service;
use crate::service::clock::SystemClock;
use crate::service::error::chain;
use crate::service::rate_limits::RateLimits;
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::memory::MemoryStore;

/// What a server is built from; what the world outside is to it.
#[derive(Debug)]
pub struct Parts {
    /// What keeps everything.
    pub store: Arc<dyn Store>,
    /// What rings; it is handed the rooms.
    pub bus: fn(Arc<Live>) -> Arc<dyn Bus>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub dice: Arc<dyn Dice>,
    /// How many connections there may be at one time.
    pub most_connections: usize,
    /// How late this process is.
    pub lag: Arc<dyn Lag>,
}

impl Parts {
    /// Everything in this process, with the machine's clock and generator.
    #[must_use]
    pub fn in_memory(config: &Config) -> Self {
        Self {
            store: Arc::new(MemoryStore::new(config.bounds.bounds())),
            bus: |live| Arc::new(InProcess::new(live)),
            clock: Arc::new(SystemClock::default()),
            dice: Arc::new(SystemDice),
            most_connections: most_connections(),
            lag: Arc::new(SystemLag),
        }
    }
}

/// Renders entries as HTTP has them.
#[derive(Debug)]
struct Rendered(Present);

impl Render for Rendered {
    fn entry(&self, topic: Topic, entry: &Entry) -> Bytes {
        sse::entry(&self.0, topic, entry)
    }

    fn position(&self, out: &mut Vec<u8>, epoch: Epoch, position: Position) {
        sse::position(out, epoch, position);
    }
}

/// How many connections the admin listener has at one time; they are not of those that guests can take.
const WATCHERS: usize = 32;

/// A server that is ready to run.
#[derive(Debug)]
pub struct Server {
    app: App,
    clock: Arc<dyn Clock>,
    lag: Arc<dyn Lag>,
    connections: Arc<Connections>,
    drain: Duration,
}

impl Server {
    /// Joins the parts; `address` is where it will listen.
    #[must_use]
    pub fn build(config: &Config, address: SocketAddr, parts: Parts) -> Self {
        let origin = config.public_url.clone().unwrap_or_else(|| PublicUrl::of(address));
        let present = Present::new(&origin, parts.clock.clone());
        let live = Arc::new(Live::new(Arc::new(Rendered(present.clone())), TAILS));
        let bus = (parts.bus)(live.clone());
        let service = Service::new(parts.store, live, bus, parts.clock.clone(), parts.dice, RateLimits::new(config.rate_factor));
        let capacity = Capacity {
            total: parts.most_connections,
            per_address: config.times_factor(PER_ADDRESS),
            per_person: config.times_factor(PER_PERSON),
            trusted: config.trusted_proxy.clone(),
            listener_path: config.listener_path,
        };
        let (limits, meter, site) = (Limits::new(config), Arc::<Meter>::default(), Site::new(config, origin));
        let connections = Arc::new(Connections::new(capacity, parts.clock.clone(), meter.clone()));
        let app = App::from(Hand { service, present, limits, meter, site });
        Self { app, clock: parts.clock, lag: parts.lag, connections, drain: config.drain }
    }

    /// The use cases, for those who look on.
    #[must_use]
    pub fn service(&self) -> &Arc<Service> {
        &self.app.service
    }

    /// Everything that answers its requests, for those who ask without a socket. Each request must carry its peer, as `ConnectInfo<SocketAddr>`.
    #[must_use]
    pub fn root(&self) -> router::Root {
        router::root(self.app.clone())
    }

    /// Serves numbers and health to whoever runs the program, until it is dropped: while the server goes away they still want to know.
    pub fn watch(&self, listener: TcpListener) -> impl Future<Output = ()> + use<> {
        let router = admin::router(self.app.clone(), self.connections.clone());
        let capacity = Capacity { total: WATCHERS, per_address: None, per_person: None, trusted: Vec::new(), listener_path: ListenerPath::Http };
        let connections = Connections::new(capacity, self.clock.clone(), self.app.meter.clone());
        async move { connections.accept(listener, router).await }
    }

    /// Serves until `shutdown` begins, and then as long as requests in flight may take.
    pub async fn run(self, listener: TcpListener, shutdown: Shutdown) {
        let service = self.app.service.clone();
        let (app, lag) = (self.app.clone(), self.lag.clone());
        let heeding = async move { app.limits.load.heed_on(lag.as_ref()).await };
        let upkeep = [tokio::spawn(service.clone().sweep_on()), tokio::spawn(service.clone().audit_on()), tokio::spawn(heeding)];
        tokio::select! {
            () = self.connections.accept(listener, router::root(self.app.clone())) => {}
            () = shutdown.begun() => {}
        }
        tokio::select! {
            () = self.takes_leave() => {}
            () = self.clock.alarm(self.clock.now() + self.drain) => {}
            () = shutdown.forced() => {}
        }
        self.connections.cut();
        upkeep.iter().for_each(tokio::task::JoinHandle::abort);
        service.settled().await;
    }

    /// From now on nothing is changed any more. Every stream gets what was, and a good-bye; every connection ends with the answer that is under way.
    async fn takes_leave(&self) {
        let parting = async {
            self.app.service.settled().await;
            if let Err(error) = self.app.service.audit().await {
                tracing::error!(error = chain(&error), "the last audit failed");
            }
            self.app.service.close_streams();
        };
        tokio::join!(parting, self.connections.end());
    }
}
