//! The calls of the first source, Chaat API: accounts, friends, chats of two and more, messages by name.

use serde_json::json;

use super::texts;
use crate::support::account::PASSWORD;
use crate::support::{TestServer, seconds};

#[tokio::test]
async fn accounts_and_friends() {
    let server = TestServer::start().await;
    let (mut shahn, mut ben) = (server.person(), server.person());

    // Create an account.
    for username in ["shahn", "ben", "carla"] {
        let created = shahn.posts("/v1/users", json!({"username": username, "password": PASSWORD})).await.is(201);
        assert_eq!(created.json["username"], username);
    }

    // Log in.
    let signed_in = shahn.posts("/v1/sessions", json!({"username": "shahn", "password": PASSWORD})).await.is(201).json;
    assert_eq!((&signed_in["token_type"], &signed_in["me"]["username"]), (&json!("Bearer"), &json!("shahn")));
    shahn.credential = signed_in["access_token"].as_str().map(Into::into);
    ben.signs_in("ben").await;

    // All users.
    assert_eq!(texts(&shahn, "/v1/users", "/username").await, ["ben", "carla", "shahn"]);

    // Send a friend request.
    let sent = shahn.posts("/v1/friend-requests", json!({"username": "ben", "note": "From the market"})).await.is(201).json;
    let other = shahn.posts("/v1/friend-requests", json!({"username": "carla"})).await.is(201).json;

    // Friend requests by state.
    assert_eq!(texts(&ben, "/v1/friend-requests?direction=incoming&status=pending", "/from/username").await, ["shahn"]);
    assert_eq!(texts(&shahn, "/v1/friend-requests?direction=outgoing&status=pending", "/to/username").await, ["carla", "ben"]);

    // Respond to friend requests.
    let accepted = ben.patches(&format!("/v1/friend-requests/{}", sent["id"].as_str().unwrap()), json!({"status": "accepted"})).await.is(200);
    assert_eq!(accepted.json["status"], "accepted");
    let mut carla = server.person();
    carla.signs_in("carla").await;
    carla.patches(&format!("/v1/friend-requests/{}", other["id"].as_str().unwrap()), json!({"status": "rejected"})).await.is(200);
    assert_eq!(texts(&shahn, "/v1/friend-requests?status=accepted", "/to/username").await, ["ben"]);
    assert_eq!(texts(&shahn, "/v1/friend-requests?status=rejected", "/to/username").await, ["carla"]);

    // Friends.
    assert_eq!(texts(&shahn, "/v1/friends", "/user/username").await, ["ben"]);
    assert_eq!(texts(&ben, "/v1/friends", "/user/username").await, ["shahn"]);

    // Delete a friend.
    shahn.deletes("/v1/friends/ben").await.is(204);
    assert!(texts(&ben, "/v1/friends", "/user/username").await.is_empty());
}

#[tokio::test]
async fn chats_and_messages_by_name() {
    let server = TestServer::start().await;
    let (shahn, ben, carla) = (server.account("shahn").await, server.account("ben").await, server.account("carla").await);
    shahn.befriends(&ben, "ben").await;
    shahn.befriends(&carla, "carla").await;

    // A chat of two, and a message to a person by name.
    let sent = ben.posts("/v1/messages", json!({"to": "@shahn", "text": "Hello, Shahn"})).await.is(201).json;
    let direct = format!("/v1/chats/{}", sent["chat_id"].as_str().unwrap());

    server.clock.advance(seconds(1));
    // A group with x people, and a message to a group by name.
    let group = shahn.posts("/v1/groups", json!({"name": "market", "members": ["ben", "carla"]})).await.is(201).json;
    carla.posts("/v1/messages", json!({"to": "#market", "text": "Who brings what?"})).await.is(201);

    // Chat sessions, and those with a participant.
    assert_eq!(texts(&shahn, "/v1/chats", "/title").await, ["market", "ben"]);
    assert_eq!(texts(&shahn, "/v1/chats?participant=carla", "/title").await, ["market"]);
    assert_eq!(texts(&carla, "/v1/chats?participant=shahn", "/title").await, ["market"]);

    // The participants of a chat.
    assert_eq!(texts(&shahn, &format!("{direct}/members"), "/username").await, ["ben", "shahn"]);
    let members = format!("/v1/chats/{}/members", group["chat_id"].as_str().unwrap());
    assert_eq!(texts(&ben, &members, "/username").await, ["shahn", "ben", "carla"]);

    // The last x messages.
    for number in 1..=5 {
        shahn.posts("/v1/messages", json!({"to": "@ben", "text": format!("Message {number}")})).await.is(201);
    }
    let last = ben.gets(&format!("{direct}?limit=2")).await.is(200).json;
    assert_eq!((&last["messages"][0]["text"], &last["messages"][1]["text"]), (&json!("Message 4"), &json!("Message 5")));
    assert_eq!((&last["messages"][1]["member"]["username"], last["messages"].as_array().unwrap().len()), (&json!("shahn"), 2));

    // A name that nobody has, of a person or of a group.
    shahn.posts("/v1/messages", json!({"to": "@dora", "text": "Hello"})).await.is_problem(404, "not_found");
    shahn.posts("/v1/messages", json!({"to": "#fair", "text": "Hello"})).await.is_problem(404, "not_found");
}
