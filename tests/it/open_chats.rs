//! Open chats: the URL grants access; switching to knocking and back.

use serde_json::json;

use crate::support::{StreamPath, TestServer, on_both_paths, seconds};

async fn whoever_has_the_url_reads_and_writes(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, visitor) = (server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let mut stream = visitor.follows(&chat).await;
    let said = visitor.posts(&chat.path, json!({"text": "Hello"})).await.is(201).json;
    assert_eq!((&said["member"], &said["seq"]), (&json!(null), &json!(2)));
    assert_eq!(stream.expect("message").await.data, said);
    ana.says(&chat, "Welcome").await;
    let read = visitor.reads(&chat).await;
    assert_eq!((&read["chat"]["me"], &read["chat"]["admission"], &read["head"]), (&json!(null), &json!("open"), &json!(3)));
    assert_eq!(visitor.texts(&chat).await, ["Hello", "Welcome"]);
    assert_eq!(visitor.names(&chat).await, ["Ana"]);
    assert_eq!(visitor.kinds(&chat, "chat").await, ["member_joined", "message", "message"]);
    let entry = &visitor.items(&format!("{}/activity?after=1&limit=1", chat.path)).await[0];
    assert!(entry.get("member").is_none(), "{entry}");
    assert!(visitor.gets(&format!("{}/export", chat.path)).await.is(200).text.contains("Hello"));
}

async fn an_unknown_credential_opens_nothing_not_even_an_open_chat(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, mut eve) = (server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let elsewhere = eve.creates_an_open_chat().await;
    for stranger in [eve.clone(), eve.showing("nobody"), eve.showing("00000000-0000-4000-8000-000000000000")] {
        for path in ["", "/members", "/activity", "/export", "/events", "/links", "/knocks"] {
            stranger.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
        }
        stranger.posts(&chat.path, json!({"text": "x"})).await.is_problem(404, "not_found");
        stranger.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(404, "not_found");
    }
    for unknown in [elsewhere.author.as_str(), "nobody", ""] {
        eve.nobody().posts(&chat.path, json!({"text": "x", "user_id": unknown})).await.is_problem(404, "not_found");
        eve.nobody().posts("/v1/links", json!({"chat_url": chat.url, "author_id": unknown})).await.is_problem(404, "not_found");
    }
    assert!(ana.texts(&chat).await.is_empty());
}

#[tokio::test]
async fn an_owners_call_needs_the_owner_in_an_open_chat_too() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, visitor) = (server.person(), server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let link = ana.shares(&chat).await;
    ben.knocks(&link, "Ben").await;
    for (person, status, code) in [(&visitor, 404, "not_found"), (&ben, 403, "not_allowed")] {
        person.patches(&chat.path, json!({"admission": "knock"})).await.is_problem(status, code);
        person.deletes(&chat.path).await.is_problem(status, code);
        person.deletes(&link.path).await.is_problem(status, code);
        person.removes(&chat, 1).await.is_problem(status, code);
        person.says_to_the_only_one(&link, true).await.is_problem(status, code);
        for path in ["/links", "/knocks", "/activity?log=door"] {
            person.gets(&format!("{}{path}", chat.path)).await.is_problem(status, code);
        }
    }
}

#[tokio::test]
async fn at_an_open_chats_link_nobody_waits() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, visitor) = (server.person(), server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let link = ana.shares(&chat).await;
    let plain = visitor.gets(&link.path).await.is(200).json;
    assert_eq!((&plain["request_sent_status"], &plain["approval_status"], &plain["client_id"]), (&json!(false), &json!(true), &json!(null)));
    assert_eq!((&plain["chat_url"], &plain["member"], &plain["link_url"]), (&json!(chat.url), &json!(null), &json!(link.url)));
    assert_eq!(ana.sees(&chat, &link).await["uses"], json!(0));
    let knock = ben.knocks(&link, "Ben").await.json;
    assert_eq!((&knock["status"], &knock["member"]["id"], &knock["chat_url"]), (&json!("approved"), &json!(2), &json!(chat.url)));
    assert_eq!(ana.sees(&chat, &link).await["uses"], json!(1));
    assert_eq!(ben.posts(&chat.path, json!({"text": "x"})).await.is(201).json["member"]["name"], json!("Ben"));
}

#[tokio::test]
async fn any_holder_makes_links_of_an_open_chat() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, visitor) = (server.person(), server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let anas = ana.shares(&chat).await;
    ben.knocks(&anas, "Ben").await;
    let (bens, visitors) = (ben.shares(&chat).await, visitor.shares(&chat).await);
    assert_eq!(ana.items(&format!("{}/links", chat.path)).await.len(), 3);
    for link in [&bens, &visitors] {
        assert_eq!(server.person().gets(&link.path).await.is(200).json["chat_url"], json!(chat.url));
    }
}

