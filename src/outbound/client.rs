//! Sends requests: looks the host up once, connects to an address that is admitted and to no other, and gives up soon (SEC-171, SEC-172).

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use super::exchange::exchange;
use super::hosts::{Hosts, WAIT};
use super::resolver::Resolver;
use super::tls::Tls;
use crate::domain::clock::Clock;
use crate::domain::destination::Destinations;
use crate::limiter::permits::KeyedPermits;
use crate::service::notify::outbound::{MAX_PER_HOST, OutboundClient, OutboundRequest, OutboundResult, REQUEST_TIMEOUT};

/// The longest time that connecting to one of several addresses may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The most addresses of a host that are tried.
const MAX_ADDRESSES: usize = 3;
/// How long to wait if the system has no certificates.
const NO_TLS_WAIT: Duration = Duration::from_mins(1);

/// Sends requests over HTTP/1.1, each on a connection of its own.
#[derive(Debug)]
pub struct HttpClient {
    destinations: Destinations,
    resolver: Arc<dyn Resolver>,
    clock: Arc<dyn Clock>,
    hosts: Arc<Hosts>,
    addresses: Arc<KeyedPermits<IpAddr>>,
    tls: Tls,
}

/// Why there is no answer.
enum NoAnswer {
    /// The host has no address that is admitted, cannot be reached, or does not speak HTTP.
    Failed,
    /// The request was not sent, for a reason that is not the host's.
    Busy(Duration),
}

impl HttpClient {
    /// Creates a client that connects to these destinations. Nothing is prepared before the first request.
    #[must_use]
    pub fn new(destinations: Destinations, resolver: Arc<dyn Resolver>, clock: Arc<dyn Clock>) -> Self {
        let (hosts, addresses) = (Hosts::new(clock.clone()), KeyedPermits::new(Some(MAX_PER_HOST)));
        Self { destinations, resolver, clock, hosts, addresses, tls: Tls::default() }
    }

    /// Sends a request; `reached` becomes true once the host is connected to.
    async fn send(&self, url: &Url, request: OutboundRequest, reached: &AtomicBool) -> Result<OutboundResult, NoAnswer> {
        let with_tls = url.scheme() == "https";
        let host = url.host().ok_or(NoAnswer::Failed)?;
        let port = url.port_or_known_default().ok_or(NoAnswer::Failed)?;
        let addresses = self.addresses_of(&host, with_tls).await?;
        let _permit = self.addresses.try_acquire(addresses[0]).ok_or(NoAnswer::Busy(WAIT))?;
        let connection = self.connect(&addresses, port).await?;
        let wall = self.clock.wall(self.clock.now());
        if !with_tls {
            reached.store(true, Ordering::Relaxed);
            return exchange(connection, url, request, wall).await.map_err(|_| NoAnswer::Failed);
        }
        let connector = self.tls.connector().await.ok_or(NoAnswer::Busy(NO_TLS_WAIT))?;
        let name = ServerName::try_from(url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned()).map_err(|_| NoAnswer::Failed)?;
        let connection = connector.connect(name, connection).await.map_err(|_| NoAnswer::Failed)?;
        reached.store(true, Ordering::Relaxed);
        exchange(connection, url, request, wall).await.map_err(|_| NoAnswer::Failed)
    }

    /// Returns the addresses of a host that are admitted, at least one. The host is looked up once: the connection goes to what was judged.
    async fn addresses_of(&self, host: &Host<&str>, with_tls: bool) -> Result<Vec<IpAddr>, NoAnswer> {
        let found = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(name) => self.resolver.resolve(name).await.map_err(|error| match error.kind() {
                io::ErrorKind::ResourceBusy => NoAnswer::Busy(WAIT),
                _ => NoAnswer::Failed,
            })?,
        };
        let admitted: Vec<_> = found.into_iter().filter(|address| self.destinations.admits(*address, with_tls)).take(MAX_ADDRESSES).collect();
        if admitted.is_empty() { Err(NoAnswer::Failed) } else { Ok(admitted) }
    }

    async fn connect(&self, addresses: &[IpAddr], port: u16) -> Result<TcpStream, NoAnswer> {
        for address in addresses {
            let timeout = self.clock.sleep_until(self.clock.now() + CONNECT_TIMEOUT);
            let connected = tokio::select! {
                connected = TcpStream::connect((*address, port)) => connected.ok(),
                () = timeout, if addresses.len() > 1 => None,
            };
            if let Some(connection) = connected {
                return Ok(connection);
            }
        }
        Err(NoAnswer::Failed)
    }
}

#[async_trait]
impl OutboundClient for HttpClient {
    async fn post(&self, request: OutboundRequest) -> OutboundResult {
        let Ok(url) = Url::parse(&request.url) else { return OutboundResult::Unanswered };
        let name = url[url::Position::BeforeHost..url::Position::BeforePath].to_owned();
        let permit = match self.hosts.enter(&name) {
            Ok(permit) => permit,
            Err(wait) => return OutboundResult::Busy(wait),
        };
        let reached = AtomicBool::new(false);
        let sent = tokio::select! {
            sent = self.send(&url, request, &reached) => sent,
            () = self.clock.sleep_until(self.clock.now() + REQUEST_TIMEOUT) => Err(NoAnswer::Failed),
        };
        match sent {
            Ok(result) => {
                permit.finish(true);
                result
            }
            Err(NoAnswer::Failed) => {
                // A host that is reached but does not answer one webhook may answer another: each of them waits by itself.
                permit.finish(reached.into_inner());
                OutboundResult::Unanswered
            }
            Err(NoAnswer::Busy(wait)) => OutboundResult::Busy(wait),
        }
    }
}
