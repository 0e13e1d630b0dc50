//! The calls of the second source, messaging: sign-up, search, the list of chats, one-to-one messages, groups, the state of a message.

use serde_json::json;

use super::texts;
use crate::support::account::PASSWORD;
use crate::support::{TestServer, seconds};

#[tokio::test]
async fn registering_and_searching() {
    let server = TestServer::start().await;
    let mut ana = server.person();

    // Register, and log in.
    ana.posts("/v1/users", json!({"username": "ana", "password": PASSWORD, "name": "Ana B."})).await.is(201);
    let session = ana.posts("/v1/sessions", json!({"username": "ana", "password": PASSWORD})).await.is(201).json;
    ana.credential = session["access_token"].as_str().map(Into::into);

    // Search a user.
    for username in ["benjamin", "bella", "carla"] {
        ana.nobody().signs_up(username).await.is(201);
    }
    assert_eq!(texts(&ana, "/v1/users?search=be", "/username").await, ["bella", "benjamin"]);
}

#[tokio::test]
async fn chats_of_two() {
    let server = TestServer::start().await;
    let (ana, ben, cleo) = (server.account("ana").await, server.account("ben").await, server.account("cleo").await);
    ana.befriends(&ben, "ben").await;
    ana.befriends(&cleo, "cleo").await;
    for number in 1..=3 {
        server.clock.advance(seconds(1));
        ana.posts("/v1/messages", json!({"to": "@ben", "text": format!("Message {number}")})).await.is(201);
    }
    server.clock.advance(seconds(1));
    let said = cleo.posts("/v1/messages", json!({"to": "@ana", "text": "Are you there?"})).await.is(201).json;

    // All chats, with name, last message, its time and what is unread.
    let chats = ana.lists("/v1/chats").await;
    assert_eq!((&chats[0]["title"], &chats[0]["last_message"]["text"], &chats[0]["unread"]), (&json!("cleo"), &json!("Are you there?"), &json!(1)));
    assert_eq!((&chats[0]["updated_at"], &chats[1]["title"], &chats[1]["unread"]), (&said["created_at"], &json!("ben"), &json!(0)));

    // One-to-one messages, and those before the earliest that one has.
    let all = ben.gets("/v1/users/ana/messages").await.is(200).json;
    assert_eq!((&all["total"], &all["items"][0]["text"], &all["items"][2]["text"]), (&json!(3), &json!("Message 1"), &json!("Message 3")));
    let chat = format!("/v1/chats/{}", all["items"][0]["chat_id"].as_str().unwrap());
    let earliest = &all["items"][1]["seq"];
    let before = ben.gets(&format!("{chat}?before={earliest}&limit=1")).await.is(200).json;
    assert_eq!(before["messages"][0]["text"], "Message 1");

    // The state of a message: sent, delivered, read.
    let seq = said["seq"].as_u64().unwrap();
    let with_cleo = format!("/v1/chats/{}", said["chat_id"].as_str().unwrap());
    let receipts = format!("{with_cleo}/messages/{seq}/receipts");
    let first = cleo.lists(&receipts).await;
    assert_eq!((first.len(), &first[0]["member"]["username"], &first[0]["delivered"]), (1, &json!("ana"), &json!(false)));
    ana.puts(&format!("{with_cleo}/receipt"), json!({"delivered": seq})).await.is(200);
    let then = cleo.lists(&receipts).await;
    assert_eq!((&then[0]["delivered"], &then[0]["read"], then[0]["delivered_at"].is_string()), (&json!(true), &json!(false), true));
    ana.puts(&format!("{with_cleo}/receipt"), json!({"read": seq})).await.is(200);
    assert_eq!(cleo.lists(&receipts).await[0]["read"], true);
    assert_eq!(cleo.gets(&format!("{with_cleo}/messages/{seq}")).await.is(200).json["status"], "read");
}

#[tokio::test]
async fn groups() {
    let server = TestServer::start().await;
    let (ana, ben, cleo) = (server.account("ana").await, server.account("ben").await, server.account("cleo").await);
    ana.befriends(&ben, "ben").await;
    ana.befriends(&cleo, "cleo").await;

    // Create a group, and describe it.
    ana.posts("/v1/groups", json!({"name": "choir", "description": "Thursdays at seven"})).await.is(201);
    let card = ana.gets("/v1/groups/choir").await.is(200).json;
    assert_eq!((&card["name"], &card["description"], &card["members"]), (&json!("choir"), &json!("Thursdays at seven"), &json!(1)));
    ana.patches("/v1/groups/choir", json!({"description": "Fridays at seven"})).await.is(200);

    // Add a member.
    ana.posts("/v1/groups/choir/members", json!({"username": "ben"})).await.is(201);
    ana.posts("/v1/groups/choir/members", json!({"username": "cleo"})).await.is(201);
    assert_eq!(ben.gets("/v1/groups/choir").await.is(200).json["description"], "Fridays at seven");

    // Leave it.
    cleo.deletes("/v1/groups/choir/members/cleo").await.is(204);
    assert_eq!(texts(&ben, "/v1/groups/choir/members", "/member/username").await, ["ana", "ben"]);

    // Delete it.
    ben.deletes("/v1/groups/choir").await.is_problem(403, "not_allowed");
    ana.deletes("/v1/groups/choir").await.is(204);
    assert!(texts(&ben, "/v1/chats", "/title").await.is_empty());
    ben.gets("/v1/groups/choir").await.is_problem(404, "not_found");
}
