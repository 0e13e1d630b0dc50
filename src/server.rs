//! The server: the composition root that builds, connects and runs all parts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;

use crate::config::{Config, MailDelivery, PublicUrl, RegistrationMode, StreamWriter};
use crate::domain::clock::Clock;
use crate::domain::destination::Destinations;
use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::push_service::PushServices;
use crate::domain::random::{RandomSource, SystemRandom};
use crate::domain::token_key::TokenKeys;
use crate::domain::vapid_key::VapidKey;
use crate::error_chain::error_chain;
use crate::http::app::{AppState, AppStateInner};
use crate::http::middleware::load_shedding::{LagProbe, LoadShedder, SystemLagProbe};
use crate::http::middleware::request_metrics::RequestMetrics;
use crate::http::respond::present::Present;
use crate::http::respond::sse;
use crate::http::site::settings::PublicSite;
use crate::http::{admin, router};
use crate::hub::bus::Bus;
use crate::hub::bus::in_process::InProcessBus;
use crate::hub::frame::{IdPrefix, Position, Render};
use crate::hub::{Hub, MAX_TAIL_BYTES};
use crate::mailer::queue::MailQueue;
use crate::mailer::smtp::SmtpDelivery;
use crate::mailer::terminal::TerminalDelivery;
use crate::outbound::client::HttpClient;
use crate::outbound::resolver::{Resolver, SystemResolver};
use crate::service::access_tokens::AccessTokens;
use crate::service::accounts::Registration;
use crate::service::clock::SystemClock;
use crate::service::notify::mail::{Mailer, Mails};
use crate::service::notify::push::PushSender;
use crate::service::notify::web_push::vapid::Vapid;
use crate::service::notify::webhook::WebhookSender;
use crate::service::password_hashing::PasswordHasher;
use crate::service::rate_limits::RateLimits;
use crate::service::{Authentication, Notifications, Service};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::memory::MemoryStore;
use crate::transport::admission::{ConnectionLimits, MAX_PER_ADDRESS, MAX_PER_PERSON};
use crate::transport::server::{HttpServer, max_connections};

/// The dependencies of a server on its environment.
#[derive(Debug)]
pub struct Dependencies {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Builds the bus that notifies the hub.
    pub bus: fn(Arc<Hub>) -> Arc<dyn Bus>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: Arc<dyn RandomSource>,
    /// Delivers mail; without it accounts have no e-mail address.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Looks up the receivers of webhooks, and push services.
    pub resolver: Arc<dyn Resolver>,
    /// The limit of concurrent connections.
    pub max_connections: usize,
    /// Measures how late this process is scheduled.
    pub lag: Arc<dyn LagProbe>,
}

impl Dependencies {
    /// Returns in-process dependencies with the system's clock and random generator.
    #[must_use]
    pub fn in_memory(config: &Config) -> Self {
        let (clock, random): (Arc<dyn Clock>, Arc<dyn RandomSource>) = (Arc::new(SystemClock::default()), Arc::new(SystemRandom));
        Self {
            store: Arc::new(MemoryStore::new(config.limits.limits(config.accounts.lifetimes()))),
            bus: |hub| Arc::new(InProcessBus::new(hub)),
            mailer: mailer(config, &clock, &random),
            clock,
            random,
            resolver: Arc::new(SystemResolver::default()),
            max_connections: max_connections(),
            lag: Arc::new(SystemLagProbe),
        }
    }
}

/// Renders entries as server-sent events.
#[derive(Debug)]
struct SseEncoder(Present);

impl Render for SseEncoder {
    fn entry(&self, topic: Topic, entry: &Entry) -> Bytes {
        sse::entry(&self.0, topic, entry)
    }

    fn ephemeral(&self, topic: Topic, event: &EphemeralEvent) -> Bytes {
        sse::ephemeral(&self.0, topic, event)
    }

    fn redacted(&self, topic: Topic, entry: &Entry) -> Bytes {
        sse::redacted_entry(topic, entry)
    }

    fn position(&self, out: &mut Vec<u8>, prefix: IdPrefix, position: Position) {
        sse::position(out, prefix, position);
    }
}

