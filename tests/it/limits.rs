//! Limits: how much of everything fits, and which operations succeed regardless.

use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn a_full_chat_takes_nothing_more_but_can_always_be_cleared() {
    let server = TestServer::with(&["--chat-entries", "6"]).await;
    let (mut ana, mut ben, mut cem, mut dan) = (server.person(), server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares(&chat).await, ana.shares(&chat).await);
    ben.enters(&ana, &link, "Ben").await;
    cem.enters(&ana, &link, "Cem").await;
    let (waits, withdraws) = (dan.knocks(&link, "Dan").await, server.person().knocks(&other, "Eve").await);
    for text in ["four", "five", "six"] {
        ana.says(&chat, text).await;
    }
    let reply = ben.posts(&chat.path, json!({"text": "seven"})).await.is_problem(507, "chat_full");
    assert_eq!(reply.json["limit"], json!("chat"));
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(507, "chat_full");
    server.person().gets(&link.path).await.is_problem(507, "chat_full");
    ana.decides(&link, &waits, true).await.is_problem(507, "chat_full");
    ana.patches(&chat.path, json!({"title": "x"})).await.is_problem(507, "chat_full");
    ana.patches(&chat.path, json!({"admission": "open"})).await.is_problem(507, "chat_full");
    ana.declines(&link, &waits).await;
    server.person().showing(&withdraws.client).deletes(&format!("{}/knocks/{}", other.path, withdraws.id)).await.is(204);
    ana.patches(&chat.path, json!({"expires_in": 60})).await.is(200);
    ben.removes(&chat, 2).await.is(204);
    ana.removes(&chat, 3).await.is(204);
    ana.deletes(&format!("{}?evict=true", link.path)).await.is(204);
    assert_eq!(ana.names(&chat).await, ["Ana"]);
    assert_eq!(ana.texts(&chat).await, ["four", "five", "six"], "a conversation is never trimmed");
    assert_eq!(ana.reads(&chat).await["head"], json!(9));
    ana.deletes(&chat.path).await.is(204);
}

#[tokio::test]
async fn a_full_open_chat_can_always_be_shut() {
    let server = TestServer::with(&["--chat-entries", "2"]).await;
    let (mut ana, visitor) = (server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let link = visitor.shares(&chat).await;
    visitor.says(&chat, "two").await;
    visitor.posts(&chat.path, json!({"text": "three"})).await.is_problem(507, "chat_full");
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(507, "chat_full");
    assert_eq!(ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200).json["admission"], json!("knock"));
    visitor.gets(&chat.path).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_chats_content_is_counted_in_bytes() {
    let server = TestServer::with(&["--chat-content", "1000"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    ana.says(&chat, &"é".repeat(250)).await;
    ana.posts(&chat.path, json!({"text": "a".repeat(501)})).await.is_problem(507, "chat_full");
    ana.says(&chat, "a").await;
    let mut eve = server.person();
    let other = eve.creates_a_chat().await;
    eve.says(&other, &"a".repeat(900)).await;
}

#[tokio::test]
async fn members_and_links_are_counted_while_they_live() {
    let server = TestServer::with(&["--chat-members", "2", "--chat-links", "2"]).await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let (link, auto) = (ana.shares(&chat).await, ana.shares_so(&chat, json!({"auto_approve": true})).await);
    let wish = json!({"chat_url": chat.url});
    ana.posts("/v1/links", wish.clone()).await.is_problem(507, "chat_full");
    ben.enters(&ana, &link, "Ben").await;
    let knock = cem.knocks(&link, "Cem").await;
    ana.decides(&link, &knock, true).await.is_problem(507, "chat_full");
    server.person().posts(&format!("{}/knocks", auto.path), json!({})).await.is_problem(507, "chat_full");
    server.person().gets(&auto.path).await.is_problem(507, "chat_full");
    assert_eq!(ana.sees(&chat, &auto).await["uses"], json!(0));
    ben.removes(&chat, 2).await.is(204);
    ana.lets_in(&link, &knock).await;
    ana.deletes(&auto.path).await.is(204);
    ana.posts("/v1/links", wish).await.is(201);
}

#[tokio::test]
async fn of_dead_links_and_ended_knocks_the_last_are_kept() {
    let server = TestServer::with(&["--chat-dead-links", "2", "--chat-ended-knocks", "2"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut links = Vec::new();
    for _ in 0..4 {
        let link = ana.shares(&chat).await;
        ana.deletes(&link.path).await.is(204);
        links.push(link);
    }
    let live = ana.shares(&chat).await;
    let listed = ana.items(&format!("{}/links", chat.path)).await;
    assert_eq!(crate::support::each(&listed, "link_id"), [links[2].id.clone(), links[3].id.clone(), live.id.clone()]);
    ana.deletes(&links[0].path).await.is_problem(404, "not_found");
    let mut guests = Vec::new();
    for name in ["one", "two", "three"] {
        let mut guest = server.person();
        let knock = guest.knocks(&live, name).await;
        ana.declines(&live, &knock).await;
        guests.push(guest);
    }
    guests[0].gets(&live.path).await.is_problem(404, "not_found");
    guests[1].gets(&live.path).await.is(200);
    assert_eq!(ana.items(&format!("{}/knocks", chat.path)).await.len(), 2);
}

#[tokio::test]
async fn a_node_holds_so_many_chats() {
    let server = TestServer::with(&["--total-chats", "2"]).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    ben.creates_a_chat().await;
    let reply = server.person().posts("/v1/chats", json!({})).await.is_problem(507, "node_full");
    assert_eq!(reply.json["limit"], json!("node"));
    ana.says(&chat, "talk goes on").await;
    ana.deletes(&chat.path).await.is(204);
    server.person().posts("/v1/chats", json!({})).await.is(201);
}
