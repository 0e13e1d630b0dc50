//! The calls of accounts that the first source lists, in its order (API 4.6).

use serde_json::{Value, json};

use crate::support::account::PASSWORD;
use crate::support::{Person, TestServer};

async fn usernames(person: &Person, path: &str, of: &str) -> Vec<String> {
    let items = person.gets(path).await.is(200).json["items"].as_array().unwrap().clone();
    items.iter().map(|item| item.pointer(of).and_then(Value::as_str).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_calls_of_accounts_work_as_the_first_source_lists_them() {
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
    assert_eq!(usernames(&shahn, "/v1/users", "/username").await, ["ben", "carla", "shahn"]);

    // Send a friend request.
    let sent = shahn.posts("/v1/friend-requests", json!({"username": "ben", "note": "From the market"})).await.is(201).json;
    let other = shahn.posts("/v1/friend-requests", json!({"username": "carla"})).await.is(201).json;

    // Friend requests by state.
    assert_eq!(usernames(&ben, "/v1/friend-requests?direction=incoming&status=pending", "/from/username").await, ["shahn"]);
    assert_eq!(usernames(&shahn, "/v1/friend-requests?direction=outgoing&status=pending", "/to/username").await, ["carla", "ben"]);

    // Respond to friend requests.
    let accepted = ben.patches(&format!("/v1/friend-requests/{}", sent["id"].as_str().unwrap()), json!({"status": "accepted"})).await.is(200);
    assert_eq!(accepted.json["status"], "accepted");
    let mut carla = server.person();
    carla.signs_in("carla").await;
    carla.patches(&format!("/v1/friend-requests/{}", other["id"].as_str().unwrap()), json!({"status": "rejected"})).await.is(200);
    assert_eq!(usernames(&shahn, "/v1/friend-requests?status=accepted", "/to/username").await, ["ben"]);
    assert_eq!(usernames(&shahn, "/v1/friend-requests?status=rejected", "/to/username").await, ["carla"]);

    // Friends.
    assert_eq!(usernames(&shahn, "/v1/friends", "/user/username").await, ["ben"]);
    assert_eq!(usernames(&ben, "/v1/friends", "/user/username").await, ["shahn"]);

    // Delete a friend.
    shahn.deletes("/v1/friends/ben").await.is(204);
    assert!(usernames(&ben, "/v1/friends", "/user/username").await.is_empty());
}