/// Returns what delivers mail.
fn mailer(config: &Config, clock: &Arc<dyn Clock>, random: &Arc<dyn RandomSource>) -> Option<Arc<dyn Mailer>> {
    let delivery = match config.mail_delivery() {
        Ok(MailDelivery::Terminal) => return Some(Arc::new(MailQueue::new(TerminalDelivery, clock.clone()))),
        Ok(MailDelivery::None) => return None,
        Ok(MailDelivery::Smtp(server, sender)) => SmtpDelivery::new(&server, &sender, clock.clone(), random.clone()),
        Err(error) => Err(error),
    };
    match delivery {
        Ok(delivery) => Some(Arc::new(MailQueue::new(delivery, clock.clone()))),
        Err(error) => {
            tracing::error!(error, "no mail can be sent, so accounts have no e-mail address");
            None
        }
    }
}

/// Returns what sends webhooks.
fn webhooks(config: &Config, present: &Present, resolver: Arc<dyn Resolver>, clock: &Arc<dyn Clock>) -> WebhookSender {
    let destinations = Destinations::new(config.webhook_allow.clone());
    let client = HttpClient::new(destinations.clone(), resolver, clock.clone());
    WebhookSender::new(Arc::new(client), Arc::new(present.clone()), destinations)
}

/// Returns what sends pushes.
fn pushes(config: &Config, origin: &PublicUrl, present: &Present, parts: &Dependencies) -> PushSender {
    let key = config.push.push_key.clone().unwrap_or_else(|| {
        tracing::info!("no --push-key is set: a key for push notifications was made, which is lost when the server stops");
        VapidKey::random(parts.random.as_ref())
    });
    let services = PushServices::new(config.push.push_allow.clone());
    let client = HttpClient::new(services.destinations().clone(), parts.resolver.clone(), parts.clock.clone());
    let contact = Some(origin.to_string()).filter(|origin| origin.starts_with("https://"));
    let vapid = Vapid::new(&key, contact).expect("a key is checked when it is parsed or made");
    PushSender::new(Arc::new(client), Arc::new(present.clone()), parts.random.clone(), services, vapid)
}

/// Returns how accounts are created and recognised.
fn authentication(config: &Config, origin: &PublicUrl, random: &dyn RandomSource, mailer: Option<Arc<dyn Mailer>>) -> Authentication {
    let settings = &config.accounts;
    let keys = settings.token_key.clone().unwrap_or_else(|| {
        tracing::info!("no --token-key is set: a key for access tokens was made, which is lost when the server stops");
        TokenKeys::random(random)
    });
    let registration = match (settings.registration, &settings.registration_code) {
        (RegistrationMode::Open, _) => Registration::Open,
        (RegistrationMode::Code, Some(code)) => Registration::Code(code.expose().into()),
        (RegistrationMode::Code, None) | (RegistrationMode::Closed, _) => Registration::Closed,
    };
    let mut refresh_secret = [0; 32];
    random.fill(&mut refresh_secret);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Authentication {
        access_tokens: AccessTokens::new(keys.into_vec(), origin.to_string()),
        refresh_secret,
        passwords: PasswordHasher::new(cores),
        registration,
        mails: mailer.map(|mailer| Mails { mailer, origin: origin.to_string() }),
    }
}

/// Concurrent connections of the admin listener, which public clients cannot use up.
const ADMIN_MAX_CONNECTIONS: usize = 32;

/// A server ready to run.
#[derive(Debug)]
pub struct Server {
    app: AppState,
    clock: Arc<dyn Clock>,
    lag: Arc<dyn LagProbe>,
    connections: Arc<HttpServer>,
    drain: Duration,
}

