//! Forwarded headers: only trusted proxies determine the client's address.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue};
use ipnet::IpNet;
use parlor::domain::client_address::ClientAddress;
use parlor::http::middleware::client_ip::resolve;

use crate::inputs::tries;

const WORDS: [&str; 34] = [
    "\n",
    "\n",
    ",",
    ",",
    ", ",
    "10.0.0.1",
    "10.0.0.2",
    "192.0.2.1",
    "192.0.2.2",
    "203.0.113.9",
    "2001:db8::1",
    "[2001:db8::1]",
    "2001:db8:0:1::1",
    "::ffff:192.0.2.1",
    "fd00::1",
    "[fd00::1]:443",
    "192.0.2.1:80",
    "for=",
    "For=",
    "for=\"",
    "\"",
    "\\",
    ";",
    "by=10.0.0.1",
    "proto=https",
    "host=evil",
    "unknown",
    "_hidden",
    " ",
    "\t",
    "=",
    "1.2.3",
    "0x7f.1",
    "for=192.0.2.1",
];

/// Splits the input into headers: the first line selects the peer, the second is `X-Forwarded-For`, the third `Forwarded`.
fn headers(listed: Option<&[u8]>, forwarded: Option<&[u8]>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, line) in [("x-forwarded-for", listed), ("forwarded", forwarded)] {
        if let Some(line) = line {
            headers.append(name, HeaderValue::from_bytes(line).ok()?);
        }
    }
    Some(headers)
}

#[test]
fn nobody_who_is_not_trusted_says_where_they_come_from() {
    let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap()).to_vec();
    let proxies: Vec<IpAddr> = ["10.0.0.1", "fd00::1", "::ffff:10.1.1.1"].map(|one| one.parse().unwrap()).to_vec();
    let strangers: Vec<IpAddr> = ["192.0.2.77", "2001:db8::77", "11.0.0.1"].map(|one| one.parse().unwrap()).to_vec();
    tries("forwarded", &WORDS, move |input| {
        let mut lines = input.splitn(3, |byte| *byte == b'\n');
        let left = lines.next().unwrap_or_default();
        let (listed, forwarded) = (lines.next(), lines.next());
        let Some(said) = headers(listed, forwarded) else { return };
        for peer in &strangers {
            assert_eq!(resolve(*peer, &said, &trusted), ClientAddress::from(*peer), "an untrusted resolve's header was used");
            assert_eq!(resolve(*peer, &said, &[]), ClientAddress::from(*peer), "no proxy is trusted");
        }
        for peer in &proxies {
            let own = ClientAddress::from(*peer);
            let plain = listed.filter(|_| forwarded.is_none()).and_then(addresses);
            if let Some(plain) = plain {
                assert_eq!(resolve(*peer, &said, &trusted), expected(*peer, &plain, &trusted), "{plain:?}");
            }
            // Entries further left change nothing behind an untrusted address that the proxy saw.
            for (seen, written) in [("203.0.113.200", "203.0.113.200"), ("2001:db8:5::1", "\"[2001:db8:5::1]\"")] {
                let seen: IpAddr = seen.parse().unwrap();
                let listed = [left, format!(", {seen}").as_bytes()].concat();
                let forwarded = [left, format!(", for={written}").as_bytes()].concat();
                let lines = [("x-forwarded-for", seen.to_string()), ("forwarded", format!("for={written}"))].map(|(name, last)| {
                    let mut said = HeaderMap::new();
                    said.append(name, HeaderValue::from_bytes(left).ok()?);
                    said.append(name, last.parse().unwrap());
                    Some(said)
                });
                for said in [headers(Some(&listed), None), headers(None, Some(&forwarded))].into_iter().chain(lines).flatten() {
                    assert_eq!(resolve(*peer, &said, &trusted), ClientAddress::from(seen), "{said:?}");
                    assert_ne!(resolve(*peer, &said, &trusted), own);
                }
            }
        }
    });
}

/// Parses a list of plain addresses, if it holds nothing else.
fn addresses(line: &[u8]) -> Option<Vec<IpAddr>> {
    std::str::from_utf8(line).ok()?.split(',').map(|one| one.trim_matches([' ', '\t']).parse().ok()).collect()
}

/// Returns the right-most untrusted address, else the left-most.
fn expected(peer: IpAddr, plain: &[IpAddr], trusted: &[IpNet]) -> ClientAddress {
    let is_trusted = |one: &IpAddr| trusted.iter().any(|net| net.contains(&one.to_canonical()));
    let farthest = plain.iter().rev().find(|one| !is_trusted(one)).or(plain.first());
    farthest.map_or(peer.into(), |one| ClientAddress::from(*one))
}
