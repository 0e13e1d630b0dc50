//! The calls of the fifth source, a chat server: sessions with refresh tokens, e-mail links, channels, recipients, participants, activity.

use serde_json::json;

use super::texts;
use crate::support::TestServer;
use crate::support::account::PASSWORD;

#[tokio::test]
async fn sessions_and_addresses() {
    let server = TestServer::start().await;
    let ana = server.person();

    // Sign up, with an address that a link in a mail verifies.
    ana.posts("/v1/users", json!({"username": "ana", "password": PASSWORD, "email": "ana@example.org"})).await.is(201);
    let token = server.mails.token_to("ana@example.org", "verify").await;
    ana.posts("/v1/email-verifications", json!({"token": token})).await.is(204);

    // Log in with it.
    let session = ana.posts("/v1/sessions", json!({"username": "ana@example.org", "password": PASSWORD})).await.is(201).json;

    // Refresh the session: a new pair of tokens.
    let refreshed = ana.posts("/v1/sessions/refresh", json!({"refresh_token": session["refresh_token"]})).await.is(200).json;
    assert_ne!(refreshed["refresh_token"], session["refresh_token"]);
    let ana = ana.showing(refreshed["access_token"].as_str().unwrap());
    assert_eq!(ana.gets("/v1/me").await.is(200).json["email_verified"], true);
}

#[tokio::test]
async fn channels() {
    let server = TestServer::start().await;
    let (ana, ben, cleo) = (server.account("ana").await, server.account("ben").await, server.account("cleo").await);
    ana.befriends(&ben, "ben").await;
    ana.befriends(&cleo, "cleo").await;

    // Create a channel, and list the channels of a user.
    let created = ana.posts("/v1/groups", json!({"name": "launch", "members": ["ben", "cleo"]})).await.is(201).json;
    let chat = format!("/v1/chats/{}", created["chat_id"].as_str().unwrap());
    assert_eq!(texts(&ben, "/v1/chats?kind=group", "/title").await, ["launch"]);

    // The messages of a channel.
    let first = ben.posts(&chat, json!({"text": "Good morning"})).await.is(201).json;
    let second = ana.posts(&chat, json!({"text": "Good morning, Ben"})).await.is(201).json;
    let page = cleo.gets(&chat).await.is(200).json;
    assert_eq!((&page["messages"][0]["text"], &page["messages"][1]["text"]), (&json!("Good morning"), &json!("Good morning, Ben")));

    // How far a message got with each recipient.
    cleo.puts(&format!("{chat}/receipt"), json!({"read": first["seq"]})).await.is(200);
    let receipts = format!("{chat}/messages/{}/receipts", first["seq"]);
    let recipients = ben.lists(&receipts).await;
    let states: Vec<_> = recipients.iter().map(|one| (one["member"]["username"].as_str().unwrap(), one["read"].as_bool().unwrap())).collect();
    assert_eq!(states, [("ana", false), ("cleo", true)]);

    // Active and inactive participants.
    cleo.deletes("/v1/groups/launch/members/cleo").await.is(204);
    assert_eq!(texts(&ana, "/v1/groups/launch/members?status=active", "/member/username").await, ["ana", "ben"]);
    assert_eq!(texts(&ana, "/v1/groups/launch/members?status=inactive", "/member/username").await, ["cleo"]);

    // Delete a message.
    ana.deletes(&format!("{chat}/messages/{}", second["seq"])).await.is(204);

    // The activity of a channel.
    let kinds = ["member_joined", "member_joined", "member_joined", "message", "message", "member_left", "message_deleted"];
    assert_eq!(texts(&ben, &format!("{chat}/activity"), "/kind").await, kinds);

    // Delete the channel.
    ana.deletes("/v1/groups/launch").await.is(204);
    ben.gets(&chat).await.is_problem(404, "not_found");
}
