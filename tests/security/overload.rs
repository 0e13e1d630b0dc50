//! SEC-113: under load, requests of the lowest priority are rejected first, before any work is done for them.

use std::collections::BTreeMap;
use std::time::Duration;

use parlor::http::middleware::priority::Priority;
use parlor::http::operations;
use reqwest::Method;
use serde_json::json;

use crate::rate_limits::waits;
use crate::support::openapi_check::DOCUMENT;
use crate::support::{Chat, Person, RawClient, Reply, StreamPath, TestServer, head, on_both_paths};

/// The priority of each operation for a caller with a credential; `None` if it is never rejected.
const WORTH: &[(&str, Option<Priority>)] = &[
    ("follow_chat", Some(Priority::Stream)),
    ("wait_for_decision", Some(Priority::Stream)),
    ("issue_ticket", Some(Priority::Stream)),
    ("post_message", Some(Priority::Member)),
    ("move_receipt", Some(Priority::Member)),
    ("list_receipts", Some(Priority::Member)),
    ("set_typing", Some(Priority::Member)),
    ("list_message_receipts", Some(Priority::Member)),
    ("read_message", Some(Priority::Member)),
    ("edit_message", Some(Priority::Member)),
    ("delete_message", Some(Priority::Member)),
    ("add_reaction", Some(Priority::Member)),
    ("remove_reaction", Some(Priority::Member)),
    ("read_chat", Some(Priority::Member)),
    ("update_chat", Some(Priority::Member)),
    ("list_chats", Some(Priority::Member)),
    ("move_receipt", Some(Priority::Member)),
    ("list_receipts", Some(Priority::Member)),
    ("set_typing", Some(Priority::Member)),
    ("list_message_receipts", Some(Priority::Member)),
    ("update_member", Some(Priority::Member)),
    ("list_groups", Some(Priority::Member)),
    ("create_group", Some(Priority::Chat)),
    ("read_group", Some(Priority::Member)),
    ("update_group", Some(Priority::Member)),
    ("close_group", Some(Priority::Member)),
    ("list_group_members", Some(Priority::Member)),
    ("add_group_member", Some(Priority::Member)),
    ("update_group_member", Some(Priority::Member)),
    ("knock_at_group", Some(Priority::Knock)),
    ("read_group_knock", Some(Priority::Knock)),
    ("withdraw_group_knock", Some(Priority::Knock)),
    ("remove_group_member", Some(Priority::Member)),
    ("mute_chat", Some(Priority::Member)),
    ("unmute_chat", Some(Priority::Member)),
    ("send_message", Some(Priority::Member)),
    ("read_direct_messages", Some(Priority::Member)),
    ("close_chat", Some(Priority::Member)),
    ("list_members", Some(Priority::Member)),
    ("remove_member", Some(Priority::Member)),
    ("read_activity", Some(Priority::Member)),
    ("export_chat", Some(Priority::Member)),
    ("create_link", Some(Priority::Member)),
    ("list_webhooks", Some(Priority::Member)),
    ("create_webhook", Some(Priority::Member)),
    ("delete_webhook", Some(Priority::Member)),
    ("read_push_key", Some(Priority::Visitor)),
    ("list_push_subscriptions", Some(Priority::Member)),
    ("subscribe_to_push", Some(Priority::Member)),
    ("delete_push_subscription", Some(Priority::Member)),
    ("list_links", Some(Priority::Member)),
    ("revoke_link", Some(Priority::Member)),
    ("list_knocks", Some(Priority::Member)),
    ("decide_knocks", Some(Priority::Member)),
    ("exchange_link", Some(Priority::Knock)),
    ("knock", Some(Priority::Knock)),
    ("withdraw_knock", Some(Priority::Knock)),
    ("read_approval", Some(Priority::Knock)),
    ("report_chat", Some(Priority::Member)),
    ("read_instance", Some(Priority::Visitor)),
    ("sign_up", Some(Priority::Chat)),
    ("list_users", Some(Priority::Member)),
    ("read_user", Some(Priority::Member)),
    ("read_me", Some(Priority::Member)),
    ("update_me", Some(Priority::Member)),
    ("delete_me", Some(Priority::Member)),
    ("export_account", Some(Priority::Member)),
    ("change_password", Some(Priority::Member)),
    ("bind_membership", Some(Priority::Member)),
    ("sign_in", Some(Priority::Knock)),
    ("refresh_session", Some(Priority::Visitor)),
    ("list_sessions", Some(Priority::Member)),
    ("end_session", Some(Priority::Member)),
    ("end_sessions", Some(Priority::Member)),
    ("list_friend_requests", Some(Priority::Member)),
    ("request_friendship", Some(Priority::Member)),
    ("answer_friend_request", Some(Priority::Member)),
    ("withdraw_friend_request", Some(Priority::Member)),
    ("list_friends", Some(Priority::Member)),
    ("end_friendship", Some(Priority::Member)),
    ("list_blocks", Some(Priority::Member)),
    ("block_account", Some(Priority::Member)),
    ("unblock_account", Some(Priority::Member)),
    ("follow_me", Some(Priority::Stream)),
    ("open_socket", Some(Priority::Stream)),
    ("request_email_verification", Some(Priority::Member)),
    ("verify_email", Some(Priority::Knock)),
    ("request_password_reset", Some(Priority::Knock)),
    ("confirm_password_reset", Some(Priority::Knock)),
];
const UNTOUCHED: [&str; 2] = ["healthz", "readyz"];

