//! SEC-113: when there is more to do than can be done, what is worth least is given up first, before anything is done for it.

use std::collections::BTreeMap;
use std::time::Duration;

use parlor::http::worth::Worth;
use reqwest::Method;
use serde_json::json;

use crate::limited::waits;
use crate::world::contract::DOCUMENT;
use crate::world::{Chat, Person, Reply, Wire, World, head};

/// What every operation is worth to who shows a credential; none where it is never given up.
const WORTH: [(&str, Option<Worth>); 20] = [
    ("follow_chat", Some(Worth::Stream)),
    ("wait_for_decision", Some(Worth::Stream)),
    ("issue_ticket", Some(Worth::Stream)),
    ("post_message", Some(Worth::Member)),
    ("read_chat", Some(Worth::Member)),
    ("update_chat", Some(Worth::Member)),
    ("close_chat", Some(Worth::Member)),
    ("list_members", Some(Worth::Member)),
    ("remove_member", Some(Worth::Member)),
    ("read_activity", Some(Worth::Member)),
    ("export_chat", Some(Worth::Member)),
    ("create_link", Some(Worth::Member)),
    ("list_links", Some(Worth::Member)),
    ("revoke_link", Some(Worth::Member)),
    ("list_knocks", Some(Worth::Member)),
    ("decide_knocks", Some(Worth::Member)),
    ("exchange_link", Some(Worth::Knock)),
    ("knock", Some(Worth::Knock)),
    ("withdraw_knock", Some(Worth::Knock)),
    ("read_approval", Some(Worth::Knock)),
];
const UNTOUCHED: [&str; 2] = ["healthz", "readyz"];

#[test]
fn sec_113_every_operation_has_its_worth() {
    let mut stated: BTreeMap<&str, Option<Worth>> = WORTH.into_iter().chain(UNTOUCHED.map(|name| (name, None))).collect();
    stated.insert("open_chat", Some(Worth::Chat));
    let mut found = BTreeMap::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            found.insert(operation["operationId"].as_str().unwrap(), Worth::of_route(&method, path));
        }
    }
    assert_eq!(found, stated);
    assert_eq!(Worth::of_route(&Method::HEAD, "/v1/chats/{chat_id}/events"), Some(Worth::Stream));
}

#[track_caller]
fn is_shed(reply: &Reply) {
    assert_eq!((reply.status, reply.json["code"].as_str(), reply.json["limit"].as_str()), (503, Some("overloaded"), Some("load")), "{}", reply.text);
    assert!((Duration::from_secs(1)..=Duration::from_secs(5)).contains(&waits(reply)));
}

/// One request of each worth, what is worth least first, and whether it was taken on.
async fn taken(owner: &Person, chat: &Chat, link: &str) -> Vec<bool> {
    let replies = [
        owner.nobody().posts("/v1/chats", json!({})).await,
        owner.nobody().posts(&format!("{link}/knocks"), json!({})).await,
        owner.nobody().gets(&chat.path).await,
        owner.posts(&chat.path, json!({"text": "Still here"})).await,
        owner.posts("/v1/tickets", json!({"chat_id": chat.id})).await,
    ];
    replies
        .iter()
        .map(|reply| {
            if reply.status < 400 {
                true
            } else {
                is_shed(reply);
                false
            }
        })
        .collect()
}

#[tokio::test]
async fn sec_113_what_is_worth_least_is_given_up_first_and_comes_back_last() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_an_open_chat().await;
    let link = ana.shares(&chat).await;
    let mut listening = ana.follows(&chat).await;
    for (lag, given_up) in [(0, 0), (100, 1), (200, 2), (500, 3), (1_000, 4), (500, 4), (499, 3), (249, 2), (99, 1), (49, 0)] {
        world.lag.becomes(Duration::from_millis(lag)).await;
        let expected: Vec<bool> = (0..5).map(|worth| worth >= given_up).collect();
        assert_eq!(taken(&ana, &chat, &link.path).await, expected, "at {lag} ms");
        for path in ["/healthz", "/readyz", "/", "/l/x", "/docs/", "/openapi.json"] {
            assert_eq!(ana.gets(path).await.status, 200, "{path} at {lag} ms");
        }
        drop(world.person().hears(&format!("{}/events", chat.path)).await);
    }
    let mut heard = 0;
    while heard < 8 {
        heard += usize::from(listening.next().await.name == "message");
    }
}

#[tokio::test]
async fn sec_113_what_is_given_up_is_not_looked_at() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    world.lag.becomes(Duration::from_secs(1)).await;
    is_shed(&ana.gets(&chat.path).await);
    is_shed(&ana.showing("nobody").gets("/v1/chats/nowhere").await);
    is_shed(&ana.sends(ana.request(Method::POST, &chat.path).body("no JSON")).await);
    is_shed(&ana.sends(ana.request(Method::GET, &chat.path).header("Authorization", "rubbish")).await);
    let mut wire = Wire::to(world.address).await;
    assert!(wire.sends(head("POST", &chat.path, None, &[("Content-Type", "application/json"), ("Content-Length", "60000")])).await);
    assert_eq!(wire.takes(12).await, b"HTTP/1.1 503", "it waits for no body");
    world.lag.becomes(Duration::ZERO).await;
    assert_eq!(ana.reads(&chat).await["head"], json!(1));
}
