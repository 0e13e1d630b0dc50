//! Receipts: members say what they received and read, and the others are told.

use std::sync::Arc;

use parlor::domain::event_log::LogUpdate;
use parlor::hub::bus::Bus;
use parlor::hub::bus::in_process::InProcessBus;
use serde_json::{Value, json};

use crate::support::{Chat, EventStream, Person, Reply, StreamPath, TestServer, on_both_paths, seconds};

impl Person {
    async fn moves(&self, chat: &Chat, to: Value) -> Reply {
        self.puts(&format!("{}/receipt", chat.path), to).await
    }

    /// Returns the receipts of all members: `delivered` and `read`.
    async fn receipts(&self, chat: &Chat) -> Vec<(Value, Value)> {
        let items = self.items(&format!("{}/receipts", chat.path)).await;
        items.iter().map(|item| (item["delivered"].clone(), item["read"].clone())).collect()
    }

    async fn recipients(&self, chat: &Chat, seq: u64) -> Vec<Value> {
        self.items(&format!("{}/messages/{seq}/receipts", chat.path)).await
    }
}

/// Returns the next event, which must be a receipt: the member, `delivered`, `read`.
async fn receipt(stream: &mut EventStream) -> (Value, Value, Value) {
    let event = stream.expect("receipt").await;
    assert_eq!(event.id, None);
    (event.data["member_id"].clone(), event.data["delivered"].clone(), event.data["read"].clone())
}

/// Returns a chat with its owner Ana and Ben, in which the last entry is message 3.
async fn a_pair(server: &TestServer) -> (Person, Person, Chat) {
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    assert_eq!(ana.says(&chat, "Hello").await, 3);
    (ana, ben, chat)
}

async fn what_a_member_received_and_read_is_told_to_all_members(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, chat) = a_pair(&server).await;
    let (mut anas, mut bens) = (ana.follows(&chat).await, ben.follows(&chat).await);
    assert_eq!(ben.moves(&chat, json!({"delivered": 3})).await.is(200).json, json!({"delivered": 3, "read": 2}));
    server.publishes().await;
    for stream in [&mut anas, &mut bens] {
        assert_eq!(receipt(stream).await, (json!(2), json!(3), json!(2)), "oneself included");
    }
    assert_eq!(ben.moves(&chat, json!({"read": 3})).await.is(200).json, json!({"delivered": 3, "read": 3}));
    assert_eq!(ana.moves(&chat, json!({"delivered": 3, "read": 1})).await.is(200).json, json!({"delivered": 3, "read": 1}));
    server.publishes().await;
    for stream in [&mut anas, &mut bens] {
        assert_eq!(receipt(stream).await, (json!(1), json!(3), json!(1)));
        assert_eq!(receipt(stream).await, (json!(2), json!(3), json!(3)));
    }
    assert_eq!(ben.moves(&chat, json!({"delivered": 1, "read": 0})).await.is(200).json, json!({"delivered": 3, "read": 3}), "not back");
    server.publishes().await;
    ben.says(&chat, "Nothing was told in between").await;
    for stream in [&mut anas, &mut bens] {
        stream.expect("message").await;
    }
    for person in [&ana, &ben] {
        assert_eq!(person.receipts(&chat).await, [(json!(3), json!(1)), (json!(3), json!(3))]);
    }
}

async fn fifty_moves_in_a_second_are_told_three_times_at_most(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, ben, chat) = a_pair(&server).await;
    for _ in 0..50 {
        ana.says(&chat, "More").await;
    }
    let mut stream = ana.follows(&chat).await;
    for seq in 4..54 {
        ben.moves(&chat, json!({"read": seq})).await.is(200);
        server.clock.advance(std::time::Duration::from_millis(20));
    }
    server.publishes().await;
    ana.says(&chat, "Last").await;
    let mut told = Vec::new();
    loop {
        let event = stream.next().await;
        if event.name == "message" {
            break;
        }
        told.push(event.data["read"].as_u64().unwrap());
    }
    assert!(told.len() <= 3 && told.is_sorted() && told.last() == Some(&53), "{told:?}");
}

async fn a_visitor_of_an_open_chat_gets_no_receipts(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let visitor = server.person();
    let (mut visitors, mut anas) = (visitor.follows(&chat).await, ana.follows(&chat).await);
    visitor.posts(&chat.path, json!({"text": "Hello"})).await.is(201);
    ana.moves(&chat, json!({"read": 2})).await.is(200);
    server.publishes().await;
    ana.says(&chat, "Hello").await;
    for name in ["message", "receipt", "message"] {
        anas.expect(name).await;
    }
    for name in ["message", "message"] {
        visitors.expect(name).await;
    }
    let nothing = visitor.gets("/v1/chats/none").await.without_request_id();
    assert_eq!(visitor.moves(&chat, json!({"read": 2})).await.is(404).without_request_id(), nothing);
    for path in ["receipts", "messages/2/receipts"] {
        assert_eq!(visitor.gets(&format!("{}/{path}", chat.path)).await.is(404).without_request_id(), nothing);
    }
}

