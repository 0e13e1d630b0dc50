//! Expiry: what has expired is gone on every path, to the second.

use std::time::Duration;

use serde_json::json;

use crate::support::{Chat, Link, Person, StreamPath, TestServer, on_both_paths, seconds, within};

/// Fails unless every call that names the chat or its link gets the same 404.
async fn is_over(people: &[&Person], chat: &Chat, link: &Link) {
    for person in people {
        for path in ["", "/members", "/activity", "/activity?log=door", "/export", "/links", "/knocks", "/events", "/events?after=0"] {
            person.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
        }
        person.posts(&chat.path, json!({"text": "x"})).await.is_problem(404, "not_found");
        person.patches(&chat.path, json!({"expires_in": 60})).await.is_problem(404, "not_found");
        person.deletes(&chat.path).await.is_problem(404, "not_found");
        person.removes(chat, 2).await.is_problem(404, "not_found");
        person.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(404, "not_found");
        person.says_to_the_only_one(link, true).await.is_problem(404, "not_found");
        person.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is_problem(404, "not_found");
        for path in [link.path.clone(), format!("{}/events", link.path), format!("/v1/approval?link_url={}", link.id)] {
            person.gets(&path).await.is_problem(404, "not_found");
        }
        person.posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(404, "not_found");
        person.deletes(&link.path).await.is_problem(404, "not_found");
    }
}

async fn after_its_last_moment_a_chat_is_nowhere(path: StreamPath) {
    let server = TestServer::on(path).await;
    for admission in ["knock", "open"] {
        let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
        let chat = ana.creates(json!({"name": "Ana", "expires_in": 60, "admission": admission})).await;
        let link = ana.shares(&chat).await;
        ben.knocks(&link, "Ben").await;
        if admission == "knock" {
            ana.says_to_the_only_one(&link, true).await.is(200);
        }
        cem.knocks(&link, "Cem").await;
        let mut stream = ana.follows(&chat).await;
        server.clock.advance(seconds(59));
        ana.reads(&chat).await;
        server.clock.advance(seconds(1));
        is_over(&[&ana, &ben, &cem, &server.person()], &chat, &link).await;
        server.advance(seconds(0)).await;
        assert_eq!(stream.expect("chat_closed").await.data, json!({"chat_id": chat.id, "reason": "expired"}));
        stream.expect_end().await;
        is_over(&[&ana, &ben, &cem, &server.person()], &chat, &link).await;
    }
}

async fn whoever_waits_hears_that_the_chat_is_over(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"expires_in": 60})).await;
    let link = ana.shares(&chat).await;
    ben.knocks(&link, "Ben").await;
    let mut waiting = ben.waits(&link).await;
    server.advance(seconds(60)).await;
    assert_eq!(waiting.expect("knock_decided").await.data["status"], json!("expired"));
    waiting.expect_end().await;
}

#[tokio::test]
async fn a_message_or_an_admission_begins_a_new_life_and_nothing_else_does() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana", "expires_in": 100})).await;
    let link = ana.shares(&chat).await;
    let ends = async |ana: &Person| ana.reads(&chat).await["chat"]["expires_at"].as_str().unwrap().to_owned();
    server.advance(seconds(50)).await;
    ana.patches(&chat.path, json!({"title": "x"})).await.is(200);
    let (knock, other) = (ben.knocks(&link, "Ben").await, server.person().knocks(&link, "Cem").await);
    ana.declines(&link, &other).await;
    assert_eq!(ends(&ana).await, "2026-11-20T12:01:40.000Z");
    ana.lets_in(&link, &knock).await;
    assert_eq!(ends(&ana).await, "2026-11-20T12:02:30.000Z");
    server.advance(seconds(10)).await;
    ana.says(&chat, "still here").await;
    assert_eq!(ends(&ana).await, "2026-11-20T12:02:40.000Z");
    server.advance(seconds(10)).await;
    ben.removes(&chat, 2).await.is(204);
    ana.gets(&format!("{}/export", chat.path)).await.is(200);
    assert_eq!(ends(&ana).await, "2026-11-20T12:02:40.000Z");
    ana.patches(&chat.path, json!({"expires_in": 60})).await.is(200);
    assert_eq!(ends(&ana).await, "2026-11-20T12:02:10.000Z");
    server.advance(seconds(59)).await;
    ana.reads(&chat).await;
    server.advance(seconds(1)).await;
    ana.gets(&chat.path).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_link_can_be_knocked_on_until_its_last_second() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"expires_in": 5, "auto_approve": true})).await;
    server.clock.advance(seconds(4));
    server.person().knocks(&link, "Ben").await;
    server.clock.advance(seconds(1));
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(404, "not_found");
    assert_eq!(ana.names(&chat).await, ["Ana", "Ben"]);
    ana.says(&chat, "whoever came in stays").await;
}

#[tokio::test]
async fn chats_that_end_together_are_cleared_away_turn_by_turn() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let ana = server.person();
    for _ in 0..300 {
        ana.posts("/v1/chats", json!({"expires_in": 60})).await.is(201);
    }
    let kept = async || server.service.usage().await.unwrap().chats;
    server.clock.advance(seconds(60));
    for left in [172, 44, 0] {
        within(async {
            while kept().await > left {
                tokio::task::yield_now().await;
            }
        })
        .await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(kept().await, left, "no further pass before the pause ends");
        server.clock.advance(Duration::from_millis(1));
    }
}

on_both_paths!(after_its_last_moment_a_chat_is_nowhere, whoever_waits_hears_that_the_chat_is_over);
