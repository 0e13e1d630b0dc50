//! SEC-012: no address leads a browser to another origin.

use std::net::SocketAddr;

use crate::support::{RawClient, TestServer};

/// Ways to write another origin that some programs have accepted.
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

/// Common names of redirect parameters.
const NAMES: [&str; 6] = ["next", "return_to", "redirect_uri", "url", "continue", "link_url"];

/// Returns the `Location` of the response to this request line.
async fn location(server: SocketAddr, target: &str) -> Option<String> {
    let mut connection = RawClient::connect(server).await;
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n");
    assert!(connection.send(request).await);
    let answer = String::from_utf8_lossy(&connection.read_to_end().await).into_owned();
    let head = answer.split("\r\n\r\n").next().unwrap();
    assert!(head.starts_with("HTTP/1.1 "), "{target}: {head}");
    let mut locations = head.lines().filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location")));
    let first = locations.next().map(|(_, value)| value.to_owned());
    assert_eq!(locations.next(), None, "{target} has two `Location` headers");
    first
}

/// Returns true if a browser stays on this origin.
fn is_here(place: &str, server: SocketAddr) -> bool {
    let of_the_path = place.starts_with('/') && !place[1..].starts_with(['/', '\\']);
    of_the_path || place.starts_with(&format!("http://{server}/"))
}

#[tokio::test]
async fn sec_012_no_address_leads_elsewhere() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
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
            if let Some(place) = location(server.address, &target).await {
                sent += 1;
                assert!(is_here(&place, server.address), "{target} leads to {place}");
            }
        }
    }
    assert!(sent > 100, "no request was redirected: {sent}");
}
