//! Errors: every failure is one kind of problem document, decided before the credential is looked at.

use reqwest::{Body, Method};
use serde_json::json;

use crate::support::{Chat, Person, RawClient, Reply, TestServer};

/// Fails unless this is a problem with all its members.
pub(crate) fn is_whole(reply: &Reply) {
    let problem = &reply.json;
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.text);
    assert_eq!(problem["status"], json!(reply.status));
    assert_eq!(problem["type"], json!(format!("urn:parlor:problem:{}", problem["code"].as_str().unwrap())));
    for member in ["title", "detail", "code"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
    }
    let id: uuid::Uuid = problem["request_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(reply.header("x-request-id"), Some(id.to_string().as_str()));
}

fn has_the_headers_of_the_api(reply: &Reply) {
    assert!(reply.header("cache-control").unwrap().starts_with("no-store"), "{:?}", reply.headers);
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
}

pub(crate) async fn raw(person: &Person, path: &str, content_type: Option<&str>, body: impl Into<Body>) -> Reply {
    let mut request = person.request(Method::POST, path).body(body);
    if let Some(content_type) = content_type {
        request = request.header("Content-Type", content_type);
    }
    person.sends(request).await
}

/// Paths of each kind as the caller sees them: existing, absent, malformed.
pub(crate) fn places(chat: &Chat) -> [String; 5] {
    [chat.path.clone(), format!("/v1/chats/{}", "A".repeat(43)), "/v1/chats/nowhere".into(), "/v1/chats/%F0%9F%98%80".into(), "/v1/chats/%00".into()]
}

#[tokio::test]
async fn every_failure_has_one_form() {
    let server = TestServer::with(&["--chat-links", "1"]).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let knock = ben.knocks(&link, "Ben").await;
    let failures = [
        (ana.gets("/v1/nothing").await, 404, "not_found"),
        (ana.gets("/nothing").await, 404, "not_found"),
        (ana.gets("/v1/chats/nowhere").await, 404, "not_found"),
        (ana.gets("/v1/links").await, 405, "method_not_allowed"),
        (raw(&ana, &chat.path, Some("application/json"), "{").await, 400, "bad_json"),
        (raw(&ana, &chat.path, Some("text/plain"), "{}").await, 415, "unsupported_media_type"),
        (raw(&ana, &chat.path, Some("application/json"), "{}").await, 422, "invalid"),
        (raw(&ana, &chat.path, Some("application/json"), vec![b' '; 65_537]).await, 413, "too_large"),
        (ana.says_to_the_only_one(&link, false).await, 200, ""),
        (ana.decides(&link, &knock, true).await, 409, "already_decided"),
        (ben.nobody().posts(&format!("{}/knocks", link.path), json!({"name": "Ben"})).await, 429, "declined_recently"),
        (ana.posts("/v1/links", json!({"chat_url": chat.url})).await, 507, "chat_full"),
        (ana.sends(ana.nobody().request(Method::GET, &chat.path).header("Authorization", "Basic YTpi")).await, 401, "unauthenticated"),
    ];
    for (reply, status, code) in failures.into_iter().filter(|(_, status, _)| *status != 200) {
        let reply = reply.is_problem(status, code);
        is_whole(&reply);
        has_the_headers_of_the_api(&reply);
    }
}

#[tokio::test]
async fn every_answer_keeps_secrets_out_of_caches_and_referrers() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let paths =
        [&chat.path, &format!("{}/export", chat.path), &link.path, &format!("{}/events", link.path), "/healthz", "/readyz", "/openapi.json", "/v1/x"];
    for path in paths {
        has_the_headers_of_the_api(&ana.gets(path).await);
    }
    has_the_headers_of_the_api(&ana.posts("/v1/chats", json!({})).await.is(201));
    has_the_headers_of_the_api(&ana.sends(ana.request(Method::OPTIONS, &chat.path)).await);
    let stream = ana.follows(&chat).await;
    assert_eq!(stream.headers["cache-control"], "no-store, no-transform");
    for path in [format!("/l/{}", link.id), format!("/c/{}", chat.id), "/l/x/".into(), "/c/x/".into()] {
        let page = ana.gets(&path).await.is(200);
        has_the_headers_of_the_api(&page);
        assert_eq!(page.header("x-robots-tag"), Some("noindex, nofollow, noarchive"));
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
    }
}

