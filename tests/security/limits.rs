//! SEC-109: every resource has a limit, and one more is refused.

use serde_json::json;

use crate::support::{Chat, Link, Person, TestServer};

async fn a_chat_of(server: &TestServer) -> (Person, Chat, Link) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    (ana, chat, link)
}

#[tokio::test]
async fn sec_109_entries_and_content_of_a_chat() {
    let server = TestServer::with(&["--rate-factor", "0", "--chat-entries", "5"]).await;
    let (ana, chat, _) = a_chat_of(&server).await;
    for _ in 2..=5 {
        ana.says(&chat, "x").await;
    }
    ana.posts(&chat.path, json!({"text": "x"})).await.is_problem(507, "chat_full");
    let server = TestServer::with(&["--rate-factor", "0", "--chat-content", "10"]).await;
    let (ana, chat, _) = a_chat_of(&server).await;
    ana.says(&chat, "0123456789").await;
    ana.posts(&chat.path, json!({"text": "x"})).await.is_problem(507, "chat_full");
}

#[tokio::test]
async fn sec_109_members_and_links_of_a_chat() {
    let server = TestServer::with(&["--rate-factor", "0", "--chat-members", "3", "--chat-links", "2"]).await;
    let (ana, chat, link) = a_chat_of(&server).await;
    let mut waiting = Vec::new();
    for name in ["Ben", "Cleo", "Dan"] {
        waiting.push(server.person().knocks(&link, name).await);
    }
    ana.lets_in(&link, &waiting[0]).await;
    ana.lets_in(&link, &waiting[1]).await;
    ana.decides(&link, &waiting[2], true).await.is_problem(507, "chat_full");
    ana.shares(&chat).await;
    ana.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(507, "chat_full");
}

#[tokio::test]
async fn sec_109_knocks_that_wait() {
    let server = TestServer::with(&["--rate-factor", "0", "--link-knocks", "20", "--chat-knocks", "100"]).await;
    let (ana, chat, link) = a_chat_of(&server).await;
    let knocks = |link: &Link| format!("{}/knocks", link.path);
    let household = server.person();
    for _ in 0..5 {
        household.posts(&knocks(&link), json!({})).await.is(201);
    }
    household.posts(&knocks(&link), json!({})).await.is_problem(429, "too_many_knocks");
    for _ in 5..20 {
        server.person().posts(&knocks(&link), json!({})).await.is(201);
    }
    server.person().posts(&knocks(&link), json!({})).await.is_problem(429, "too_many_knocks");
    for _ in 0..4 {
        let link = ana.shares(&chat).await;
        for _ in 0..20 {
            server.person().posts(&knocks(&link), json!({})).await.is(201);
        }
    }
    let last = ana.shares(&chat).await;
    server.person().posts(&knocks(&last), json!({})).await.is_problem(429, "too_many_knocks");
}

#[tokio::test]
async fn sec_109_tickets_of_a_chat() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, chat, _) = a_chat_of(&server).await;
    for _ in 0..2_000 {
        ana.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is(201);
    }
    ana.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is_problem(429, "too_many_tickets");
}

#[tokio::test]
async fn sec_109_tickets_of_an_account() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let ana = server.account("ana").await;
    for _ in 0..100 {
        ana.posts("/v1/tickets", json!({"me": true})).await.is(201);
    }
    ana.posts("/v1/tickets", json!({"me": true})).await.is_problem(429, "too_many_tickets");
}

#[tokio::test]
async fn sec_109_chats_of_a_node() {
    let server = TestServer::with(&["--rate-factor", "0", "--total-chats", "2"]).await;
    for status in [201, 201, 507] {
        server.person().posts("/v1/chats", json!({})).await.is(status);
    }
}

#[tokio::test]
async fn sec_109_of_what_has_ended_the_last_is_kept() {
    let flags = ["--rate-factor", "0", "--chat-dead-links", "2", "--chat-ended-knocks", "2", "--chat-door", "4"];
    let server = TestServer::with(&flags).await;
    let (ana, chat, link) = a_chat_of(&server).await;
    for name in ["Ben", "Cleo", "Dan"] {
        let knock = server.person().knocks(&link, name).await;
        ana.declines(&link, &knock).await;
    }
    assert_eq!(ana.items(&format!("{}/knocks?status=declined", chat.path)).await.len(), 2);
    assert_eq!(ana.items(&format!("{}/activity?log=door", chat.path)).await.len(), 4);
    for _ in 0..3 {
        let dead = ana.shares(&chat).await;
        ana.deletes(&dead.path).await.is(204);
    }
    ana.says(&chat, "What is due is cleared away with the next change").await;
    assert_eq!(ana.items(&format!("{}/links", chat.path)).await.len(), 3, "one live link, two dead ones");
}
