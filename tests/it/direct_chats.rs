//! Direct chats: messages to `@username`, and the chat that begins with the first.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{DAY, Person, StreamPath, TestServer, on_both_paths};

/// Ana and Ben, who are friends.
async fn friends(server: &TestServer) -> (Person, Person) {
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    (ana, ben)
}

/// Chaat API, *1-1 chat and message*.
#[tokio::test]
async fn a_message_to_a_username_begins_a_chat_of_two() {
    let server = TestServer::start().await;
    let (ana, ben) = friends(&server).await;
    let sent = ana.posts("/v1/messages", json!({"to": "@BEN", "text": "Hello", "client_ref": "a1"})).await.is(201);
    let message = &sent.json;
    assert_eq!((&message["seq"], &message["text"], &message["client_ref"]), (&json!(3), &json!("Hello"), &json!("a1")));
    assert_eq!(message["member"], json!({"id": 1, "name": "ana", "role": "member", "username": "ana"}));
    assert_eq!(message["status"], "sent");
    let path = format!("/v1/chats/{}", message["chat_id"].as_str().unwrap());
    assert!(sent.header("location").unwrap().ends_with(&format!("{path}/messages/3")));
    for (person, me, other) in [(&ana, 1, "ben"), (&ben, 2, "ana")] {
        let page = person.gets(&path).await.is(200).json;
        let chat = &page["chat"];
        assert_eq!((&chat["kind"], &chat["admission"], &chat["title"]), (&json!("direct"), &json!("invite"), &Value::Null));
        assert_eq!((&chat["expires_in"], &chat["expires_at"]), (&Value::Null, &Value::Null));
        assert_eq!(chat["with"], json!({"username": other, "name": other}));
        assert_eq!((&chat["me"]["id"], &chat["first"], &chat["head"]), (&json!(me), &json!(1), &json!(3)));
        assert!(chat["chat_url"].as_str().unwrap().ends_with(&path));
        assert_eq!(page["messages"].as_array().unwrap().len(), 1);
    }
    let answer = ben.posts(&path, json!({"text": "Hello, Ana"})).await.is(201).json;
    assert_eq!((&answer["seq"], &answer["member"]["username"]), (&json!(4), &json!("ben")));
    assert_eq!(ana.writes("ben", "How are you?").await.is(201).json["seq"], 5);
    let activity = ana.lists(&format!("{path}/activity")).await;
    let kinds: Vec<_> = activity.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["member_joined", "member_joined", "message", "message", "message"]);
    assert_eq!(ana.lists(&format!("{path}/members")).await.len(), 2);
    assert!(ana.gets(&format!("{path}/export")).await.is(200).text.contains("How are you?"));
    server.advance(DAY * 10).await;
    let mut ana = ana;
    ana.signs_in("ana").await;
    ana.gets(&path).await.is(200);
}

