//! SEC-012: nothing that somebody writes into an address sends a browser elsewhere.

use std::net::SocketAddr;

use crate::world::{Wire, World};

/// Ways to write down another place, that one or another program took for its own.
const PAYLOADS: [&str; 32] = [
    "//evil.example",
    "//evil.example/",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "/%2f%2fevil.example",
    "%2f%2fevil.example",
    "/%5cevil.example",
    "%5c%5cevil.example",
    "/%2fevil.example/%2e%2e",
    "//evil.example/%2e%2e",
    "//evil.example/..",
    "//evil.example%2f%2e%2e",
    "http://evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "//parlor@evil.example",
    "//127.0.0.1:8080@evil.example/",
    "/.evil.example",
    "/;//evil.example",
    "/%09/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "%0aLocation:%20https://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil%E3%80%82example",
];

/// Names that programs have given to where to go afterwards.
const NAMES: [&str; 6] = ["next", "return_to", "redirect_uri", "url", "continue", "link_url"];

/// Where the answer to this request line sends a browser.
async fn location(server: SocketAddr, target: &str) -> Option<String> {
    let mut wire = Wire::to(server).await;
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n");
    assert!(wire.sends(request).await);
    let answer = String::from_utf8_lossy(&wire.rest().await).into_owned();
    let head = answer.split("\r\n\r\n").next().unwrap();
    assert!(head.starts_with("HTTP/1.1 "), "{target}: {head}");
    let mut locations = head.lines().filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location")));
    let first = locations.next().map(|(_, value)| value.to_owned());
    assert_eq!(locations.next(), None, "{target} has two places to go");
    first
}

/// Whether a browser stays here.
fn is_here(place: &str, server: SocketAddr) -> bool {
    let of_the_path = place.starts_with('/') && !place[1..].starts_with(['/', '\\']);
    of_the_path || place.starts_with(&format!("http://{server}/"))
}

#[tokio::test]
async fn sec_012_no_address_leads_elsewhere() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut sent = 0;
    for payload in PAYLOADS {
        let mut targets = vec![
            payload.to_owned(),
            format!("/docs{payload}"),
            format!("/l/{payload}"),
            format!("/v1/links/{payload}"),
            format!("/v1/chats/{payload}"),
            format!("{}{payload}", chat.path),
            format!("{}/{payload}", link.path),
        ];
        for path in ["/", "/docs", "/security", &format!("/l/{}", link.id), &link.path, "/v1/approval"] {
            targets.extend(NAMES.iter().map(|name| format!("{path}?{name}={payload}")));
        }
        for target in targets {
            if let Some(place) = location(world.address, &target).await {
                sent += 1;
                assert!(is_here(&place, world.address), "{target} leads to {place}");
            }
        }
    }
    assert!(sent > 100, "nothing was redirected at all: {sent}");
}
