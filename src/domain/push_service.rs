//! Push services: the servers of browser makers that take notifications to devices (RFC 8030). Which ones the server sends to is a setting (SEC-170).

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use super::destination::Destinations;

/// The hosts of FCM, Mozilla, Apple and WNS. Each stands for its sub-domains too.
const KNOWN_HOSTS: [&str; 4] = ["fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"];

/// A push service that the operator allows besides the known ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedPushService {
    /// A host with its sub-domains, and its port.
    Host(String, u16),
    /// The addresses of a network, also without TLS and at any port.
    Network(IpNet),
}

impl AllowedPushService {
    /// Parses a host such as `push.example.org`, with a port if it is not 443, or a network such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// A line for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(network) = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)) {
            return Ok(Self::Network(network));
        }
        let invalid = || "must be a host such as push.example.org, or a network such as 10.0.0.0/8".to_owned();
        let url = Url::parse(&format!("https://{text}/")).map_err(|_| invalid())?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        match url.host() {
            Some(Host::Domain(name)) if is_bare && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)) => {
                Ok(Self::Host(name.to_owned(), url.port_or_known_default().unwrap_or(443)))
            }
            _ => Err(invalid()),
        }
    }
}

/// The push services that the server sends to.
#[derive(Clone, Debug, Default)]
pub struct PushServices {
    hosts: Vec<(String, u16)>,
    destinations: Destinations,
}

impl PushServices {
    /// Returns the known push services and these.
    #[must_use]
    pub fn new(allowed: Vec<AllowedPushService>) -> Self {
        let (mut hosts, mut networks) = (Vec::new(), Vec::new());
        for service in allowed {
            match service {
                AllowedPushService::Host(name, port) => hosts.push((name, port)),
                AllowedPushService::Network(network) => networks.push(network),
            }
        }
        Self { hosts, destinations: Destinations::new(networks) }
    }

    /// Returns the addresses that may be connected to.
    #[must_use]
    pub const fn destinations(&self) -> &Destinations {
        &self.destinations
    }

    /// Returns true if this is the URL of one of them. An address is, and `http`, only if the operator allows its network.
    pub(super) fn has(&self, url: &Url) -> bool {
        let Some(port) = url.port_or_known_default() else { return false };
        match (url.scheme(), url.host()) {
            ("https", Some(Host::Domain(name))) => {
                let known = KNOWN_HOSTS.iter().map(|host| (*host, 443));
                let allowed = self.hosts.iter().map(|(host, port)| (host.as_str(), *port));
                known.chain(allowed).any(|(host, at)| at == port && is_within(name, host))
            }
            ("https" | "http", Some(Host::Ipv4(address))) => self.destinations.allows(IpAddr::V4(address)),
            ("https" | "http", Some(Host::Ipv6(address))) => self.destinations.allows(IpAddr::V6(address)),
            _ => false,
        }
    }
}

/// Returns true for a host and its sub-domains.
fn is_within(name: &str, host: &str) -> bool {
    name.strip_suffix(host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_allows_hosts_and_networks() {
        let host = |name: &str, port| Ok(AllowedPushService::Host(name.into(), port));
        assert_eq!(AllowedPushService::parse("Push.Example.org"), host("push.example.org", 443));
        assert_eq!(AllowedPushService::parse("push.example.org:8443"), host("push.example.org", 8443));
        for network in ["127.0.0.0/8", "10.1.2.3", "::1", "fd00::/8"] {
            assert!(matches!(AllowedPushService::parse(network), Ok(AllowedPushService::Network(_))), "{network}");
        }
        for wrong in [
            "",
            "*",
            "https://push.example.org",
            "push.example.org/path",
            "user@push.example.org",
            "a b",
            "127.1",
            "push.example.org?x",
            "1.2.3.4:80",
        ] {
            assert!(AllowedPushService::parse(wrong).is_err(), "{wrong}");
        }
    }
}
