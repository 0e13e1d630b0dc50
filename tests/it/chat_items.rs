//! One's own chats: the list, clearing, muting, and the pages of messages with an account.

use serde_json::{Value, json};

use crate::support::{Person, TestServer, seconds};

/// Ana and Ben, who are friends.
async fn friends(server: &TestServer) -> (Person, Person) {
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    (ana, ben)
}

fn titles(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["title"].as_str().unwrap()).collect()
}

/// Messaging, *all chats with name, last message, time, status*; chat server, *channels of a user*.
#[tokio::test]
async fn my_chats_are_listed_with_what_is_new() {
    let server = TestServer::start().await;
    let (mut ana, ben) = friends(&server).await;
    assert!(ana.lists("/v1/chats").await.is_empty());
    let direct = ben.begins("ana", "Hello").await;
    server.clock.advance(seconds(1));
    let own = ana.creates(json!({"title": "Plans"})).await;
    let items = ana.lists("/v1/chats").await;
    assert_eq!(titles(&items), ["Plans", "ben"]);
    let item = &items[1];
    assert_eq!((&item["chat_id"], &item["kind"], &item["unread"], &item["read"]), (&json!(direct.id), &json!("direct"), &json!(1), &json!(2)));
    assert_eq!((&item["last_message"]["text"], &item["muted"], &item["pending"]), (&json!("Hello"), &json!(false), &json!(null)));
    assert_eq!(item["updated_at"], item["last_message"]["created_at"]);
    assert_eq!((&item["me"]["id"], &item["with"]["username"]), (&json!(2), &json!("ben")));
    assert_eq!((&items[0]["pending"], &items[0]["last_message"]), (&json!(0), &json!(null)));
    assert_eq!(ben.lists("/v1/chats").await[0]["unread"], 0, "one's own words are read");
    assert_eq!(titles(&ana.lists("/v1/chats?kind=link").await), ["Plans"]);
    assert_eq!(titles(&ana.lists("/v1/chats?participant=BEN").await), ["ben"]);
    assert!(ana.lists("/v1/chats?participant=nobody-here").await.is_empty());
    server.clock.advance(seconds(1));
    ben.says(&direct, "Are you there?").await;
    assert_eq!(titles(&ana.lists("/v1/chats").await), ["ben", "Plans"]);
    ana.deletes(&own.path).await.is(204);
    assert_eq!(titles(&ana.lists("/v1/chats").await), ["ben"]);
}

