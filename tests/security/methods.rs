//! SEC-087, SEC-092: methods, media types and headers change neither authorization nor the origin of links.

use reqwest::Method;
use serde_json::{Value, json};

use crate::access_matrix::rows;
use crate::fixture::{Fixture, Who};
use crate::raw_http::{answer, request, says};
use crate::requests::{bare, nothing_here, sends};
use crate::support::{StreamPath, TestServer, on_both_paths};

#[tokio::test]
async fn sec_087_there_is_no_trace_and_no_tunnel() {
    let fixture = Fixture::opens().await;
    let secret = [("X-Secret", "nobody-sends-this-back")];
    for path in ["/", "/healthz", "/v1/chats", fixture.chat.path.as_str(), "/docs", "/openapi.json"] {
        for method in ["TRACE", "CONNECT", "TRACK", "DEBUG", "PROPFIND"] {
            let told = answer(fixture.server.address, request(method, path, None, &secret)).await.unwrap();
            assert!(matches!(told.status, 400 | 404 | 405), "{method} {path}: {}", told.head);
            assert!(!(told.head + &told.body).contains("nobody-sends-this-back"));
        }
    }
    let tunnel =
        answer(fixture.server.address, "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nConnection: close\r\n\r\n").await.unwrap();
    assert!(matches!(tunnel.status, 400 | 404 | 405), "{}", tunnel.head);
    let trace = fixture.person(Who::Owner).request(Method::TRACE, &fixture.chat.path);
    sends(trace).await.is_problem(405, "method_not_allowed");
}

#[tokio::test]
async fn sec_087_a_method_in_a_header_or_a_query_is_not_one() {
    let fixture = Fixture::opens().await;
    let owner = fixture.person(Who::Owner);
    let before = fixture.as_owner_sees().await;
    for header in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
        for method in [Method::GET, Method::HEAD] {
            sends(owner.request(method, &fixture.chat.path).header(header, "DELETE")).await.is(200);
        }
        let posted = owner.request(Method::POST, &fixture.chat.path).header(header, "DELETE").json(&json!({"nothing": 1}));
        sends(posted).await.is_problem(422, "invalid");
    }
    for query in ["_method=DELETE", "method=DELETE", "X-HTTP-Method-Override=DELETE"] {
        sends(owner.request(Method::GET, &format!("{}?{query}", fixture.chat.path))).await.is(200);
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

async fn sec_087_what_takes_json_takes_nothing_else(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    for row in rows() {
        let ask = (row.ask)(&fixture.real());
        let Some(body) = &ask.body else { continue };
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "application/xml", "*/*"] {
            let request = fixture.person(Who::Owner).request(Method::from_bytes(ask.method.as_bytes()).unwrap(), &ask.path);
            sends(request.header("Content-Type", kind).body(body.to_string())).await.is_problem(415, "unsupported_media_type");
        }
    }
}

#[tokio::test]
async fn sec_092_conditions_and_ranges_open_nothing_and_break_nothing() {
    let fixture = Fixture::opens().await;
    let nothing = nothing_here(&fixture.server).await;
    for (name, value) in [
        ("Range", "bytes=0-0"),
        ("Range", "bytes=9999999999-"),
        ("Range", "bytes=0-0,0-0,0-0,0-0"),
        ("Range", "x"),
        ("If-Range", "\"x\""),
        ("If-Match", "*"),
        ("If-Match", "\"x\""),
        ("If-None-Match", "*"),
        ("If-None-Match", "W/\"x\""),
        ("If-Modified-Since", "Sat, 01 Jan 2050 00:00:00 GMT"),
        ("If-Modified-Since", "never"),
        ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
    ] {
        let read = |who: Who| sends(fixture.person(who).request(Method::GET, &fixture.chat.path).header(name, value));
        assert_eq!(bare(&read(Who::Stranger).await), nothing, "{name}: {value}");
        assert_eq!(bare(&read(Who::Owner).await), bare(&fixture.person(Who::Owner).gets(&fixture.chat.path).await), "{name}: {value}");
    }
}

#[tokio::test]
async fn sec_092_who_waits_to_be_told_to_go_on_is_told_or_refused() {
    let fixture = Fixture::opens().await;
    let (server, path) = (fixture.server.address, &fixture.chat.path);
    let post = |credential: Option<&str>, expect: &str, body: &str| {
        let length = body.len().to_string();
        request("POST", path, credential, &[("Content-Type", "application/json"), ("Expect", expect), ("Content-Length", &length)]) + body
    };
    let owner = fixture.person(Who::Owner).credential.as_deref();
    let told = says(server, post(owner, "100-continue", "{\"text\": \"expected\"}")).await;
    assert!(told.starts_with("HTTP/1.1 100") && told.contains("HTTP/1.1 201"), "{told}");
    let stranger = says(server, post(None, "100-continue", "{\"text\": \"expected\"}")).await;
    assert!(stranger.contains("HTTP/1.1 404") && !stranger.contains("HTTP/1.1 2"), "{stranger}");
    for odd in ["", "200-ok", "100-continue, 100-continue"] {
        let told = says(server, post(None, odd, "{\"text\": \"expected\"}")).await;
        assert!(told.contains("HTTP/1.1 404") || told.contains("HTTP/1.1 417"), "{odd}: {told}");
    }
}

/// Returns every address in a response.
fn addresses(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields.values().flat_map(addresses).collect(),
        Value::Array(items) => items.iter().flat_map(addresses).collect(),
        Value::String(text) if text.contains("://") => vec![text.clone()],
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn sec_092_links_lead_to_the_configured_origin_whatever_the_request_says_it_is() {
    let server = TestServer::with(&["--public-url", "https://parlor.example"]).await;
    let lines = [
        "Host: evil.example\r\n",
        "Host: parlor\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: gopher\r\nX-Forwarded-Port: 6\r\n",
        "Host: parlor\r\nForwarded: host=evil.example;proto=gopher\r\n",
        "Host: parlor\r\nX-Original-Host: evil.example\r\nX-Host: evil.example\r\n\
         X-Original-URL: /evil.example\r\nX-Rewrite-URL: /evil.example\r\n",
    ];
    let whole = lines.iter().map(|line| ("/v1/chats", *line)).chain([("http://evil.example/v1/chats", "Host: evil.example\r\n")]);
    for (target, line) in whole {
        let told = answer(server.address, format!("POST {target} HTTP/1.1\r\n{line}Connection: close\r\nContent-Length: 0\r\n\r\n")).await.unwrap();
        assert_eq!(told.status, 201, "{target} {line}: {}", told.body);
        assert!(!(told.head.clone() + &told.body).contains("evil"), "{line}: {}", told.head);
        let urls = addresses(&serde_json::from_str(&told.body).unwrap());
        assert_eq!(urls.len(), 4);
        assert!(urls.iter().all(|url| url.starts_with("https://parlor.example/")), "{line}: {urls:?}");
        assert!(told.head.contains("location: https://parlor.example/"), "{}", told.head);
    }
}

on_both_paths!(sec_087_what_takes_json_takes_nothing_else);
