//! Chats: creating, reading, updating, closing.

use reqwest::Method;
use serde_json::json;

use crate::support::{TestServer, seconds};

#[tokio::test]
async fn two_people_talk_once_the_owner_lets_the_other_in() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    let link = ana.shares(&chat).await;
    stream.expect("link_created").await;
    let knock = ben.knocks(&link, "Ben").await;
    let told = stream.expect("knock").await;
    assert_eq!(told.data["knock"]["name"], "Ben");
    assert_eq!(told.data["knock"]["code"], knock.json["code"]);
    let mut waiting = ben.waits(&link).await;
    assert_eq!(waiting.hello.data, json!({"status": "pending"}));
    ben.gets(&chat.path).await.is_problem(404, "not_found");
    ana.lets_in(&link, &knock).await;
    let decided = waiting.expect("knock_decided").await;
    assert_eq!(decided.data["chat_url"], json!(chat.url));
    waiting.expect_end().await;
    let mut bens = ben.follows(&chat).await;
    let seq = ana.says(&chat, "Welcome").await;
    let heard = bens.expect("message").await;
    assert_eq!((heard.data["seq"].as_u64(), heard.data["text"].as_str()), (Some(seq), Some("Welcome")));
    ben.says(&chat, "Thank you").await;
    bens.expect("message").await;
}

#[tokio::test]
async fn a_new_chat_tells_its_owner_everything_they_need() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let body = json!({"name": "Ana", "title": "Plans", "admission": "knock", "history": "since_join", "expires_in": 120});
    let reply = ana.posts("/v1/chats", body).await.is(201);
    let id = reply.json["chat_id"].as_str().unwrap().to_owned();
    let origin = format!("http://{}", server.address);
    assert_eq!(id.len(), 43);
    assert_eq!(reply.header("location"), Some(format!("{origin}/v1/chats/{id}").as_str()));
    let author: uuid::Uuid = reply.json["author_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(author.get_version_num(), 4);
    let (url, page) = (format!("{origin}/v1/chats/{id}"), format!("{origin}/c/{id}"));
    let chat = json!({
        "chat_id": id, "chat_url": url, "page_url": page, "kind": "link", "title": "Plans", "admission": "knock", "history": "since_join", "created_at": "2026-11-20T12:00:00.000Z",
        "expires_in": 120, "expires_at": "2026-11-20T12:02:00.000Z", "first": 1, "head": 1, "with": null, "group": null,
        "me": {"id": 1, "name": "Ana", "role": "owner", "username": null},
    });
    assert_eq!(reply.json, json!({"chat_id": id, "chat_url": url, "page_url": page, "author_id": author, "chat": chat}));
    ana = ana.showing(&author.to_string());
    let read = ana.gets(&format!("/v1/chats/{id}")).await.is(200).json;
    assert_eq!(read, json!({"chat": chat, "messages": [], "head": 1, "has_more": false}));
    let first = ana.items(&format!("/v1/chats/{id}/activity")).await;
    let entry = json!({"seq": 1, "kind": "member_joined", "at": "2026-11-20T12:00:00.000Z", "member": chat["me"]});
    assert_eq!(first, [entry]);
}

#[tokio::test]
async fn a_chat_that_nobody_described_asks_before_it_lets_anyone_in() {
    let server = TestServer::start().await;
    let ana = server.person();
    for request in [
        ana.request(Method::POST, "/v1/chats"),
        ana.request(Method::POST, "/v1/chats/"),
        ana.request(Method::POST, "/v1/chats").header("Content-Type", "application/json"),
        ana.request(Method::POST, "/v1/chats").json(&json!({})),
        ana.request(Method::POST, "/v1/chats").json(&json!({"name": null, "title": null})),
    ] {
        let chat = &ana.sends(request).await.is(201).json["chat"];
        assert_eq!((&chat["admission"], &chat["history"], &chat["title"]), (&json!("knock"), &json!("all"), &json!(null)));
        assert_eq!((&chat["expires_in"], &chat["me"]["name"]), (&json!(86_400), &json!("Owner")));
    }
}

#[tokio::test]
async fn a_chat_lives_between_a_minute_and_thirty_days() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    for (expires_in, status) in [(0, 422), (59, 422), (60, 201), (2_592_000, 201), (2_592_001, 422)] {
        let reply = ana.posts("/v1/chats", json!({"expires_in": expires_in})).await.is(status);
        assert_eq!(reply.json["field"].as_str(), (status == 422).then_some("expires_in"), "{expires_in}");
    }
    let chat = ana.creates_a_chat().await;
    for (expires_in, status) in [(59, 422), (60, 200), (2_592_000, 200), (2_592_001, 422)] {
        ana.patches(&chat.path, json!({"expires_in": expires_in})).await.is(status);
    }
}