#[tokio::test]
async fn a_hundred_first_messages_from_both_sides_at_once_are_one_chat() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, ben) = friends(&server).await;
    let tasks: JoinSet<_> = (0..100)
        .map(|number| {
            let (person, other) = if number % 2 == 0 { (ana.clone().patient(), "ben") } else { (ben.clone().patient(), "ana") };
            async move { person.writes(other, &number.to_string()).await.is(201).json }
        })
        .collect();
    let sent = tasks.join_all().await;
    let chat = sent[0]["chat_id"].as_str().unwrap();
    assert!(sent.iter().all(|message| message["chat_id"] == chat));
    let page = ben.gets(&format!("/v1/chats/{chat}")).await.is(200).json;
    let numbers: Vec<_> = page["messages"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (3..=102).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_message_needs_a_receiver_who_takes_it() {
    let server = TestServer::start().await;
    let (ana, ben) = friends(&server).await;
    let cleo = server.account("cleo").await;
    ana.writes("nobody-here", "Hello").await.is_problem(404, "not_found");
    ana.writes("x y", "Hello").await.is_problem(404, "not_found");
    assert_eq!(ana.writes("ana", "Hello").await.is_problem(422, "invalid").json["field"], "to");
    for body in [json!({"to": "ben", "text": "Hello"}), json!({"to": "@ben"}), json!({"to": "@ben", "text": " "}), json!({"text": "Hello"})] {
        ana.posts("/v1/messages", body).await.is_problem(422, "invalid");
    }
    let unasked = cleo.writes("ben", "Hello").await.is_problem(403, "not_accepted");
    assert!(ben.looks_up("cleo").await["accepts_messages"] == false);
    ben.patches("/v1/me", json!({"direct_messages": "nobody"})).await.is(200);
    assert_eq!(ana.writes("ben", "Hello").await.is_problem(403, "not_accepted").without_request_id(), unasked.without_request_id());
    ben.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
    let chat = cleo.begins("ben", "Hello").await;
    ben.says(&chat, "Who are you?").await;
    ben.patches("/v1/me", json!({"direct_messages": "friends"})).await.is(200);
    assert_eq!(cleo.looks_up("ben").await["accepts_messages"], true, "he wrote to her");
    cleo.says(&chat, "Cleo").await;
    ben.blocks("cleo").await;
    let blocked = cleo.posts(&chat.path, json!({"text": "Why?"})).await.is_problem(403, "not_accepted");
    assert_eq!(blocked.json["detail"], unasked.json["detail"], "a block looks like any refusal");
    ben.posts(&chat.path, json!({"text": "No"})).await.is_problem(409, "blocked_by_you");
    ben.writes("cleo", "No").await.is_problem(409, "blocked_by_you");
    for person in [&ben, &cleo] {
        assert_eq!(person.gets(&chat.path).await.is(200).json["messages"].as_array().unwrap().len(), 3, "both read on");
    }
}

#[tokio::test]
async fn a_direct_chat_has_no_owner_no_door_and_no_links() {
    let server = TestServer::start().await;
    let (ana, _) = friends(&server).await;
    let chat = ana.begins("ben", "Hello").await;
    for path in ["/links", "/knocks", "/activity?log=door"] {
        ana.gets(&format!("{}{path}", chat.path)).await.is_problem(403, "not_allowed");
    }
    ana.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(403, "not_allowed");
    ana.patches(&chat.path, json!({"title": "Us"})).await.is_problem(403, "not_allowed");
    ana.patches(&chat.path, json!({"expires_in": 60})).await.is_problem(403, "not_allowed");
    for member in [1, 2, 3] {
        ana.removes(&chat, member).await.is_problem(403, "not_allowed");
    }
    let decision = json!({"chat_url": chat.url, "knock_ids": ["3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"]});
    ana.posts("/v1/approval", decision).await.is_problem(403, "not_allowed");
    assert_eq!(ana.lists(&format!("{}/members", chat.path)).await.len(), 2);
    ana.posts("/v1/chats", json!({"admission": "invite"})).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn thirty_new_direct_chats_a_day_are_enough() {
    let server = TestServer::start().await;
    let ana = server.account("ana").await;
    for number in 0..31 {
        let other = server.account(&format!("u{number}")).await;
        other.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
    }
    for number in 0..30 {
        if number == 20 {
            server.clock.advance(std::time::Duration::from_secs(10));
        }
        ana.writes(&format!("u{number}"), "Hello").await.is(201);
    }
    ana.writes("u29", "Hello again").await.is(201);
    let refused = ana.writes("u30", "Hello").await.is_problem(429, "too_many_chats").json;
    let wait = std::time::Duration::from_millis(refused["retry_after_ms"].as_u64().unwrap());
    assert!(wait <= DAY / 30 && wait > DAY / 60, "{wait:?}");
}

#[tokio::test]
async fn the_same_key_sends_one_message() {
    let server = TestServer::start().await;
    let (ana, ben) = friends(&server).await;
    let body = json!({"to": "@ben", "text": "Hello"});
    let first = ana.posts_keyed("/v1/messages", "k", body.clone()).await.is(201);
    let again = ana.posts_keyed("/v1/messages", "k", body.clone()).await.is(201);
    assert_eq!((&again.json, again.header("idempotent-replayed")), (&first.json, Some("true")));
    assert_eq!(again.header("location"), first.header("location"));
    ana.posts_keyed("/v1/messages", "k", json!({"to": "@ben", "text": "Other"})).await.is_problem(422, "invalid");
    let cleo = server.account("cleo").await;
    cleo.befriends(&ana, "ana").await;
    ana.posts_keyed("/v1/messages", "k", json!({"to": "@cleo", "text": "Hello"})).await.is_problem(422, "invalid");
    ben.posts_keyed("/v1/messages", "k", json!({"to": "@ana", "text": "Hello"})).await.is(201);
    let chat = ana.begins("ben", "Second").await;
    assert_eq!(ana.gets(&chat.path).await.json["messages"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_deleted_account_leaves_the_other_ones_words() {
    let server = TestServer::start().await;
    let (ana, ben) = friends(&server).await;
    let chat = ana.begins("ben", "Mine").await;
    ben.says(&chat, "His").await;
    ana.deletes("/v1/me").await.is(204);
    let page = ben.gets(&chat.path).await.is(200).json;
    assert_eq!(page["chat"]["with"], json!({"username": null, "name": "Deleted account"}));
    assert_eq!((&page["messages"][0]["kind"], &page["messages"][1]["text"]), (&json!("deleted"), &json!("His")));
    ben.posts(&chat.path, json!({"text": "Ana?"})).await.is_problem(403, "not_accepted");
    ben.writes("ana", "Ana?").await.is_problem(404, "not_found");
}

async fn both_follow_their_chat(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (ana, ben) = friends(&server).await;
    let chat = ana.begins("ben", "Hello").await;
    let (mut anas, mut bens) = (ana.follows(&chat).await, ben.hears(&format!("{}/events?after=0", chat.path)).await);
    assert!(anas.hello.data["door"].is_null());
    for (name, seq) in [("member_joined", 1), ("member_joined", 2), ("message", 3)] {
        assert_eq!(bens.expect(name).await.data["seq"], seq);
    }
    ben.says(&chat, "Hello, Ana").await;
    for stream in [&mut anas, &mut bens] {
        assert_eq!(stream.expect("message").await.data["text"], "Hello, Ana");
    }
    ben.deletes("/v1/me").await.is(204);
    assert_eq!(anas.expect("member_left").await.data["reason"], "deleted");
}

on_both_paths!(both_follow_their_chat);
