//! SEC-061, 064, 089: bodies cannot set server-controlled fields, and headers reveal nothing.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::access_matrix::rows;
use crate::account_matrix::concerns_accounts;
use crate::fixture::{Fixture, Who, absent};
use crate::requests::{Ask, bare, nothing_here, sends};
use crate::support::openapi_check::DOCUMENT;
use crate::support::{StreamPath, TestServer, on_both_paths};

/// A field and the value that a client sets.
type Field = (&'static str, fn() -> Value);

/// Fields that the server sets, and some that do not exist.
const FIELDS: [Field; 16] = [
    ("author", || json!("Eva")),
    ("member", || json!({"id": 1, "name": "Eva", "role": "owner"})),
    ("member_id", || json!(1)),
    ("role", || json!("owner")),
    ("owner", || json!(true)),
    ("seq", || json!(1)),
    ("ts", || json!(0)),
    ("created_at", || json!("2020-01-01T00:00:00.000Z")),
    ("expires_at", || json!("2099-01-01T00:00:00.000Z")),
    ("uses", || json!(0)),
    ("status", || json!("approved")),
    ("approval_status", || json!(true)),
    ("knock_id ", || json!("x")),
    ("Text", || json!("x")),
    ("__proto__", || json!({})),
    ("", || json!(null)),
];

async fn sec_064_nobody_sets_what_is_the_servers(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let before = fixture.as_owner_sees().await;
    let mut seen = BTreeSet::new();
    for row in rows().iter().filter(|row| (row.ask)(&absent()).body.is_some()) {
        seen.insert(row.operation);
        for (field, value) in FIELDS {
            if [("report_chat", "seq"), ("update_member", "role")].contains(&(row.operation, field)) {
                continue;
            }
            let mut ask = (row.ask)(&fixture.real());
            ask.body.as_mut().unwrap()[field] = value();
            for who in [Who::Owner, Who::Guest, Who::Pending, Who::Nobody] {
                let reply = sends(ask.by(fixture.person(who))).await.is_problem(422, "invalid");
                assert!(!reply.text.contains("2099-01-01"), "{}", reply.text);
            }
        }
    }
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let with_body = items.filter(|one| !one["requestBody"].is_null()).map(|one| one["operationId"].as_str().unwrap());
    let with_body: BTreeSet<_> = with_body.filter(|name| !concerns_accounts(name)).collect();
    assert_eq!(seen, with_body, "an operation with a request body is missing");
    assert_eq!(fixture.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_064_a_field_that_stands_twice_is_refused() {
    let fixture = Fixture::opens().await;
    let owner = fixture.person(Who::Owner);
    let request = owner.request(Method::POST, &fixture.chat.path).header("Content-Type", "application/json");
    sends(request.body(r#"{"text": "One", "text": "Two"}"#)).await.is_problem(422, "invalid");
}

/// Ids of one chat in the calls of another.
#[tokio::test]
async fn sec_061_ids_in_bodies_are_judged_as_those_in_paths() {
    let fixture = Fixture::opens().await;
    let mut eva = fixture.server.person();
    let chat = eva.creates_a_chat().await;
    let link = eva.shares(&chat).await;
    let (nothing, before) = (nothing_here(&fixture.server).await, fixture.as_owner_sees().await);
    let (theirs, mine) = (&fixture.chat, &chat);
    let asks = [
        Ask::post(theirs.path.clone(), json!({"text": "Hello"})),
        Ask::post(theirs.path.clone(), json!({"text": "Hello", "user_id": mine.author})),
        Ask::post("/v1/links", json!({"chat_url": theirs.url, "author_id": mine.author})),
        Ask::post("/v1/links", json!({"chat_url": format!("{}/c/{}", "https://evil.example", theirs.id)})),
        Ask::post("/v1/approval", json!({"link_url": fixture.link.url, "knock_id": fixture.pending.id, "author_id": mine.author})),
        Ask::post("/v1/approval", json!({"link_url": link.url, "knock_ids": [fixture.pending.id]})),
        Ask::post("/v1/tickets", json!({"chat_id": theirs.id})),
        Ask::post("/v1/tickets", json!({"link_id": fixture.link.id})),
        Ask::post("/v1/tickets", json!({"link_id": theirs.id})),
        Ask::post("/v1/tickets", json!({"chat_id": link.id})),
    ];
    for ask in asks {
        assert_eq!(bare(&sends(ask.by(&eva)).await), nothing, "{} {:?}", ask.path, ask.body);
    }
    assert_eq!(fixture.as_owner_sees().await, before);
}

async fn sec_061_a_ticket_opens_the_stream_that_it_is_for(path: StreamPath) {
    let fixture = Fixture::on(path).await;
    let nothing = nothing_here(&fixture.server).await;
    let somebody = fixture.server.person();
    let ticket = async |who: Who, body: Value| {
        let json = fixture.person(who).posts("/v1/tickets", body).await.is(201).json;
        json["ticket"].as_str().unwrap().to_owned()
    };
    let of_chat = ticket(Who::Guest, json!({"chat_id": fixture.chat.id})).await;
    let of_link = ticket(Who::Pending, json!({"link_id": fixture.link.id})).await;
    let other = fixture.person(Who::Owner).shares(&fixture.chat).await;
    for path in [
        format!("{}/events?ticket={of_chat}", fixture.link.path),
        format!("{}/events?ticket={of_link}", fixture.chat.path),
        format!("{}/events?ticket={of_link}", other.path),
        format!("{}?ticket={of_chat}", fixture.chat.path),
        format!("{}/members?ticket={of_chat}", fixture.chat.path),
        format!("{}/export?ticket={of_chat}", fixture.chat.path),
        format!("/v1/chats/{}/events?ticket={of_chat}", absent().chat),
    ] {
        assert_eq!(bare(&somebody.gets(&path).await), nothing, "{path}");
    }
    assert_eq!(bare(&somebody.showing(&of_chat).gets(&fixture.chat.path).await), nothing);
    let mut stream = somebody.hears(&format!("{}/events?ticket={of_chat}", fixture.chat.path)).await;
    fixture.person(Who::Owner).says(&fixture.chat, "Hello").await;
    stream.expect("message").await;
}

#[tokio::test]
async fn sec_089_answers_do_not_say_what_made_them() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let somebody = server.person();
    for path in ["/", "/docs/", "/openapi.json", "/healthz", "/readyz", "/l/x", "/c/x", "/v1/links/x", "/v1/nothing", "/nothing"] {
        for method in ["GET", "HEAD", "POST", "TRACE"] {
            let reply = sends(Ask { method, path: path.into(), body: None }.by(&somebody)).await;
            for header in ["server", "x-powered-by", "via"] {
                assert_eq!(reply.header(header), None, "{method} {path}");
            }
            let words = format!("{:?} {}", reply.headers, if reply.status >= 400 { reply.text.as_str() } else { "" }).to_lowercase();
            for word in ["axum", "hyper", "tokio", "cargo", "src/", "serde"] {
                assert!(!words.contains(word), "{method} {path} says {word}: {words}");
            }
        }
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(somebody.gets(path).await.is(200).text, "ok");
    }
}

on_both_paths!(sec_064_nobody_sets_what_is_the_servers, sec_061_a_ticket_opens_the_stream_that_it_is_for);
