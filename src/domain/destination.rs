//! Which URLs and addresses the server connects to on behalf of users (SEC-170, SEC-171).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::Url;

use super::text::{InvalidText, check_characters};

/// IPv4 networks that do not belong to the public internet: the IANA registry of special-purpose addresses, multicast, and relays of 6to4.
const SPECIAL_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Global unicast IPv6: everything else is loopback, mapped, link-local, unique local, NAT64, multicast or unassigned.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks in it that are special: protocol assignments with Teredo, documentation, 6to4.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Returns true for an address of the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(network, length)| has_prefix(address.to_bits(), network.to_bits(), 32 - length)),
        IpAddr::V6(address) => {
            let is_in = |(network, length): (Ipv6Addr, u8)| address.to_bits() >> (128 - length) == network.to_bits() >> (128 - length);
            is_in(GLOBAL_V6) && !SPECIAL_V6.into_iter().any(is_in)
        }
    }
}

const fn has_prefix(address: u32, network: u32, rest: u8) -> bool {
    address >> rest == network >> rest
}

/// Where the server may connect to: public addresses over TLS, and what the operator allows besides, also without TLS.
#[derive(Clone, Debug, Default)]
pub struct Destinations {
    allowed: Vec<IpNet>,
}

impl Destinations {
    /// Returns the public addresses and these networks.
    #[must_use]
    pub const fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Returns true if the server may connect to this address.
    #[must_use]
    pub fn admits(&self, address: IpAddr, with_tls: bool) -> bool {
        self.allows(address) || (with_tls && is_public(address))
    }

    /// Returns true if the operator allows this address.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allowed.iter().any(|network| network.contains(&address))
    }

    /// Parses a URL of a user to which the server is to send: `https`, or `http` where some addresses are reached without TLS.
    pub fn parse_url(&self, text: &str, max_bytes: usize) -> Result<Url, InvalidText> {
        let invalid = |why: &str| InvalidText(why.into());
        if text.len() > max_bytes {
            return Err(InvalidText(format!("must have at most {max_bytes} bytes")));
        }
        check_characters(text)?;
        if text.chars().any(|c| c == '\\' || c.is_control() || c.is_whitespace()) {
            return Err(invalid("must not contain spaces, backslashes or control characters"));
        }
        let is = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        if !(is("https://") || is("http://") && !self.allowed.is_empty()) {
            return Err(invalid("must begin with https://"));
        }
        let url = Url::parse(text).map_err(|_| invalid("must be a URL such as https://example.org/hook"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("must not contain a user name or a password"));
        }
        if url.fragment().is_some() {
            return Err(invalid("must not contain a fragment"));
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: &str = "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 \
        192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 \
        255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 \
        2001:0:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 \
        febf::1 fec0::1 ff02::1";

    const PUBLIC: &str = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 172.15.255.255 \
        172.32.0.0 192.0.1.1 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 2001:200::1 2001:4860:4860::8888 \
        2001:db7::1 2003::1 2606:4700::1111 2a00::1 3ffe::1";

    #[test]
    fn sec_171_only_addresses_of_the_public_internet_are_public() {
        for address in PRIVATE.split(' ') {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }

        for address in PUBLIC.split(' ') {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn sec_171_what_is_not_public_must_be_allowed_and_only_that_is_reached_without_tls() {
        let none = Destinations::default();
        let some = Destinations::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        assert!(!none.admits(local, true) && !none.admits(local, false) && none.parse_url("http://a.example", 99).is_err());
        assert!(some.admits(local, true) && some.admits(local, false) && some.parse_url("http://a.example", 99).is_ok());
        let public: IpAddr = "8.8.8.8".parse().unwrap();
        assert!(some.admits(public, true) && !some.admits(public, false));
        for other in ["10.0.0.1", "::1", "::ffff:127.0.0.1", "fc00::1"] {
            assert!(!some.admits(other.parse().unwrap(), true), "{other}");
        }
    }
}
