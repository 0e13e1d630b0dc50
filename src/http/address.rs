//! Who asks: the address that a request comes from, through the proxies that are believed (SEC-107).
//!
//! Each proxy adds the address that it was asked from on the right, so the list is read from there, as far as those who wrote it are believed. What stands
//! further left, anybody may have written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::domain::address::ClientAddress;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client that a request counts for, whose socket is `peer`'s.
///
/// That is the socket's peer, unless it is `trusted`: then it is the right-most address in `X-Forwarded-For` or `Forwarded` (RFC 7239) that is not trusted
/// itself, or the left-most where all are. Where the deciding place cannot be read, or the two headers name different clients, neither is believed: the
/// request counts as the proxy's own.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    let own = ClientAddress::from(peer);
    if !is_trusted(peer, trusted) {
        return own;
    }
    let listed = farthest(headers, &X_FORWARDED_FOR, trusted, listed_address);
    let forwarded = farthest(headers, &header::FORWARDED, trusted, forwarded_address);
    match (listed, forwarded) {
        (Ok(Some(one)), Ok(None)) | (Ok(None), Ok(Some(one))) => one,
        (Ok(Some(one)), Ok(Some(other))) if one == other => one,
        _ => own,
    }
}

/// An element at a place that decides cannot be read.
#[derive(Debug)]
struct Garbled;

/// The client that a header names; none where it names nobody.
fn farthest(headers: &HeaderMap, name: &HeaderName, trusted: &[IpNet], read: fn(&str) -> Option<IpAddr>) -> Result<Option<ClientAddress>, Garbled> {
    let mut client = None;
    for line in headers.get_all(name).iter().rev() {
        for element in FromRight(Some(line.as_bytes())) {
            let element = element.trim_ascii();
            if element.is_empty() {
                continue;
            }
            let address = std::str::from_utf8(element).ok().and_then(read).ok_or(Garbled)?;
            client = Some(address.into());
            if !is_trusted(address, trusted) {
                return Ok(client);
            }
        }
    }
    Ok(client)
}

/// Whether an address is one of the proxies that are believed.
pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// The elements of a list, the last one first. A comma inside quotes separates nothing; quotes that somebody on the left forgot to close cannot reach what a
/// proxy added on the right.
struct FromRight<'a>(Option<&'a [u8]>);

impl<'a> Iterator for FromRight<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.0?;
        let mut quoted = false;
        for (place, byte) in rest.iter().enumerate().rev() {
            match byte {
                b'"' => quoted ^= !is_escaped(&rest[..place]),
                b',' if !quoted => {
                    self.0 = Some(&rest[..place]);
                    return Some(&rest[place + 1..]);
                }
                _ => {}
            }
        }
        self.0 = None;
        Some(rest)
    }
}

/// Whether what follows `before` is escaped by it.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// An element of `X-Forwarded-For`.
fn listed_address(element: &str) -> Option<IpAddr> {
    node(element)
}

/// The `for` of an element of `Forwarded`; every pair of the element must be whole.
fn forwarded_address(element: &str) -> Option<IpAddr> {
    let mut address = None;
    let mut rest = element;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, more) = value(after.trim_start())?;
        if name.trim().eq_ignore_ascii_case("for") {
            if address.is_some() {
                return None;
            }
            address = Some(node(value)?);
        }
        match more.trim_start() {
            "" => return address,
            more => rest = more.strip_prefix(';')?,
        }
    }
}

/// A token, or what stands in quotes, and what follows it. A token may have colons and brackets, since many leave the quotes out. An address needs no escapes,
/// and no other value is used, so they are left as they are.
fn value(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let end = quoted.bytes().enumerate().position(|(place, byte)| byte == b'"' && !is_escaped(&quoted.as_bytes()[..place]))?;
        return Some((&quoted[..end], &quoted[end + 1..]));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(&byte);
    let end = text.bytes().position(|byte| !plain(byte)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// An address, with or without brackets, with or without a port.
fn node(text: &str) -> Option<IpAddr> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']')?;
        let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<Ipv6Addr>().ok().filter(|_| fits).map(IpAddr::V6);
    }
    match text.split_once(':') {
        Some((address, port)) if is_port(port) && address.contains('.') => address.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        _ => text.parse().ok(),
    }
}