async fn closing_the_door_shuts_out_all_but_members(path: StreamPath) {
    let server = TestServer::on(path).await;
    let (mut ana, mut ben, visitor) = (server.person(), server.person(), server.person());
    let chat = ana.creates_an_open_chat().await;
    let anas = ana.shares(&chat).await;
    ben.knocks(&anas, "Ben").await;
    let (bens, visitors) = (ben.shares(&chat).await, visitor.shares(&chat).await);
    let (mut outside, mut inside) = (visitor.follows(&chat).await, ben.follows(&chat).await);
    let changed = ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200).json;
    assert_eq!(changed["admission"], json!("knock"));
    for stream in [&mut outside, &mut inside] {
        assert_eq!(stream.expect("chat_updated").await.data["chat"]["admission"], json!("knock"));
    }
    outside.expect_end().await;
    for path in ["", "/members", "/activity", "/export", "/events"] {
        visitor.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
        if path != "/events" {
            ben.gets(&format!("{}{path}", chat.path)).await.is(200);
        }
    }
    visitor.posts(&chat.path, json!({"text": "x"})).await.is_problem(404, "not_found");
    visitor.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(404, "not_found");
    ben.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(403, "not_allowed");
    for link in [&bens, &visitors] {
        server.person().gets(&link.path).await.is_problem(404, "not_found");
    }
    assert_eq!(visitor.gets(&anas.path).await.is(200).json["status"], json!("pending"));
    ana.says(&chat, "among us").await;
    inside.expect("message").await;
}

async fn opening_the_door_lets_in_everybody_who_waits(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (link, other) = (ana.shares_so(&chat, json!({"max_uses": 1})).await, ana.shares(&chat).await);
    let mut guests = Vec::new();
    for (name, link) in [("Ben", &link), ("Cem", &link), ("Dan", &other)] {
        let mut guest = server.person();
        guest.knocks(link, name).await;
        let waiting = guest.waits(link).await;
        guests.push((guest, waiting));
    }
    assert_eq!(ana.patches(&chat.path, json!({"admission": "open"})).await.is(200).json["admission"], json!("open"));
    for (guest, waiting) in &mut guests {
        let told = waiting.expect("knock_decided").await.data;
        assert_eq!((&told["status"], &told["chat_url"]), (&json!("approved"), &json!(chat.url)));
        guest.says(&chat, "in").await;
    }
    assert_eq!(ana.names(&chat).await, ["Ana", "Ben", "Cem", "Dan"]);
    assert_eq!(ana.sees(&chat, &link).await["uses"], json!(2), "whatever its uses");
    assert!(ana.pending(&chat).await.is_empty());
    let joined = ana.items(&format!("{}/activity?after=2&limit=1", chat.path)).await;
    assert_eq!((&joined[0]["kind"], &joined[0]["by"]["name"]), (&json!("member_joined"), &json!("Ana")));
    server.person().says(&chat, "so am I").await;
}

#[tokio::test]
async fn once_somebody_was_removed_the_door_cannot_be_opened() {
    let server = TestServer::start().await;
    for evicted in [false, true] {
        let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
        let chat = ana.creates_a_chat().await;
        let link = ana.shares(&chat).await;
        ben.enters(&ana, &link, "Ben").await;
        cem.enters(&ana, &link, "Cem").await;
        cem.removes(&chat, 3).await.is(204);
        ana.patches(&chat.path, json!({"admission": "open"})).await.is(200);
        ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200);
        let gone = if evicted { ana.deletes(&format!("{}?evict=true", link.path)).await } else { ana.removes(&chat, 2).await };
        gone.is(204);
        ana.patches(&chat.path, json!({"admission": "open", "title": "x"})).await.is_problem(409, "somebody_was_removed");
        let still = ana.patches(&chat.path, json!({"admission": "knock"})).await.is(200).json;
        assert_eq!(still["title"], json!(null));
    }
}

#[tokio::test]
async fn where_members_do_not_suffice_nobody_comes_in() {
    let server = TestServer::with(&["--chat-members", "3"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    for name in ["Ben", "Cem", "Dan"] {
        server.person().knocks(&link, name).await;
    }
    ana.patches(&chat.path, json!({"admission": "open"})).await.is_problem(507, "chat_full");
    assert_eq!((ana.pending(&chat).await.len(), ana.names(&chat).await.len()), (3, 1));
    assert_eq!(ana.reads(&chat).await["chat"]["admission"], json!("knock"));
    let one = &ana.pending(&chat).await[0]["knock_id"];
    ana.posts("/v1/approval", json!({"link_url": link.url, "knock_id": one, "approve": false})).await.is(200);
    server.advance(seconds(1)).await;
    ana.patches(&chat.path, json!({"admission": "open"})).await.is(200);
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(507, "chat_full");
}

on_both_paths!(
    whoever_has_the_url_reads_and_writes,
    an_unknown_credential_opens_nothing_not_even_an_open_chat,
    closing_the_door_shuts_out_all_but_members,
    opening_the_door_lets_in_everybody_who_waits,
);
