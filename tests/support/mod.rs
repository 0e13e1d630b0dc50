//! A test server and the people who use it: the whole program over real sockets, with a clock that tests advance.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    unused_macros,
    missing_docs,
    clippy::unwrap_used,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::unused_async,
    clippy::wrong_self_convention,
    reason = "each test binary uses a part of this module, and a failed unwrap fails the test"
)]

pub mod account;
pub mod answer;
pub mod attacks;
pub mod friends;
pub mod web_files;
pub mod clock;
pub mod openapi_check;
pub mod json_schema;
pub mod raw_stream;
pub mod files;
pub mod event_stream;
pub mod lag;
pub mod mails;
pub mod queries;
pub mod person;
pub mod process;
pub mod push;
pub mod rendered_html;
pub mod raw_client;
pub mod socket;
pub mod stream_path;
pub mod transport;
pub mod sink;
pub mod webhooks;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use clap::Parser;
use parlor::config::Config;
use parlor::hub::Hub;
use parlor::hub::bus::Bus;
use parlor::outbound::resolver::Resolver;
use parlor::server::{Dependencies, Server};
use parlor::service::Service;
use parlor::service::notify::mail::Mailer;
use parlor::shutdown::Shutdown;
use parlor::transport::server;
use tokio::task::JoinHandle;

pub use answer::Answer;
pub use clock::TestClock;
pub use event_stream::{Event, EventStream};
pub use lag::TestLag;
pub use mails::TestMailer;
pub use person::{Chat, Knock, Link, Person, Reply};
pub use process::{Program, ProgramOutput};
pub use push::{Browser, PushService};
pub use queries::{each, without_status};
pub use raw_client::{RawClient, head};
pub use raw_stream::{RawEvent, RawStream};
pub use sink::{Behaviour, LocalResolver, Received, Sink};
pub use socket::Socket;
pub use stream_path::StreamPath;
pub(crate) use stream_path::on_both_paths;
pub(crate) use transport::on_both_transports;
pub use transport::{Client, Transport};

/// The longest wait for anything, chosen for a busy machine.
pub const TIMEOUT: Duration = Duration::from_mins(1);

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// Parses these flags into settings.
pub fn config(flags: &[&str]) -> Config {
    Flags::parse_from(std::iter::once("parlor").chain(flags.iter().copied())).config
}

/// The people of all servers of this process. No two have one address: the ports of closed connections stay taken for a minute, address by address.
static PEOPLE: AtomicU32 = AtomicU32::new(0);

/// A running server.
#[derive(Debug)]
pub struct TestServer {
    pub clock: Arc<TestClock>,
    pub lag: Arc<TestLag>,
    pub mails: Arc<TestMailer>,
    pub address: SocketAddr,
    pub service: Arc<Service>,
    pub shutdown: Shutdown,
    running: Option<JoinHandle<()>>,
}

impl TestServer {
    /// Starts a server with default settings.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts a server with default settings that writes streams this way.
    pub async fn on(path: StreamPath) -> Self {
        Self::with(&path.flags(&[])).await
    }

    /// Starts a server with these flags.
    pub async fn with(flags: &[&str]) -> Self {
        Self::built(flags, |_| {}).await
    }

    /// Starts a server whose updates travel over this bus.
    pub async fn with_bus(path: StreamPath, bus: fn(Arc<Hub>) -> Arc<dyn Bus>) -> Self {
        Self::built(&path.flags(&[]), |parts| parts.bus = bus).await
    }

    /// Starts a server with some of its parts replaced.
    pub async fn built(flags: &[&str], exchange: impl FnOnce(&mut Dependencies)) -> Self {
        let config = config(&[flags, &["--listen", "127.0.0.1:0"]].concat());
        let (clock, lag, mails) = (Arc::new(TestClock::new()), Arc::new(TestLag::new()), Arc::new(TestMailer::default()));
        let (mailer, resolver): (Option<Arc<dyn Mailer>>, Arc<dyn Resolver>) = (Some(mails.clone()), Arc::new(LocalResolver));
        let mut parts = Dependencies { clock: clock.clone(), lag: lag.clone(), mailer, resolver, ..Dependencies::in_memory(&config) };
        exchange(&mut parts);
        let listener = server::listen(config.listen).unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::build(&config, address, parts);
        let (service, shutdown) = (server.service().clone(), Shutdown::default());
        let running = Some(tokio::spawn(server.run(listener, shutdown.clone())));
        Self { clock, lag, mails, address, service, shutdown, running }
    }

    /// Returns a new person with an address of their own.
    pub fn person(&self) -> Person {
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed) + 1;
        let [_, high, middle, low] = number.to_be_bytes();
        self.person_from(Ipv4Addr::new(127, 10 + high, middle, low))
    }

    /// Returns a new person who connects from this address.
    pub fn person_from(&self, address: Ipv4Addr) -> Person {
        Person::new(self.address, address)
    }

    /// Advances the clock and runs the jobs that are due.
    pub async fn advance(&self, span: Duration) {
        self.clock.advance(span);
        while self.service.expire_due().await.unwrap() {}
        self.service.audit_heads().await.unwrap();
    }

    /// Lets the time of one publication of ephemeral changes pass.
    pub async fn publishes(&self) {
        self.clock.advance(parlor::hub::ephemeral::EPHEMERAL_INTERVAL);
        self.service.publish_ephemeral().await;
    }

    /// Lets this many seconds pass, publication by publication.
    pub async fn publishes_for(&self, seconds: u64) {
        for _ in 0..2 * seconds {
            self.publishes().await;
        }
    }

    /// Shuts the server down gracefully and waits until it has ended.
    pub async fn shut_down(&mut self) {
        self.shutdown.trigger();
        let running = self.running.take().unwrap();
        within(running).await.unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// Awaits `future`; panics after [`TIMEOUT`].
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, future).await.expect("timed out")
}

/// One day.
pub const DAY: Duration = Duration::from_hours(24);

/// Returns a duration of this many seconds.
pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