#[test]
fn sec_113_every_operation_has_its_worth() {
    let mut stated: BTreeMap<&str, Option<Priority>> = WORTH.iter().copied().chain(UNTOUCHED.map(|name| (name, None))).collect();
    stated.insert("open_chat", Some(Priority::Chat));
    let mut found = BTreeMap::new();
    for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            found.insert(operation["operationId"].as_str().unwrap(), operations::find(&method, path).and_then(|operation| operation.priority));
        }
    }
    assert_eq!(found, stated);
    assert_eq!(operations::find(&Method::HEAD, "/v1/chats/{chat_id}/events").and_then(|operation| operation.priority), Some(Priority::Stream));
}

#[track_caller]
fn is_shed(reply: &Reply) {
    assert_eq!((reply.status, reply.json["code"].as_str(), reply.json["limit"].as_str()), (503, Some("overloaded"), Some("load")), "{}", reply.text);
    assert!((Duration::from_secs(1)..=Duration::from_secs(5)).contains(&waits(reply)));
}

/// Sends one request of each priority, lowest first; returns whether each was accepted.
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

async fn sec_113_what_is_worth_least_is_given_up_first_and_comes_back_last(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let link = ana.shares(&chat).await;
    let mut listening = ana.follows(&chat).await;
    for (lag, given_up) in [(0, 0), (100, 1), (200, 2), (500, 3), (1_000, 4), (500, 4), (499, 3), (249, 2), (99, 1), (49, 0)] {
        server.lag.becomes(Duration::from_millis(lag)).await;
        let expected: Vec<bool> = (0..5).map(|worth| worth >= given_up).collect();
        assert_eq!(taken(&ana, &chat, &link.path).await, expected, "at {lag} ms");
        for path in ["/healthz", "/readyz", "/", "/l/x", "/docs/", "/openapi.json"] {
            assert_eq!(ana.gets(path).await.status, 200, "{path} at {lag} ms");
        }
        drop(server.person().hears(&format!("{}/events", chat.path)).await);
    }
    let mut heard = 0;
    while heard < 8 {
        heard += usize::from(listening.next().await.name == "message");
    }
}

#[tokio::test]
async fn sec_113_what_is_given_up_is_not_looked_at() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    server.lag.becomes(Duration::from_secs(1)).await;
    is_shed(&ana.gets(&chat.path).await);
    is_shed(&ana.showing("nobody").gets("/v1/chats/nowhere").await);
    is_shed(&ana.sends(ana.request(Method::POST, &chat.path).body("no JSON")).await);
    is_shed(&ana.sends(ana.request(Method::GET, &chat.path).header("Authorization", "rubbish")).await);
    let mut connection = RawClient::connect(server.address).await;
    assert!(connection.send(head("POST", &chat.path, None, &[("Content-Type", "application/json"), ("Content-Length", "60000")])).await);
    assert_eq!(connection.read_exact(12).await, b"HTTP/1.1 503", "it does not wait for the body");
    server.lag.becomes(Duration::ZERO).await;
    assert_eq!(ana.reads(&chat).await["head"], json!(1));
}

on_both_paths!(sec_113_what_is_worth_least_is_given_up_first_and_comes_back_last);