/// API 4.2: the author of the last message sees how far it got, others do not.
#[tokio::test]
async fn the_last_message_has_its_status_for_its_author() {
    let server = TestServer::start().await;
    let (ana, ben) = friends(&server).await;
    let chat = ana.begins("ben", "Hello").await;
    let status = async |person: &Person| person.lists("/v1/chats").await[0]["last_message"]["status"].clone();
    assert_eq!((status(&ana).await, status(&ben).await), (json!("sent"), json!(null)));
    for (receipt, expected) in [(json!({"delivered": 3}), "delivered"), (json!({"read": 3}), "read")] {
        ben.puts(&format!("{}/receipt", chat.path), receipt).await.is(200);
        assert_eq!((status(&ana).await, status(&ben).await), (json!(expected), json!(null)));
    }
    for (person, other, expected) in [(&ana, "ben", json!("read")), (&ben, "ana", json!(null))] {
        assert_eq!(person.lists(&format!("/v1/users/{other}/messages")).await[0]["status"], expected, "pages of two have it too");
    }
    ana.patches("/v1/me", json!({"read_receipts": false})).await.is(200);
    assert_eq!(status(&ana).await, "delivered", "who hides what they read does not see it of others");
    ana.deletes(&format!("{}/messages/3", chat.path)).await.is(204);
    let deleted = ana.lists("/v1/chats").await[0]["last_message"].clone();
    assert_eq!((&deleted["kind"], &deleted["status"]), (&json!("deleted"), &json!(null)));
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.account("ana").await;
    for number in 0..70 {
        server.clock.advance(seconds(1));
        ana.creates(json!({"title": format!("{number} {}", "x".repeat(110))})).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ana.gets(&format!("/v1/chats?limit=50{cursor}")).await.is(200).json;
        seen.extend(titles(page["items"].as_array().unwrap()).iter().map(|title| title.split(' ').next().unwrap().parse::<u32>().unwrap()));
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, (0..70).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn who_clears_a_direct_chat_clears_it_for_themselves() {
    let server = TestServer::start().await;
    let (ana, ben) = friends(&server).await;
    let chat = ana.begins("ben", "Hello").await;
    ben.says(&chat, "Hello, Ana").await;
    let (mut anas, mut bens) = (ana.follows(&chat).await, ben.follows(&chat).await);
    ana.deletes(&chat.path).await.is(204);
    anas.expect("bye").await;
    assert!(ana.lists("/v1/chats").await.is_empty());
    let page = ana.gets(&chat.path).await.is(200).json;
    assert_eq!((&page["messages"], &page["chat"]["first"]), (&json!([]), &json!(5)));
    assert!(ana.lists(&format!("{}/activity", chat.path)).await.is_empty());
    assert_eq!(ana.gets("/v1/users/ben/messages").await.is(200).json["total"], 0);
    assert_eq!(ben.gets(&chat.path).await.is(200).json["messages"].as_array().unwrap().len(), 2, "Ben keeps all of it");
    ben.says(&chat, "Again").await;
    assert_eq!(bens.expect("message").await.data["text"], "Again");
    let items = ana.lists("/v1/chats").await;
    assert_eq!((&items[0]["last_message"]["text"], &items[0]["unread"]), (&json!("Again"), &json!(1)));
    let mut replay = ana.hears(&format!("{}/events?after=0", chat.path)).await;
    assert_eq!(replay.expect("message").await.data["text"], "Again");
}

#[tokio::test]
async fn a_chat_is_muted_for_oneself() {
    let server = TestServer::start().await;
    let (ana, ben) = friends(&server).await;
    let chat = ana.begins("ben", "Hello").await;
    let path = format!("{}/mute", chat.path);
    ana.sends(ana.request(reqwest::Method::PUT, &path)).await.is(204);
    ana.sends(ana.request(reqwest::Method::PUT, &path)).await.is(204);
    assert_eq!((&ana.lists("/v1/chats").await[0]["muted"], &ben.lists("/v1/chats").await[0]["muted"]), (&json!(true), &json!(false)));
    ana.deletes(&path).await.is(204);
    assert_eq!(ana.lists("/v1/chats").await[0]["muted"], false);
}

/// Chat backend, *fetch between two by page and size*; messaging, *one-to-one*.
#[tokio::test]
async fn the_messages_with_an_account_come_by_page_and_size() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, ben) = friends(&server).await;
    let none = json!({"items": [], "page": 1, "per_page": 50, "total": 0});
    assert_eq!(ana.gets("/v1/users/ben/messages").await.is(200).json, none);
    let long = "\u{1f600}".repeat(2_000);
    let chat = ana.begins("ben", &long).await;
    for number in 1..60 {
        ben.posts(&chat.path, json!({"text": format!("{number} {long}")})).await.is(201);
    }
    let page = ana.gets("/v1/users/BEN/messages?page=2&per_page=25").await.is(200).json;
    let seqs: Vec<_> = page["items"].as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (13..=37).collect::<Vec<_>>());
    assert_eq!((&page["page"], &page["per_page"], &page["total"]), (&json!(2), &json!(25), &json!(60)));
    assert_eq!(ana.gets("/v1/users/ben/messages?per_page=1000").await.is(200).json["items"].as_array().unwrap().len(), 60);
    for query in ["page=0", "per_page=0", "page=x"] {
        ana.gets(&format!("/v1/users/ben/messages?{query}")).await.is_problem(422, "invalid");
    }
    ana.gets("/v1/users/nobody-here/messages").await.is_problem(404, "not_found");
    let eve = server.account("eve").await;
    ben.patches("/v1/me", json!({"findable": false})).await.is(200);
    eve.gets("/v1/users/ben/messages").await.is_problem(404, "not_found");
    assert_eq!(ana.gets("/v1/users/ben/messages?per_page=1").await.is(200).json["total"], 60);
}

#[tokio::test]
async fn a_bound_membership_is_answered_as_an_item() {
    let server = TestServer::start().await;
    let mut guest = server.person();
    let chat = guest.creates_a_chat().await;
    guest.says(&chat, "Hello").await;
    let ana = server.account("ana").await;
    let item = ana.posts("/v1/me/memberships", json!({"chat_url": chat.url, "credential": chat.author})).await.is(200).json;
    assert_eq!((&item["title"], &item["unread"], &item["last_message"]["text"]), (&json!("Ana"), &json!(0), &json!("Hello")));
    assert_eq!(ana.lists("/v1/chats").await, [item]);
}
