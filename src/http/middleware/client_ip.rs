//! The client's address behind trusted proxies (SEC-107).
//!
//! Each proxy appends the address of its client on the right, so the list is read from there, as far as the proxies that wrote it are trusted. Anything
//! further left may be forged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::domain::client_address::{ClientAddress, is_trusted};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Resolves the address of the client behind the socket of `peer`.
///
/// It is the socket's peer, unless that is `trusted`: then it is the right-most address in `X-Forwarded-For` or `Forwarded` (RFC 7239) that is not trusted
/// itself, or the left-most one if all are. If the deciding element is malformed, or the two headers name different clients, neither is used: the
/// request counts for the proxy itself.
#[must_use]
pub fn resolve(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
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

/// The deciding element of the header is malformed.
#[derive(Debug)]
struct MalformedForwarded;

/// Returns the client that a header names; none without an address.
fn farthest(
    headers: &HeaderMap,
    name: &HeaderName,
    trusted: &[IpNet],
    read: fn(&str) -> Option<IpAddr>,
) -> Result<Option<ClientAddress>, MalformedForwarded> {
    let mut client = None;
    for line in headers.get_all(name).iter().rev() {
        for element in RightmostHops(Some(line.as_bytes())) {
            let element = element.trim_ascii();
            if element.is_empty() {
                continue;
            }
            let address = std::str::from_utf8(element).ok().and_then(read).ok_or(MalformedForwarded)?;
            client = Some(address.into());
            if !is_trusted(address, trusted) {
                return Ok(client);
            }
        }
    }
    Ok(client)
}

/// The elements of a list, the last one first. Commas inside quotes are not separators; an unclosed quote on the left does not affect what a proxy
/// appended on the right.
struct RightmostHops<'a>(Option<&'a [u8]>);

impl<'a> Iterator for RightmostHops<'a> {
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

/// Returns true if `before` ends in a backslash that escapes the next byte.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Parses an element of `X-Forwarded-For`.
fn listed_address(element: &str) -> Option<IpAddr> {
    node(element)
}

/// Parses the `for` of an element of `Forwarded`; every pair of the element must be well-formed.
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

/// Splits off a token or a quoted string. A token may have colons and brackets, since many proxies omit the quotes. Escapes are kept, since addresses need
/// none and other values are not used.
fn value(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let end = quoted.bytes().enumerate().position(|(place, byte)| byte == b'"' && !is_escaped(&quoted.as_bytes()[..place]))?;
        return Some((&quoted[..end], &quoted[end + 1..]));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(&byte);
    let end = text.bytes().position(|byte| !plain(byte)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Parses an address, with or without brackets, with or without a port.
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

/// Returns true for a port number, or an obfuscated port that begins with `_`.
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
        resolve(peer.parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap(), "2001:db8:aaaa::/48".parse().unwrap()])
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
