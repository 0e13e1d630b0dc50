//! SEC-132: pages of other origins use the API only if the origin is listed, matched exactly.

use reqwest::Method;
use serde_json::json;

use crate::support::{Person, Reply, StreamPath, TestServer, on_both_paths};

/// The allowed origin.
pub(crate) const FRIEND: &str = "https://app.example.org";

/// Origins that resemble the allowed one.
pub(crate) const OTHERS: [&str; 16] = [
    "https://evil.example",
    "null",
    "https://sub.app.example.org",
    "https://app.example.org.evil.example",
    "https://evil-app.example.org",
    "https://evilapp.example.org",
    "https://app.example.or",
    "https://app.example.orgg",
    "https://app.example.org:8443",
    "https://app.example.org:443",
    "http://app.example.org",
    "https://app.example.org/",
    "https://APP.example.org",
    "https://user@app.example.org",
    "https://example.org",
    "*",
];

/// Returns every header that a browser could take as a permission.
fn permissions(reply: &Reply) -> Vec<String> {
    reply
        .headers
        .keys()
        .map(ToString::to_string)
        .filter(|name| name.starts_with("access-control-allow-origin") || name.contains("credentials"))
        .collect()
}

async fn asks(person: &Person, method: Method, path: &str, origin: &str) -> Reply {
    let mut request = person.request(method.clone(), path).header("Origin", origin);
    if method == Method::OPTIONS {
        request = request.header("Access-Control-Request-Method", "POST").header("Access-Control-Request-Headers", "authorization,content-type");
    }
    person.sends(request).await
}

#[tokio::test]
async fn sec_132_without_a_setting_no_page_from_elsewhere_gets_in() {
    let server = TestServer::start().await;
    let person = server.person();
    for origin in OTHERS.iter().chain(&[FRIEND]) {
        for (method, path) in
            [(Method::OPTIONS, "/v1/chats"), (Method::GET, "/v1/chats/nowhere"), (Method::GET, "/healthz"), (Method::GET, "/nowhere")]
        {
            let reply = asks(&person, method, path, origin).await;
            let odd: Vec<_> = reply.headers.keys().filter(|name| name.as_str().starts_with("access-control")).collect();
            assert!(odd.is_empty(), "{origin} {path}: {odd:?}");
        }
    }
}

#[tokio::test]
async fn sec_132_an_origin_is_let_in_exactly_as_it_was_named() {
    let server = TestServer::with(&["--cors-origin", "https://app.example.org,http://127.0.0.1:3000"]).await;
    let person = server.person();
    for origin in OTHERS.iter().chain(&["http://127.0.0.1", "http://127.0.0.1:30000", "http://localhost:3000"]) {
        for (method, path) in [(Method::OPTIONS, "/v1/chats"), (Method::GET, "/v1/chats/nowhere"), (Method::GET, "/healthz")] {
            let reply = asks(&person, method, path, origin).await;
            assert_eq!(permissions(&reply), Vec::<String>::new(), "{origin} {path}");
            assert!(varies_by_origin(&reply), "{origin} {path}: {:?}", reply.headers);
        }
    }
    for origin in [FRIEND, "http://127.0.0.1:3000"] {
        for path in ["/v1/chats/nowhere", "/healthz", "/nowhere"] {
            let reply = asks(&person, Method::GET, path, origin).await;
            assert_eq!((reply.header("access-control-allow-origin"), varies_by_origin(&reply)), (Some(origin), true), "{path}");
            assert_eq!(permissions(&reply), ["access-control-allow-origin"], "credentials are not allowed");
        }
    }
}

fn varies_by_origin(reply: &Reply) -> bool {
    reply.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().to_lowercase().contains("origin"))
}

fn words(reply: &Reply, header: &str) -> Vec<String> {
    let mut words: Vec<_> = reply.header(header).unwrap_or_default().split(',').map(|word| word.trim().to_lowercase()).collect();
    words.sort();
    words
}

#[tokio::test]
async fn sec_132_a_page_that_may_is_told_what_it_may() {
    let server = TestServer::with(&["--cors-origin", FRIEND]).await;
    let person = server.person();
    for path in ["/v1/chats", "/v1/chats/nowhere", "/v1/links/nowhere/knocks", "/v1/tickets"] {
        let reply = asks(&person, Method::OPTIONS, path, FRIEND).await.is(200);
        assert_eq!(reply.header("access-control-allow-origin"), Some(FRIEND));
        assert_eq!(words(&reply, "access-control-allow-methods"), ["delete", "get", "patch", "post"]);
        assert_eq!(words(&reply, "access-control-allow-headers"), ["authorization", "content-type", "idempotency-key", "last-event-id"]);
        assert!(reply.header("access-control-max-age").unwrap().parse::<u32>().unwrap() <= 3_600);
        assert_eq!(reply.header("access-control-allow-credentials"), None);
    }
}

async fn sec_132_a_page_that_may_reads_failures_streams_and_what_stands_in_headers(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--cors-origin", FRIEND])).await;
    let (mut ana, mut eve) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = eve.knocks(&link, "Eve").await;
    ana.declines(&link, &knock).await;
    let again = eve.nobody().request(Method::POST, &format!("{}/knocks", link.path)).json(&json!({"name": "Eve"})).header("Origin", FRIEND);
    let refused = eve.sends(again).await.is_problem(429, "declined_recently");
    let stream = crate::support::EventStream::open(ana.request(Method::GET, &format!("{}/events", chat.path)).header("Origin", FRIEND)).await;
    assert_eq!(stream.headers["access-control-allow-origin"], FRIEND);
    let stranger = server.person();
    let mut too_many = asks(&stranger, Method::GET, "/healthz", FRIEND).await;
    for _ in 0..100 {
        too_many = asks(&stranger, Method::GET, "/v1/chats/nowhere", FRIEND).await;
    }
    assert!(too_many.status == 429 && too_many.header("retry-after").is_some(), "{}", too_many.text);
    for reply in
        [refused, too_many, asks(&ana, Method::GET, &chat.path, FRIEND).await.is(200), asks(&ana, Method::GET, "/v1/links", FRIEND).await.is(405)]
    {
        assert_eq!(reply.header("access-control-allow-origin"), Some(FRIEND));
        assert_eq!(words(&reply, "access-control-expose-headers"), ["idempotent-replayed", "location", "retry-after", "x-request-id"]);
    }
}

on_both_paths!(sec_132_a_page_that_may_reads_failures_streams_and_what_stands_in_headers);