/// Returns a chat of the account Ana with the account Ben and the guest Cleo, in which the last entry is message 4.
async fn accounts(server: &TestServer) -> (Person, Person, Person, Chat) {
    let (mut ana, mut ben, mut cleo) = (server.account("ana").await, server.account("ben").await, server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    cleo.enters(&ana, &link, "Cleo").await;
    assert_eq!(ana.says(&chat, "Hello").await, 4);
    (ana, ben, cleo, chat)
}

async fn who_hides_what_they_read_is_not_told_of_and_does_not_see_it(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben, cleo, chat) = accounts(&server).await;
    let (mut anas, mut bens) = (ana.follows(&chat).await, ben.follows(&chat).await);
    let null = Value::Null;
    ben.patches("/v1/me", json!({"read_receipts": false})).await.is(200);
    ben.moves(&chat, json!({"delivered": 4, "read": 3})).await.is(200);
    cleo.moves(&chat, json!({"read": 4})).await.is(200);
    server.publishes().await;
    assert_eq!(receipt(&mut anas).await, (json!(2), json!(4), null.clone()));
    assert_eq!(receipt(&mut anas).await, (json!(3), json!(4), json!(4)));
    assert_eq!(receipt(&mut bens).await, (json!(2), json!(4), json!(3)), "to oneself nothing is hidden");
    assert_eq!(receipt(&mut bens).await, (json!(3), json!(4), null.clone()), "a stream that was open follows the setting");
    ben.moves(&chat, json!({"read": 4})).await.is(200);
    server.publishes().await;
    assert_eq!(receipt(&mut bens).await, (json!(2), json!(4), json!(4)));
    ana.says(&chat, "That ben read on is not told").await;
    anas.expect("message").await;
    let four = || json!(4);
    assert_eq!(ana.receipts(&chat).await, [(json!(1), json!(1)), (four(), null.clone()), (four(), four())]);
    assert_eq!(ben.receipts(&chat).await, [(json!(1), null.clone()), (four(), four()), (four(), null.clone())]);
    let of = |recipients: Vec<Value>| {
        recipients.iter().map(|one| (one["delivered"].clone(), one["read"].clone(), one["read_at"].is_null())).collect::<Vec<_>>()
    };
    let (yes, time) = (|| json!(true), false);
    assert_eq!(of(ana.recipients(&chat, 4).await), [(yes(), null.clone(), true), (yes(), yes(), time)]);
    assert_eq!(of(ben.recipients(&chat, 4).await), [(yes(), yes(), time), (yes(), null, true)]);
}

#[tokio::test]
async fn a_message_has_recipients_with_times() {
    let server = TestServer::start().await;
    let (ana, ben, chat) = a_pair(&server).await;
    let recipient = |delivered: bool, read: bool, delivered_at: Value, read_at: Value| {
        let member = json!({"id": 2, "name": "Ben", "role": "member", "username": null});
        json!([{"member": member, "delivered": delivered, "read": read, "delivered_at": delivered_at, "read_at": read_at}])
    };
    let of_message = async || json!(ana.recipients(&chat, 3).await);
    assert_eq!(of_message().await, recipient(false, false, Value::Null, Value::Null));
    ben.moves(&chat, json!({"delivered": 3})).await.is(200);
    server.clock.advance(seconds(5));
    ben.moves(&chat, json!({"read": 3})).await.is(200);
    assert_eq!(of_message().await, recipient(true, true, json!("2026-11-20T12:00:00.000Z"), json!("2026-11-20T12:00:05.000Z")));
    for none in ["0", "1", "2", "4", "99", "x", "-3", "3.0", "+3", "18446744073709551616", "%ff"] {
        ana.gets(&format!("{}/messages/{none}/receipts", chat.path)).await.is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn who_reads_since_they_joined_learns_nothing_of_messages_before() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"history": "since_join"})).await;
    let link = ana.shares(&chat).await;
    let before = ana.says(&chat, "Before").await;
    ben.enters(&ana, &link, "Ben").await;
    let after = ana.says(&chat, "After").await;
    let path = |seq| format!("{}/messages/{seq}/receipts", chat.path);
    ben.gets(&path(before)).await.is_problem(404, "not_found");
    assert_eq!(ben.recipients(&chat, after).await.len(), 1);
    assert!(ana.recipients(&chat, before).await.is_empty(), "who came later is no recipient");
}

