//! Idempotency keys: a repeated request is carried out once.

use serde_json::{Value, json};

use crate::support::{Chat, Link, Person, Reply, TestServer, seconds};

/// 22 characters that cannot be guessed.
const KEY: &str = "abcdefghijklmnopqrstuv";

fn is_new(reply: &Reply) {
    assert_eq!(reply.header("idempotent-replayed"), None);
}

fn is_again(reply: &Reply, first: &Reply) {
    assert_eq!(reply.header("idempotent-replayed"), Some("true"));
    assert_eq!((reply.status, &reply.text), (first.status, &first.text));
    assert_eq!(reply.header("location"), first.header("location"));
}

/// Every operation with an idempotency key: caller, path, body, and another body.
fn creations(ana: &Person, chat: &Chat, link: &Link) -> [(Person, String, Value, Value); 5] {
    [
        (ana.nobody(), "/v1/chats".into(), json!({"title": "one"}), json!({"title": "two"})),
        (ana.clone(), chat.path.clone(), json!({"text": "one"}), json!({"text": "two"})),
        (ana.clone(), "/v1/links".into(), json!({"chat_url": chat.url}), json!({"chat_url": chat.id})),
        (ana.nobody(), format!("{}/knocks", link.path), json!({"name": "one"}), json!({"name": "two"})),
        (ana.clone(), "/v1/tickets".into(), json!({"chat_id": chat.id}), json!({"chat_id": chat.id, "link_id": null})),
    ]
}

async fn fixture(server: &TestServer) -> (Person, Chat, Link) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    (ana, chat, link)
}

#[tokio::test]
async fn the_same_key_repeats_the_first_answer() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    for (person, path, body, other) in creations(&ana, &chat, &link) {
        let first = person.posts_keyed(&path, KEY, body.clone()).await.is(201);
        is_new(&first);
        server.advance(seconds(5)).await;
        is_again(&person.posts_keyed(&path, KEY, body.clone()).await, &first);
        is_again(&person.posts_keyed(&format!("{path}/"), KEY, body.clone()).await, &first);
        let reply = person.posts_keyed(&path, KEY, other).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!("Idempotency-Key"), "{path}");
        let elsewhere = person.posts_keyed(&path, &format!("{KEY}2"), body).await.is(201);
        is_new(&elsewhere);
        assert_ne!(elsewhere.text, first.text);
    }
    assert_eq!(ana.texts(&chat).await, ["one", "one"]);
    assert_eq!(ana.pending(&chat).await.len(), 2);
    assert_eq!(ana.items(&format!("{}/links", chat.path)).await.len(), 3);
}

#[tokio::test]
async fn a_key_is_kept_for_ten_minutes() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    let creations = creations(&ana, &chat, &link);
    let mut firsts = Vec::new();
    for (person, path, body, _) in &creations {
        firsts.push(person.posts_keyed(path, KEY, body.clone()).await.is(201));
    }
    server.advance(seconds(599)).await;
    for ((person, path, body, _), first) in creations.iter().zip(&firsts) {
        is_again(&person.posts_keyed(path, KEY, body.clone()).await, first);
    }
    server.advance(seconds(1)).await;
    for (person, path, _, other) in &creations {
        if path != "/v1/tickets" {
            is_new(&person.posts_keyed(path, KEY, other.clone()).await.is(201));
        }
    }
}

#[tokio::test]
async fn where_nothing_else_tells_callers_apart_a_key_is_long() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    let open = server.person().creates_an_open_chat().await;
    let nobody = server.person();
    let knocks = format!("{}/knocks", link.path);
    for (path, body) in
        [("/v1/chats", json!({})), (&knocks, json!({})), (&open.path, json!({"text": "x"})), ("/v1/links", json!({"chat_url": open.id}))]
    {
        let reply = nobody.posts_keyed(path, &KEY[..21], body.clone()).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!("Idempotency-Key"));
        nobody.posts_keyed(path, KEY, body).await.is(201);
    }
    ana.posts_keyed(&chat.path, "1", json!({"text": "x"})).await.is(201);
    ana.nobody().posts_keyed(&chat.path, "2", json!({"text": "x", "user_id": chat.author})).await.is(201);
    ana.posts_keyed(&chat.path, &"k".repeat(255), json!({"text": "x"})).await.is(201);
    for wrong in ["k".repeat(256), "a b".into(), "a\tb".into(), String::new()] {
        let reply = ana.posts_keyed(&chat.path, &wrong, json!({"text": "x"})).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!("Idempotency-Key"), "{wrong:?}");
    }
    let twice = ana.request(reqwest::Method::POST, &chat.path).header("Idempotency-Key", "a").header("Idempotency-Key", "b");
    ana.sends(twice.json(&json!({"text": "x"}))).await.is_problem(422, "invalid");
}