#[tokio::test]
async fn an_owner_changes_a_chat_field_by_field() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana", "title": "Before"})).await;
    server.advance(seconds(10)).await;
    let titled = ana.patches(&chat.path, json!({"title": "After"})).await.is(200).json;
    assert_eq!((&titled["title"], &titled["head"], &titled["history"]), (&json!("After"), &json!(2), &json!("all")));
    assert_eq!((&titled["expires_at"], &titled["me"]["role"]), (&chat.json["chat"]["expires_at"], &json!("owner")));
    let since = ana.patches(&chat.path, json!({"history": "since_join"})).await.is(200).json;
    assert_eq!((&since["title"], &since["history"], &since["head"]), (&json!("After"), &json!("since_join"), &json!(3)));
    let shorter = ana.patches(&chat.path, json!({"expires_in": 60})).await.is(200).json;
    assert_eq!((&shorter["expires_in"], &shorter["expires_at"]), (&json!(60), &json!("2026-11-20T12:01:10.000Z")));
    let same = ana.patches(&chat.path, json!({})).await.is(200).json;
    assert_eq!(same, shorter, "an update without a change adds no entry");
    assert_eq!(ana.sends(ana.request(Method::PATCH, &chat.path)).await.is(200).json, shorter);
    assert_eq!(ana.reads(&chat).await["chat"], shorter);
    let last = ana.items(&format!("{}/activity?limit=1", chat.path)).await;
    assert_eq!((&last[0]["kind"], &last[0]["seq"], &last[0]["by"]["name"]), (&json!("chat_updated"), &json!(4), &json!("Ana")));
    assert_eq!(last[0]["chat"]["expires_in"], json!(60));
    assert!(last[0]["chat"].get("me").is_none() && last[0]["chat"].get("head").is_none());
}

#[tokio::test]
async fn only_the_owner_changes_or_closes_a_chat() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, eve) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    ben.patches(&chat.path, json!({"title": "Mine"})).await.is_problem(403, "not_allowed");
    ben.deletes(&chat.path).await.is_problem(403, "not_allowed");
    eve.patches(&chat.path, json!({"title": "Mine"})).await.is_problem(404, "not_found");
    eve.deletes(&chat.path).await.is_problem(404, "not_found");
    assert_eq!(ben.reads(&chat).await["chat"]["title"], json!(null));
    assert_eq!(ben.reads(&chat).await["chat"]["me"], json!({"id": 2, "name": "Ben", "role": "member", "username": null}));
}

#[tokio::test]
async fn a_closed_chat_is_gone_at_once_for_everybody() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem) = (server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ben.enters(&ana, &link, "Ben").await;
    let knock = cem.knocks(&link, "Cem").await;
    let mut stream = ben.follows(&chat).await;
    let reply = ana.deletes(&chat.path).await.is(204);
    assert_eq!(reply.text, "");
    assert_eq!(stream.expect("chat_closed").await.data, json!({"chat_id": chat.id, "reason": "closed"}));
    stream.expect_end().await;
    for path in ["", "/members", "/activity", "/activity?log=door", "/export", "/links", "/knocks", "/events"] {
        for person in [&ana, &ben, &cem] {
            person.gets(&format!("{}{path}", chat.path)).await.is_problem(404, "not_found");
        }
    }
    ana.deletes(&chat.path).await.is_problem(404, "not_found");
    ana.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(404, "not_found");
    cem.gets(&link.path).await.is_problem(404, "not_found");
    cem.nobody().gets(&link.path).await.is_problem(404, "not_found");
    ana.decides(&link, &knock, true).await.is_problem(404, "not_found");
    ana.deletes(&link.path).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn whoever_reads_since_they_joined_gets_nothing_older_on_any_path() {
    let server = TestServer::start().await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let chat = ana.creates(json!({"name": "Ana", "history": "since_join"})).await;
    let link = ana.shares(&chat).await;
    ana.says(&chat, "secret").await;
    ben.enters(&ana, &link, "Ben").await;
    ana.says(&chat, "welcome").await;
    for query in ["", "?after=0", "?limit=200", "?before=3", "?before=4&limit=9"] {
        let page = ben.gets(&format!("{}{query}", chat.path)).await.is(200);
        assert!(!page.text.contains("secret") && page.json["has_more"] == json!(false), "{query}: {}", page.text);
    }
    assert_eq!(ben.texts(&chat).await, ["welcome"]);
    for query in ["", "?after=0", "?before=99", "?after=0&limit=1"] {
        let items = ben.items(&format!("{}/activity{query}", chat.path)).await;
        assert_eq!((&items[0]["seq"], &items[0]["kind"]), (&json!(3), &json!("member_joined")), "{query}");
    }
    let transcript = ben.gets(&format!("{}/export", chat.path)).await.is(200).text;
    assert!(!transcript.contains("secret") && transcript.contains("welcome"), "{transcript}");
    let mut stream = ben.hears(&format!("{}/events?after=0", chat.path)).await;
    assert_eq!(stream.expect("member_joined").await.data["seq"], json!(3));
    assert_eq!(stream.expect("message").await.data["text"], json!("welcome"));
}

#[tokio::test]
async fn another_history_holds_for_those_admitted_afterwards() {
    let server = TestServer::start().await;
    let (mut ana, mut ben, mut cem, mut dan) = (server.person(), server.person(), server.person(), server.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ana.says(&chat, "one").await;
    ben.enters(&ana, &link, "Ben").await;
    ana.patches(&chat.path, json!({"history": "since_join"})).await.is(200);
    cem.enters(&ana, &link, "Cem").await;
    ana.patches(&chat.path, json!({"history": "all"})).await.is(200);
    dan.enters(&ana, &link, "Dan").await;
    ana.says(&chat, "two").await;
    assert_eq!(ben.texts(&chat).await, ["one", "two"]);
    assert_eq!(cem.texts(&chat).await, ["two"]);
    assert_eq!(dan.texts(&chat).await, ["one", "two"]);
}