#[tokio::test]
async fn a_move_names_one_cursor_at_least_and_none_beyond_the_head() {
    let server = TestServer::start().await;
    let (ana, ben, chat) = a_pair(&server).await;
    for (body, field) in [
        (json!({}), "read"),
        (json!({"read": null}), "read"),
        (json!({"read": 4}), "read"),
        (json!({"delivered": 4, "read": 1}), "delivered"),
        (json!({"read": 1_000_000_000_000_000_000_u64}), "read"),
        (json!({"read": -1}), "read"),
        (json!({"delivered": "3"}), "delivered"),
        (json!({"read": 3, "member_id": 1}), "member_id"),
    ] {
        let reply = ben.moves(&chat, body).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!(field), "{}", reply.text);
    }
    assert_eq!(ana.receipts(&chat).await, [(json!(1), json!(1)), (json!(2), json!(2))]);
    assert_eq!(ben.moves(&chat, json!({"read": 3.0})).await.is(200).json, json!({"delivered": 3, "read": 3}));
}

/// Delivers everything but changes of settings.
#[derive(Debug)]
struct WithoutSettings(InProcessBus);

impl Bus for WithoutSettings {
    fn notify(&self, update: LogUpdate) {
        if !matches!(update, LogUpdate::ReadReceipts { .. }) {
            self.0.notify(update);
        }
    }
}

async fn the_audit_finds_that_somebody_hides_what_they_read(path: StreamPath) {
    let server = TestServer::with_bus(path, |hub| Arc::new(WithoutSettings(InProcessBus::new(hub)))).await;
    let (_ana, ben, cleo, chat) = accounts(&server).await;
    let mut bens = ben.follows(&chat).await;
    ben.patches("/v1/me", json!({"read_receipts": false})).await.is(200);
    server.service.audit_read_receipts().await.unwrap();
    cleo.moves(&chat, json!({"read": 4})).await.is(200);
    server.publishes().await;
    assert_eq!(receipt(&mut bens).await, (json!(3), json!(4), Value::Null));
}

#[tokio::test]
async fn an_author_sees_how_far_a_message_got() {
    let server = TestServer::start().await;
    let (ana, ben, cleo, chat) = accounts(&server).await;
    let path = format!("{}/messages/4", chat.path);
    let status = async |person: &Person| person.gets(&path).await.is(200).json["status"].clone();
    assert_eq!((status(&ana).await, status(&ben).await), (json!("sent"), Value::Null));
    ben.moves(&chat, json!({"delivered": 4})).await.is(200);
    cleo.moves(&chat, json!({"read": 4})).await.is(200);
    assert_eq!(status(&ana).await, json!("delivered"));
    ben.patches("/v1/me", json!({"read_receipts": false})).await.is(200);
    assert_eq!(status(&ana).await, json!("read"), "who hides what they read does not count");
    ben.patches("/v1/me", json!({"read_receipts": true})).await.is(200);
    ben.moves(&chat, json!({"read": 4})).await.is(200);
    ana.patches("/v1/me", json!({"read_receipts": false})).await.is(200);
    assert_eq!(status(&ana).await, json!("delivered"), "who hides theirs does not see what others read");
    ana.patches("/v1/me", json!({"read_receipts": true})).await.is(200);
    let edited = ana.patches(&path, json!({"text": "Hello, all"})).await.is(200).json;
    assert_eq!((&edited["status"], status(&cleo).await), (&json!("read"), Value::Null));
}

#[tokio::test]
async fn the_answer_to_a_post_has_a_status_and_pages_and_visitors_have_none() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let posted = ana.posts_keyed(&chat.path, "key", json!({"text": "Hello"})).await.is(201).json;
    assert_eq!(posted["status"], json!("sent"), "no one has received it");
    assert_eq!(ana.posts_keyed(&chat.path, "key", json!({"text": "Hello"})).await.is(201).json, posted);
    let visitors = server.person().posts(&chat.path, json!({"text": "Hello"})).await.is(201).json;
    assert!(visitors.get("status").is_none());
    assert!(ana.reads(&chat).await["messages"].as_array().unwrap().iter().all(|message| message.get("status").is_none()));
}

on_both_paths!(
    what_a_member_received_and_read_is_told_to_all_members,
    fifty_moves_in_a_second_are_told_three_times_at_most,
    a_visitor_of_an_open_chat_gets_no_receipts,
    who_hides_what_they_read_is_not_told_of_and_does_not_see_it,
    the_audit_finds_that_somebody_hides_what_they_read,
);
