//! A world with people in it: the whole program over real sockets, with a clock that tests turn.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    missing_docs,
    clippy::unwrap_used,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::unused_async,
    clippy::wrong_self_convention,
    reason = "each test binary uses its own part of the world, and a test that cannot go on stops"
)]

pub mod client;
pub mod clock;
pub mod contract;
pub mod ear;
pub mod files;
pub mod hearing;
pub mod lag;
pub mod looks;
pub mod person;
pub mod program;
pub mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use clap::Parser;
use parlor::config::Config;
use parlor::http::connection;
use parlor::live::Live;
use parlor::live::bus::Bus;
use parlor::server::{Parts, Server};
use parlor::service::Service;
use parlor::shutdown::Shutdown;
use tokio::task::JoinHandle;

pub use clock::TestClock;
pub use ear::{Ear, Heard};
pub use hearing::{Event, Hearing};
pub use lag::TestLag;
pub use looks::each;
pub use person::{Chat, Knock, Link, Person, Reply};
pub use program::{Program, Said};
pub use wire::{Wire, head};

/// The longest that anything is waited for, on a machine that has much else to do.
pub const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// The flags of servers that keep streams in the HTTP machinery: all that the test binary `ordinary` starts, unless a test says how it wants them.
pub fn by_this_path<'a>(flags: &[&'a str]) -> Vec<&'a str> {
    let said = flags.contains(&"--listener-path");
    let path: &[&str] = if env!("CARGO_CRATE_NAME") == "ordinary" && !said { &["--listener-path", "http"] } else { &[] };
    [flags, path].concat()
}

/// The settings that these flags make.
pub fn config(flags: &[&str]) -> Config {
    Flags::parse_from(std::iter::once("parlor").chain(flags.iter().copied())).config
}

/// A running server.
#[derive(Debug)]
pub struct World {
    pub clock: Arc<TestClock>,
    pub lag: Arc<TestLag>,
    pub address: SocketAddr,
    pub service: Arc<Service>,
    pub shutdown: Shutdown,
    people: AtomicU32,
    running: Option<JoinHandle<()>>,
}

impl World {
    /// A world as it is without any settings.
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// A world with these flags.
    pub async fn with(flags: &[&str]) -> Self {
        Self::built(flags, |_| {}).await
    }

    /// A world in which news travel over this bus.
    pub async fn with_bus(bus: fn(Arc<Live>) -> Arc<dyn Bus>) -> Self {
        Self::built(&[], |parts| parts.bus = bus).await
    }

    /// A world whose parts were exchanged.
    pub async fn built(flags: &[&str], exchange: impl FnOnce(&mut Parts)) -> Self {
        let mut flags = by_this_path(flags);
        flags.extend(["--listen", "127.0.0.1:0"]);
        let config = config(&flags);
        let (clock, lag) = (Arc::new(TestClock::new()), Arc::new(TestLag::new()));
        let mut parts = Parts { clock: clock.clone(), lag: lag.clone(), ..Parts::in_memory(&config) };
        exchange(&mut parts);
        let listener = connection::listen(config.listen).unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::build(&config, address, parts);
        let (service, shutdown) = (server.service().clone(), Shutdown::default());
        let running = Some(tokio::spawn(server.run(listener, shutdown.clone())));
        Self { clock, lag, address, service, shutdown, people: AtomicU32::new(0), running }
    }

    /// Somebody new, who comes from an address of their own.
    pub fn person(&self) -> Person {
        let number = self.people.fetch_add(1, Ordering::Relaxed) + 1;
        let [_, high, middle, low] = number.to_be_bytes();
        self.person_from(Ipv4Addr::new(127, 10 + high, middle, low))
    }

    /// Somebody new, who comes from this address.
    pub fn person_from(&self, address: Ipv4Addr) -> Person {
        Person::new(self.address, address)
    }

    /// Time goes by, and what is due by then happens.
    pub async fn later(&self, span: Duration) {
        self.clock.advance(span);
        while self.service.sweep().await.unwrap() {}
        self.service.audit().await.unwrap();
    }

    /// Ends the server softly, and waits until it has ended.
    pub async fn ends(&mut self) {
        self.shutdown.press();
        let running = self.running.take().unwrap();
        within(running).await.unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// What `future` brings, within patience.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it takes too long")
}

/// A day.
pub const DAY: Duration = Duration::from_hours(24);

/// So many seconds.
pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