#[tokio::test]
async fn what_is_there_with_another_method_says_with_which() {
    let server = TestServer::start().await;
    let ana = server.person();
    for (method, path, allowed) in [
        (Method::PUT, "/v1/chats", "GET,HEAD,POST"),
        (Method::PUT, "/v1/chats/nowhere", "GET,HEAD,POST,PATCH,DELETE"),
        (Method::POST, "/v1/chats/nowhere/members", "GET,HEAD"),
        (Method::GET, "/v1/chats/nowhere/members/1", "PATCH,DELETE"),
        (Method::DELETE, "/v1/chats/nowhere/activity", "GET,HEAD"),
        (Method::POST, "/v1/chats/nowhere/export", "GET,HEAD"),
        (Method::GET, "/v1/links", "POST"),
        (Method::POST, "/v1/links/nowhere", "GET,HEAD,DELETE"),
        (Method::GET, "/v1/links/nowhere/knocks", "POST"),
        (Method::GET, "/v1/links/nowhere/knocks/x", "DELETE"),
        (Method::DELETE, "/v1/approval", "GET,HEAD,POST"),
        (Method::GET, "/v1/tickets", "POST"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::POST, "/l/x", "GET,HEAD"),
    ] {
        let reply = ana.sends(ana.request(method, path)).await.is_problem(405, "method_not_allowed");
        is_whole(&reply);
        let sorted = |list: &str| {
            let mut methods: Vec<String> = list.split(',').map(|one| one.trim().to_owned()).collect();
            methods.sort();
            methods
        };
        assert_eq!(sorted(reply.header("allow").unwrap()), sorted(allowed), "{path}");
    }
}

#[tokio::test]
async fn a_malformed_authorization_is_told_so_everywhere() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let nobody = ana.nobody();
    for header in ["Basic YTpi", "Bearer", "Bearer ", "", "Bearer a b", "Bearer a,b", "Bearer \u{e9}", "Token x", chat.author.as_str()] {
        for path in places(&chat).iter().chain(&["/v1/links/nowhere".into(), "/v1/approval?link_url=x".into()]) {
            let reply = nobody.sends(nobody.request(Method::GET, path).header("Authorization", header)).await.is_problem(401, "unauthenticated");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{header}");
        }
    }
    let twice = ana.request(Method::GET, &chat.path).header("Authorization", format!("Bearer {}", chat.author));
    ana.sends(twice).await.is_problem(401, "unauthenticated");
    for fine in [format!("bearer {}", chat.author), format!("BEARER  {}", chat.author.to_uppercase())] {
        nobody.sends(nobody.request(Method::GET, &chat.path).header("Authorization", fine)).await.is(200);
    }
}

#[tokio::test]
async fn the_form_is_judged_before_who_asks() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let eve = server.person().showing("nobody");
    for path in places(&chat) {
        let here = |reply: Reply| (reply.status, reply.json["code"].clone(), reply.json["detail"].clone());
        let at = |query: &str| format!("{path}{query}");
        for person in [&eve, &eve.nobody(), &ana] {
            assert_eq!(here(person.gets(&at("?limit=0")).await).0, 422);
            assert_eq!(here(person.gets(&at("/members?cursor=!")).await).0, 422);
            assert_eq!(here(person.gets(&at("/activity?log=all")).await).0, 422);
            assert_eq!(here(person.gets(&at("/knocks?status=all")).await).0, 422);
            assert_eq!(here(person.patches(&at(""), json!({"expires_in": 1})).await).0, 422);
            assert_eq!(here(person.posts(&at(""), json!({"text": ""})).await).0, 422);
        }
    }
    let long = "é".repeat(121);
    for path in ["nowhere", &chat.url] {
        eve.posts("/v1/links", json!({"chat_url": path, "label": long})).await.is_problem(422, "invalid");
        eve.posts("/v1/approval", json!({"link_url": path, "knock_ids": []})).await.is_problem(422, "invalid");
    }
    eve.posts("/v1/links/nowhere/knocks", json!({"name": ""})).await.is_problem(422, "invalid");
    eve.deletes("/v1/links/nowhere?evict=perhaps").await.is_problem(422, "invalid");
    eve.posts("/v1/tickets", json!({})).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn a_request_names_one_host_and_comes_in_no_coding_but_chunks() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let stream = format!("{}/events", chat.path);
    for path in ["/healthz", "/", "/v1/chats/x", &stream] {
        for hosts in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: a/b\r\n"] {
            let mut connection = RawClient::connect(server.address).await;
            connection.send(format!("GET {path} HTTP/1.1\r\n{hosts}\r\n")).await;
            let said = String::from_utf8(connection.read_to_end().await).unwrap();
            assert!(said.starts_with("HTTP/1.1 400") && said.contains("\"bad_host\""), "{path} {hosts:?}: {said}");
        }
        let mut old = RawClient::connect(server.address).await;
        old.send(format!("GET {path} HTTP/1.0\r\n\r\n")).await;
        let said = String::from_utf8_lossy(&old.read().await).into_owned();
        assert!(said.starts_with("HTTP/1.0 200") || said.starts_with("HTTP/1.0 404"), "{path}: {said}");
    }
    for codings in ["Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"] {
        let mut connection = RawClient::connect(server.address).await;
        let body = "Content-Type: application/json\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        connection.send(format!("POST /v1/chats HTTP/1.1\r\nHost: parlor\r\n{codings}{body}")).await;
        let said = String::from_utf8(connection.read_to_end().await).unwrap();
        assert!(said.starts_with("HTTP/1.1 501") && said.contains("\"transfer_coding_not_implemented\""), "{codings:?}: {said}");
    }
}