/// A number, or the word beginning with `_` that stands for one which is not told.
fn is_port(text: &str) -> bool {
    let hidden = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let number = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok();
    number || text.strip_prefix('_').is_some_and(hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn address(text: &str) -> ClientAddress {
        text.parse::<IpAddr>().unwrap().into()
    }

    fn asked(peer: &str, lines: &[(&str, &str)]) -> ClientAddress {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::try_from(*name).unwrap(), axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        client(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap(), "2001:db8:aaaa::/48".parse().unwrap()])
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(asked("192.0.2.1", &[("x-forwarded-for", "198.51.100.1")]), address("192.0.2.1"));
        assert_eq!(asked("192.0.2.1", &[("forwarded", "for=198.51.100.1")]), address("192.0.2.1"));
        assert_eq!(asked(PROXY, &[("x-forwarded-for", "198.51.100.1")]), address("198.51.100.1"));
        assert_eq!(asked("::ffff:10.0.0.1", &[("x-forwarded-for", "198.51.100.1")]), address("198.51.100.1"));
        assert_eq!(asked(PROXY, &[]), address(PROXY));
        assert_eq!(asked(PROXY, &[("x-forwarded-for", " , ,")]), address(PROXY));
    }

    #[test]
    fn the_right_most_that_is_not_trusted_is_the_client() {
        for (lines, client) in [
            (&["1.2.3.4, 198.51.100.1"][..], "198.51.100.1"),
            (&["1.2.3.4, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            (&["1.2.3.4", "198.51.100.1", "10.9.9.9"], "198.51.100.1"),
            (&["rubbish, \u{ff}, \", 198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["[2001:db8::1]:4711, 10.0.0.2"], "2001:db8::2"),
            (&["2001:db8::1, 2001:db8:aaaa::7"], "2001:db8::1"),
            (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (&["::ffff:198.51.100.1"], "198.51.100.1"),
        ] {
            let lines: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
            assert_eq!(asked(PROXY, &lines), address(client), "{lines:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        for (line, client) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::1"),
            ("for=1.2.3.4, for=198.51.100.1;proto=http;by=203.0.113.43", "198.51.100.1"),
            ("proto=http; FOR=\"198.51.100.1:_hidden\" ;host=\"a, for=1.2.3.4\"", "198.51.100.1"),
            ("for=198.51.100.1;host=\"x, for=1.2.3.4;a=\\\"\"", "198.51.100.1"),
            ("for=\"1.2.3.4, for=198.51.100.1", "198.51.100.1"),
            ("for=198.51.100.1, for=10.0.0.2", "198.51.100.1"),
            ("for=198.51.100.1:80", "198.51.100.1"),
        ] {
            assert_eq!(asked(PROXY, &[("Forwarded", line)]), address(client), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_read_where_it_decides_counts_as_the_proxys_own() {
        for line in
            ["198.51.100.1, rubbish", "1.2.3.4.5", "198.51.100.1:", "198.51.100.1:99999", "[198.51.100.1]", "fe80::1%1", "198.51.100.1 198.51.100.2"]
        {
            assert_eq!(asked(PROXY, &[("x-forwarded-for", line)]), address(PROXY), "{line}");
        }
        for line in
            ["for=unknown", "for=_me", "proto=http", "for=", "for=1.2.3.4;for=1.2.3.4", "for=1.2.3.4;", "for=\"1.2.3.4", "for=1.2.3.4;a=\"", "x"]
        {
            assert_eq!(asked(PROXY, &[("forwarded", line)]), address(PROXY), "{line}");
        }
    }

    #[test]
    fn two_headers_that_disagree_are_both_not_believed() {
        let both = |one, other| asked(PROXY, &[("x-forwarded-for", one), ("forwarded", other)]);
        assert_eq!(both("198.51.100.1", "for=198.51.100.1"), address("198.51.100.1"));
        assert_eq!(both("198.51.100.1", "for=198.51.100.2"), address(PROXY));
        assert_eq!(both("198.51.100.1", "for=unknown"), address(PROXY));
        assert_eq!(both("rubbish", "for=198.51.100.1"), address(PROXY));
    }
}
