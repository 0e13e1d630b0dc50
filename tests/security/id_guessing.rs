//! SEC-004, 102, 107: guessing addresses is slowed down, and clients cannot forge their address.

use reqwest::Method;
use serde_json::json;

use crate::fixture::UNKNOWN;
use crate::rate_limits::{exceeds, succeed};
use crate::requests::bare;
use crate::support::{Person, Reply, StreamPath, TestServer, on_both_paths};

/// A link that never existed.
fn guess(number: usize) -> String {
    format!("/v1/links/{number:026}A")
}

/// Guesses until a response is not a 404; returns the count and that response.
async fn guesses(person: &Person, headers: impl Fn(usize) -> Vec<(&'static str, String)>) -> (usize, Reply) {
    let mut number = 0;
    let request = || {
        number += 1;
        let request = person.request(Method::GET, &guess(number));
        headers(number).into_iter().fold(request, |request, (name, value)| request.header(name, value))
    };
    succeed(404, {
        let mut request = request;
        move || {
            let request = request();
            async move { person.sends(request).await }
        }
    })
    .await
}

#[tokio::test]
async fn sec_004_a_miss_costs_five_and_then_hit_and_miss_are_alike() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let eve = server.person();
    let (count, miss) = guesses(&eve, |_| Vec::new()).await;
    assert_eq!(count, 60, "300 requests, five each");
    exceeds(&miss, "too_many_requests", "requests");
    let hit = eve.gets(&link.path).await;
    assert_eq!(bare(&hit), bare(&miss));
    assert_eq!(bare(&eve.showing(UNKNOWN).gets(&chat.path).await), bare(&miss), "an unknown credential counts as none");
    assert_eq!(bare(&eve.showing(&chat.author).gets("/v1/chats/x").await), bare(&miss), "so does one that is not valid for the request");
    eve.showing(&chat.author).gets(&chat.path).await.is(200);
    assert_eq!(server.person().gets(&link.path).await.is(200).json["request_sent_status"], json!(true));
    server.clock.advance(exceeds(&hit, "too_many_requests", "requests"));
    eve.gets(&link.path).await.is(200);
}

async fn sec_004_every_404_is_a_miss_whatever_was_asked_for(path: StreamPath) {
    for (method, target) in [
        (Method::GET, "/nowhere"),
        (Method::GET, "/v1/nowhere"),
        (Method::GET, "/v1/chats/x"),
        (Method::DELETE, "/v1/links/x"),
        (Method::GET, "/v1/chats/x/events"),
        (Method::GET, "/v1/approval?link_url=x"),
        (Method::HEAD, "/v1/chats/x"),
    ] {
        let server = TestServer::with(&path.flags(&["--rate-factor", "0.1"])).await;
        let eve = server.person();
        let count = succeed(404, || eve.sends(eve.request(method.clone(), target))).await.0;
        assert_eq!(count, 6, "{method} {target}");
    }
}

#[tokio::test]
async fn sec_102_an_address_has_at_most_2_kib() {
    let server = TestServer::start().await;
    let person = server.person();
    let at = |bytes: usize| format!("/v1/chats/x?after={}", "1".repeat(bytes - 18));
    assert_eq!(at(2_048).len(), 2_048);
    person.gets(&at(2_048)).await.is(404);
    let reply = person.gets(&at(2_049)).await.is_problem(414, "uri_too_long");
    assert_eq!(reply.json["limit"], json!("uri"));
    person.gets(&format!("/{}", "x".repeat(2_048))).await.is_problem(414, "uri_too_long");
    person.gets(&format!("/healthz?{}", "x".repeat(2_048))).await.is_problem(414, "uri_too_long");
}

#[tokio::test]
async fn sec_107_a_header_changes_nothing_where_no_proxy_is_trusted() {
    for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"] {
        let server = TestServer::start().await;
        let value = |number| if name == "Forwarded" { format!("for=1.2.3.{number}") } else { format!("1.2.3.{number}") };
        let (count, reply) = guesses(&server.person(), |number| vec![(name, value(number))]).await;
        assert_eq!(count, 60, "{name}");
        exceeds(&reply, "too_many_requests", "requests");
    }
}

#[tokio::test]
async fn sec_107_behind_a_trusted_proxy_the_right_most_counts_and_the_left_changes_nothing() {
    let server = TestServer::with(&["--trusted-proxy", "127.0.0.0/8"]).await;
    let proxy = server.person();
    let (count, _) = guesses(&proxy, |number| vec![("X-Forwarded-For", format!("1.2.3.{number}, 198.51.100.1"))]).await;
    assert_eq!(count, 60);
    let (count, _) = guesses(&proxy, |number| vec![("X-Forwarded-For", format!("1.2.3.{number}")), ("X-Forwarded-For", "198.51.100.2".into())]).await;
    assert_eq!(count, 60);
    let (count, _) = guesses(&proxy, |number| vec![("X-Forwarded-For", format!("1.2.3.{number}, 198.51.100.3, 127.0.0.9"))]).await;
    assert_eq!(count, 60);
    let (count, _) = guesses(&proxy, |number| vec![("Forwarded", format!("for=1.2.3.{number}, for=198.51.100.4;proto=https"))]).await;
    assert_eq!(count, 60);
    let (count, _) = guesses(&proxy, |number| vec![("X-Forwarded-For", format!("2001:db8::{number:x}"))]).await;
    assert_eq!(count, 60, "a network prefix has one quota");
    let (count, _) = guesses(&proxy, |number| vec![("X-Forwarded-For", format!("rubbish {number}"))]).await;
    assert_eq!(count, 60, "a malformed header counts for the proxy");
    let disagree = |number| vec![("X-Forwarded-For", format!("1.2.3.{number}")), ("Forwarded", "for=198.51.100.9".into())];
    let (count, _) = guesses(&proxy, disagree).await;
    assert_eq!(count, 0, "contradictory headers count for the proxy too, whose quota is used up");
    let untouched = proxy.request(Method::GET, &guess(0)).header("X-Forwarded-For", "198.51.100.10");
    proxy.sends(untouched).await.is(404);
}

/// Limits per address elsewhere use the same address.
#[tokio::test]
async fn sec_107_knocks_are_capped_for_the_client_and_not_for_the_proxy() {
    let server = TestServer::with(&["--trusted-proxy", "127.0.0.0/8", "--link-knocks", "12"]).await;
    let (mut ana, proxy) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knocks =
        |chain: String| proxy.sends(proxy.request(Method::POST, &format!("{}/knocks", link.path)).header("X-Forwarded-For", chain).json(&json!({})));
    for number in 0..3 {
        knocks(format!("1.2.3.{number}, 198.51.100.1")).await.is(201);
    }
    knocks("1.2.3.9, 198.51.100.1".into()).await.is_problem(429, "too_many_knocks");
    knocks("198.51.100.2".into()).await.is(201);
}

on_both_paths!(sec_004_every_404_is_a_miss_whatever_was_asked_for);
