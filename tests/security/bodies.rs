//! SEC-061, 064, 089: what stands in bodies decides nothing that it should not, and what stands in headers tells nothing.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::asking::{Ask, bare, nothing_here, sends};
use crate::rows::rows;
use crate::scene::{Scene, Who, absent};
use crate::world::World;
use crate::world::contract::DOCUMENT;

/// A field and what somebody sets it to.
type Field = (&'static str, fn() -> Value);

/// Fields that are the server's to set, and some that are nobody's.
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

#[tokio::test]
async fn sec_064_nobody_sets_what_is_the_servers() {
    let scene = Scene::opens().await;
    let before = scene.as_owner_sees().await;
    let mut seen = BTreeSet::new();
    for row in rows().iter().filter(|row| (row.ask)(&absent()).body.is_some()) {
        seen.insert(row.operation);
        for (field, value) in FIELDS {
            let mut ask = (row.ask)(&scene.real());
            ask.body.as_mut().unwrap()[field] = value();
            for who in [Who::Owner, Who::Guest, Who::Pending, Who::Nobody] {
                let reply = sends(ask.by(scene.person(who))).await.is_problem(422, "invalid");
                assert!(!reply.text.contains("2099-01-01"), "{}", reply.text);
            }
        }
    }
    let items = DOCUMENT["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let with_body: BTreeSet<_> = items.filter(|one| !one["requestBody"].is_null()).map(|one| one["operationId"].as_str().unwrap()).collect();
    assert_eq!(seen, with_body, "every operation that takes a body is tried");
    assert_eq!(scene.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_064_a_field_that_stands_twice_is_refused() {
    let scene = Scene::opens().await;
    let owner = scene.person(Who::Owner);
    let request = owner.request(Method::POST, &scene.chat.path).header("Content-Type", "application/json");
    sends(request.body(r#"{"text": "One", "text": "Two"}"#)).await.is_problem(422, "invalid");
}

/// Ids of one chat in the calls of another.
#[tokio::test]
async fn sec_061_ids_in_bodies_are_judged_as_those_in_paths() {
    let scene = Scene::opens().await;
    let mut eva = scene.world.person();
    let chat = eva.creates_a_chat().await;
    let link = eva.shares(&chat).await;
    let (nothing, before) = (nothing_here(&scene.world).await, scene.as_owner_sees().await);
    let (theirs, mine) = (&scene.chat, &chat);
    let asks = [
        Ask::post(theirs.path.clone(), json!({"text": "Hello"})),
        Ask::post(theirs.path.clone(), json!({"text": "Hello", "user_id": mine.author})),
        Ask::post("/v1/links", json!({"chat_url": theirs.url, "author_id": mine.author})),
        Ask::post("/v1/links", json!({"chat_url": format!("{}/c/{}", "https://evil.example", theirs.id)})),
        Ask::post("/v1/approval", json!({"link_url": scene.link.url, "knock_id": scene.pending.id, "author_id": mine.author})),
        Ask::post("/v1/approval", json!({"link_url": link.url, "knock_ids": [scene.pending.id]})),
        Ask::post("/v1/tickets", json!({"chat_id": theirs.id})),
        Ask::post("/v1/tickets", json!({"link_id": scene.link.id})),
        Ask::post("/v1/tickets", json!({"link_id": theirs.id})),
        Ask::post("/v1/tickets", json!({"chat_id": link.id})),
    ];
    for ask in asks {
        assert_eq!(bare(&sends(ask.by(&eva)).await), nothing, "{} {:?}", ask.path, ask.body);
    }
    assert_eq!(scene.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_061_a_ticket_opens_the_stream_that_it_is_for() {
    let scene = Scene::opens().await;
    let nothing = nothing_here(&scene.world).await;
    let somebody = scene.world.person();
    let ticket = async |who: Who, body: Value| {
        let json = scene.person(who).posts("/v1/tickets", body).await.is(201).json;
        json["ticket"].as_str().unwrap().to_owned()
    };
    let of_chat = ticket(Who::Guest, json!({"chat_id": scene.chat.id})).await;
    let of_link = ticket(Who::Pending, json!({"link_id": scene.link.id})).await;
    let other = scene.person(Who::Owner).shares(&scene.chat).await;
    for path in [
        format!("{}/events?ticket={of_chat}", scene.link.path),
        format!("{}/events?ticket={of_link}", scene.chat.path),
        format!("{}/events?ticket={of_link}", other.path),
        format!("{}?ticket={of_chat}", scene.chat.path),
        format!("{}/members?ticket={of_chat}", scene.chat.path),
        format!("{}/export?ticket={of_chat}", scene.chat.path),
        format!("/v1/chats/{}/events?ticket={of_chat}", absent().chat),
    ] {
        assert_eq!(bare(&somebody.gets(&path).await), nothing, "{path}");
    }
    assert_eq!(bare(&somebody.showing(&of_chat).gets(&scene.chat.path).await), nothing);
    let mut stream = somebody.hears(&format!("{}/events?ticket={of_chat}", scene.chat.path)).await;
    scene.person(Who::Owner).says(&scene.chat, "Hello").await;
    stream.hears("message").await;
}

#[tokio::test]
async fn sec_089_answers_do_not_say_what_made_them() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let somebody = world.person();
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