#[tokio::test]
async fn a_key_is_one_persons_on_one_path() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    let mut ben = server.person();
    ben.enters(&ana, &link, "Ben").await;
    let body = json!({"text": "same"});
    let first = ana.posts_keyed(&chat.path, KEY, body.clone()).await.is(201);
    is_new(&ben.posts_keyed(&chat.path, KEY, body.clone()).await.is(201));
    is_new(&ana.posts_keyed("/v1/links", KEY, json!({"chat_url": chat.url})).await.is(201));
    let named = json!({"text": "same", "user_id": chat.author});
    ana.nobody().posts_keyed(&chat.path, KEY, named).await.is_problem(422, "invalid");
    is_again(&ana.posts_keyed(&chat.path, KEY, body).await, &first);
    assert_eq!(ana.texts(&chat).await, ["same", "same"]);
    let (one, two) = (ana.shares(&chat).await, ana.shares(&chat).await);
    let guest = server.person();
    for link in [&one, &two] {
        is_new(&guest.posts_keyed(&format!("{}/knocks", link.path), KEY, json!({})).await.is(201));
    }
}

#[tokio::test]
async fn failures_are_not_remembered() {
    let server = TestServer::with(&["--chat-links", "1"]).await;
    let (ana, chat, link) = fixture(&server).await;
    ana.posts_keyed(&chat.path, KEY, json!({"text": ""})).await.is_problem(422, "invalid");
    is_new(&ana.posts_keyed(&chat.path, KEY, json!({"text": "now"})).await.is(201));
    let wish = json!({"chat_url": chat.url});
    ana.posts_keyed("/v1/links", KEY, wish.clone()).await.is_problem(507, "chat_full");
    ana.deletes(&link.path).await.is(204);
    is_new(&ana.posts_keyed("/v1/links", KEY, wish).await.is(201));
}

#[tokio::test]
async fn parallel_repetitions_make_one() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    for (person, path, body, _) in creations(&ana, &chat, &link) {
        let sending: Vec<_> = (0..20)
            .map(|_| {
                let (person, path, body) = (person.clone(), path.clone(), body.clone());
                tokio::spawn(async move { person.posts_keyed(&path, KEY, body).await.is(201) })
            })
            .collect();
        let mut replies = Vec::new();
        for one in sending {
            replies.push(one.await.unwrap());
        }
        assert!(replies.iter().all(|reply| reply.text == replies[0].text), "{path}");
        assert_eq!(replies.iter().filter(|reply| reply.header("idempotent-replayed").is_none()).count(), 1, "{path}");
    }
    assert_eq!(ana.texts(&chat).await.len(), 1);
    assert_eq!(ana.pending(&chat).await.len(), 1);
}

#[tokio::test]
async fn a_repeated_knock_gives_back_the_credential_of_the_first() {
    let server = TestServer::start().await;
    let (ana, chat, link) = fixture(&server).await;
    let (guest, path) = (server.person(), format!("{}/knocks", link.path));
    let first = guest.posts_keyed(&path, KEY, json!({"name": "Ben"})).await.is(201);
    ana.says_to_the_only_one(&link, true).await.is(200);
    ana.deletes(&link.path).await.is(204);
    is_again(&guest.posts_keyed(&path, KEY, json!({"name": "Ben"})).await, &first);
    let ben = guest.showing(first.json["client_id"].as_str().unwrap());
    ben.says(&chat, "in").await;
    ana.removes(&chat, 2).await.is(204);
    guest.posts_keyed(&path, KEY, json!({"name": "Ben"})).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_key_does_not_outlive_its_chat() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let first = ana.posts_keyed("/v1/chats", KEY, json!({})).await.is(201);
    let path = format!("/v1/chats/{}", first.json["chat_id"].as_str().unwrap());
    ana = ana.showing(first.json["author_id"].as_str().unwrap());
    ana.posts_keyed(&path, KEY, json!({"text": "x"})).await.is(201);
    ana.deletes(&path).await.is(204);
    ana.posts_keyed(&path, KEY, json!({"text": "x"})).await.is_problem(404, "not_found");
    let second = ana.nobody().posts_keyed("/v1/chats", KEY, json!({})).await.is(201);
    is_new(&second);
    assert_ne!(first.json["chat_id"], second.json["chat_id"]);
}