impl Server {
    /// Builds a server; `address` is the one it will listen on.
    #[must_use]
    pub fn build(config: &Config, address: SocketAddr, parts: Dependencies) -> Self {
        let origin = config.public_url.clone().unwrap_or_else(|| PublicUrl::of(address));
        let present = Present::new(&origin, parts.clock.clone());
        let hub = Arc::new(Hub::new(Arc::new(SseEncoder(present.clone())), MAX_TAIL_BYTES));
        let bus = (parts.bus)(hub.clone());
        let pushes = pushes(config, &origin, &present, &parts);
        let authentication = authentication(config, &origin, parts.random.as_ref(), parts.mailer);
        let webhooks = webhooks(config, &present, parts.resolver, &parts.clock);
        let notifications = Notifications { webhooks, pushes };
        let limits = RateLimits::new(config.rate_factor);
        let service = Service::new(parts.store, hub, bus, parts.clock.clone(), parts.random, limits, authentication, notifications);
        let capacity = ConnectionLimits {
            total: parts.max_connections,
            per_address: config.times_factor(MAX_PER_ADDRESS),
            per_person: config.times_factor(MAX_PER_PERSON),
            trusted: config.trusted_proxy.clone(),
            stream_writer: config.stream_writer,
        };
        let (metrics, site) = (Arc::<RequestMetrics>::default(), PublicSite::new(config, origin));
        let connections = Arc::new(HttpServer::new(capacity, parts.clock.clone(), metrics.clone()));
        let app = AppState::from(AppStateInner {
            service,
            present,
            trusted_proxies: config.trusted_proxy.clone(),
            load: LoadShedder::default(),
            metrics,
            site,
        });
        Self { app, clock: parts.clock, lag: parts.lag, connections, drain: config.drain }
    }

    /// Returns the service, for tests and benchmarks.
    #[must_use]
    pub fn service(&self) -> &Arc<Service> {
        &self.app.service
    }

    /// Returns the root service, to call without a socket. Each request must carry its peer as `ConnectInfo<SocketAddr>`.
    #[must_use]
    pub fn root(&self) -> router::Root {
        router::root(self.app.clone())
    }

    /// Serves the admin listener until the future is dropped, so also while the server drains.
    ///
    /// # Panics
    /// Never: a listener has an address.
    pub fn serve_admin(&self, listener: TcpListener) -> impl Future<Output = ()> + use<> {
        let address = listener.local_addr().expect("a listener has an address");
        let router = admin::router::router(self.app.clone(), self.connections.clone(), address);
        let capacity = ConnectionLimits {
            total: ADMIN_MAX_CONNECTIONS,
            per_address: None,
            per_person: None,
            trusted: Vec::new(),
            stream_writer: StreamWriter::Http,
        };
        let connections = HttpServer::new(capacity, self.clock.clone(), self.app.metrics.clone());
        async move { connections.accept(listener, router).await }
    }

    /// Serves until `shutdown` begins, then drains within the configured time.
    pub async fn run(self, listener: TcpListener, shutdown: Shutdown) {
        let service = self.app.service.clone();
        let (app, lag) = (self.app.clone(), self.lag.clone());
        let load_shedding = async move { app.load.run(lag.as_ref()).await };
        let jobs = [
            tokio::spawn(service.clone().run_expiry()),
            tokio::spawn(service.clone().run_head_audit()),
            tokio::spawn(service.clone().run_ephemeral()),
            tokio::spawn(service.clone().run_mailer()),
            tokio::spawn(service.clone().run_deliveries()),
            tokio::spawn(service.clone().run_pushes()),
            tokio::spawn(load_shedding),
        ];
        tokio::select! {
            () = self.connections.accept(listener, router::root(self.app.clone())) => {}
            () = shutdown.begun() => {}
        }
        tokio::select! {
            () = self.drain() => {}
            () = self.clock.sleep_until(self.clock.now() + self.drain) => {}
            () = shutdown.forced() => {}
        }
        self.connections.abort();
        jobs.iter().for_each(tokio::task::JoinHandle::abort);
        service.drained().await;
    }

    /// Stops accepting writes, delivers all entries and `bye` to every stream, all mails that are queued, what webhooks and pushes have to send, and closes
    /// each connection after its response in progress.
    async fn drain(&self) {
        let streams = async {
            self.app.service.drained().await;
            if let Err(error) = self.app.service.audit_heads().await {
                tracing::error!(error = error_chain(&error), "the last audit failed");
            }
            self.app.service.close_streams();
        };
        let mails = async {
            self.app.service.drained().await;
            self.app.service.mails_drained().await;
        };
        let notifications = async {
            self.app.service.drained().await;
            tokio::join!(self.app.service.deliveries_drained(), self.app.service.pushes_drained());
        };
        tokio::join!(streams, mails, notifications, self.connections.drain());
    }
}
