//! Webhooks: what they send, in which order and form, how they are retried, and when they end.

use serde_json::{Value, json};

use crate::support::clock::TestClock;
use crate::support::{Behaviour, Chat, Person, Sink, TestServer, seconds};
use parlor::domain::clock::Clock as _;

fn wall(clock: &TestClock) -> i64 {
    clock.wall(clock.now()).millis() / 1_000
}

/// A server, the owner of a chat called Market, and a sink.
async fn scene() -> (TestServer, Person, Chat, Sink) {
    let server = TestServer::with_local_webhooks().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana", "title": "Market"})).await;
    (server, ana, chat, Sink::open().await)
}

#[tokio::test]
async fn a_knock_and_a_message_are_sent_as_the_events_of_streams_and_signed() {
    let (server, ana, chat, mut sink) = scene().await;
    let hook = ana.hooks(&chat, &sink, &["knock", "message"], "json").await;
    let link = ana.shares(&chat).await;
    let mut stream = ana.follows(&chat).await;
    let ben = server.person();
    ben.posts(&format!("{}/knocks", link.path), json!({"name": "Ben", "note": "Let me in"})).await.is(201);
    let knock = sink.next().await;
    assert!(hook.signed(&knock, wall(&server.clock)));
    assert_eq!((knock.path.as_str(), knock.header("content-type")), ("/hook", "application/json"));
    let body = knock.json();
    assert_eq!((&body["type"], body.as_object().unwrap().len()), (&json!("knock"), 3));
    assert_eq!(body["data"], stream.expect("knock").await.data);
    assert_eq!((&body["data"]["knock"]["note"], &body["timestamp"]), (&json!("Let me in"), &body["data"]["knock"]["created_at"]));
    ana.says(&chat, "Hello").await;
    let message = sink.next().await;
    assert!(hook.signed(&message, wall(&server.clock)));
    assert_eq!(message.json()["type"], "message");
    assert_eq!(message.json()["data"], stream.expect("message").await.data);
    assert_ne!(knock.header("webhook-id"), message.header("webhook-id"));
}

#[tokio::test]
async fn a_webhook_sends_what_it_was_asked_for_in_the_order_of_the_log_and_nothing_from_before() {
    let (server, ana, chat, mut sink) = scene().await;
    let mut knocks = Sink::open().await;
    ana.says(&chat, "before").await;
    let link = ana.shares(&chat).await;
    ana.hooks(&chat, &sink, &["message"], "plain").await;
    ana.hooks(&chat, &knocks, &["knock"], "plain").await;
    server.person().knocks(&link, "Ben").await;
    for number in 0..50 {
        ana.says(&chat, &format!("{number}")).await;
    }
    for number in 0..50 {
        assert_eq!(sink.next().await.text(), format!("Ana in \"Market\": {number}"));
    }
    assert_eq!(knocks.next().await.text(), "Ben knocks at \"Market\"");
    ana.says(&chat, "last").await;
    assert_eq!(sink.next().await.text(), "Ana in \"Market\": last");
    assert!(knocks.is_quiet());
}

#[tokio::test]
async fn text_formats_have_one_line_of_inert_text() {
    let (server, ana, chat, mut sink) = scene().await;
    let mut slack = Sink::open().await;
    ana.hooks(&chat, &sink, &["knock", "message"], "plain").await;
    ana.hooks(&chat, &slack, &["knock", "message"], "slack").await;
    let link = ana.shares(&chat).await;
    server.person().posts(&format!("{}/knocks", link.path), json!({"name": "Ben", "note": "Let me in, <!here> & @all"})).await.is(201);
    let plain = sink.next().await;
    assert_eq!(plain.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(plain.text(), "Ben knocks at \"Market\": Let me in, <!here> & @all");
    let body = slack.next().await;
    assert_eq!(body.header("content-type"), "application/json");
    assert_eq!(body.json(), json!({"text": "Ben knocks at \"Market\": Let me in, &lt;!here&gt; &amp; @\u{200b}all"}));
    ana.says(&chat, "one\n\n  two\u{7}\tthree").await;
    assert_eq!(sink.next().await.text(), "Ana in \"Market\": one two three");
    let image = json!({"image": {"url": "https://example.org/a.png"}, "text": "look"});
    ana.posts(&chat.path, image).await.is(201);
    assert_eq!(sink.next().await.text(), "Ana in \"Market\": [image] https://example.org/a.png look");
}

#[tokio::test]
async fn a_delivery_is_repeated_with_the_same_id_until_it_is_accepted() {
    let (server, ana, chat, mut sink) = scene().await;
    sink.becomes(Behaviour::status(500));
    let hook = ana.hooks(&chat, &sink, &["message"], "json").await;
    ana.says(&chat, "Hello").await;
    let first = sink.next().await;
    let began = server.clock.now();
    let again = server.advance_until(&mut sink, 1).await;
    let waited = server.clock.now().since(began).as_secs();
    assert!((5..=6).contains(&waited), "{waited}");
    assert_eq!(first.header("webhook-id"), again.header("webhook-id"));
    assert!(hook.signed(&again, wall(&server.clock)), "each attempt has its own time");
    sink.becomes(Behaviour::status(204));
    let third = server.advance_until(&mut sink, 5).await;
    assert_eq!(first.header("webhook-id"), third.header("webhook-id"));
    ana.says(&chat, "Bye").await;
    let next = server.advance_until(&mut sink, 60).await;
    assert_eq!(next.json()["data"]["text"], "Bye", "what was accepted is not sent again");
    assert!(!ana.is_disabled(&chat).await);
}

#[tokio::test]
async fn after_the_last_retry_a_webhook_is_disabled() {
    let server = TestServer::with_local_webhooks().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana", "expires_in": 30 * 86_400})).await;
    let mut sink = Sink::that(Behaviour::status(503)).await;
    ana.hooks(&chat, &sink, &["message"], "json").await;
    ana.says(&chat, "Hello").await;
    let mut last = (sink.next().await, server.clock.now());
    for expected in [5, 30, 120, 600, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600] {
        assert!(!ana.is_disabled(&chat).await);
        let received = server.advance_until(&mut sink, expected / 5).await;
        let waited = server.clock.now().since(last.1).as_secs();
        assert!((expected..=expected * 3 / 2).contains(&waited), "{waited} instead of {expected}");
        assert_eq!(received.header("webhook-id"), last.0.header("webhook-id"));
        last = (received, server.clock.now());
    }
    until_disabled(&ana, &chat).await;
    ana.says(&chat, "Hello?").await;
    server.clock.advance(seconds(86_400));
    ana.gets(&chat.path).await.is(200);
    assert!(sink.is_quiet());
}

/// Waits until the only webhook of a chat is disabled.
async fn until_disabled(ana: &Person, chat: &Chat) {
    while !ana.is_disabled(chat).await {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_disables_the_webhook_at_once() {
    let (_server, ana, chat, mut sink) = scene().await;
    sink.becomes(Behaviour::status(410));
    ana.hooks(&chat, &sink, &["message"], "json").await;
    ana.says(&chat, "Hello").await;
    sink.next().await;
    until_disabled(&ana, &chat).await;
}

#[tokio::test]
async fn a_retry_has_what_the_message_says_now_and_a_deleted_message_is_not_sent() {
    let (server, ana, chat, mut sink) = scene().await;
    sink.becomes(Behaviour::status(500));
    ana.hooks(&chat, &sink, &["message"], "plain").await;
    let (first, second) = (ana.says(&chat, "first").await, ana.says(&chat, "second").await);
    assert_eq!(sink.next().await.text(), "Ana in \"Market\": first");
    ana.patches(&format!("{}/messages/{first}", chat.path), json!({"text": "edited"})).await.is(200);
    ana.deletes(&format!("{}/messages/{second}", chat.path)).await.is(204);
    sink.becomes(Behaviour::status(204));
    assert_eq!(server.advance_until(&mut sink, 1).await.text(), "Ana in \"Market\": edited");
    ana.says(&chat, "third").await;
    assert_eq!(sink.next().await.text(), "Ana in \"Market\": third");
}

#[tokio::test]
async fn owners_and_admins_manage_webhooks_and_the_secret_is_shown_once() {
    let (_server, ana, chat, sink) = scene().await;
    let path = format!("{}/webhooks", chat.path);
    let hook = ana.hooks(&chat, &sink, &["message", "knock"], "slack").await;
    let mut shown = hook.json.clone();
    assert!(shown.as_object_mut().unwrap().remove("secret").is_some_and(|secret| secret.as_str().unwrap().starts_with("whsec_")));
    assert_eq!((&shown["events"], &shown["format"], &shown["disabled_at"]), (&json!(["knock", "message"]), &json!("slack"), &Value::Null));
    assert_eq!(ana.gets(&path).await.is(200).json, json!({"items": [shown], "has_more": false}));
    let body = json!({"url": sink.url("/"), "events": ["knock"]});
    let keyed = ana.posts_keyed(&path, "once", body.clone()).await.is(201).json;
    assert_eq!(ana.posts_keyed(&path, "once", body.clone()).await.is(201).json, keyed, "secret included");
    assert_eq!(keyed["format"], "json");
    for _ in 0..3 {
        ana.posts(&path, body.clone()).await.is(201);
    }
    ana.posts(&path, body.clone()).await.is_problem(507, "chat_full");
    ana.deletes(&hook.path).await.is(204);
    ana.deletes(&hook.path).await.is_problem(404, "not_found");
    ana.posts(&path, body).await.is(201);
    assert_eq!(ana.gets(&path).await.is(200).json["items"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_said() {
    let (_server, ana, chat, sink) = scene().await;
    let url = sink.url("/");
    for (body, field) in [
        (json!({"url": url, "events": []}), "events"),
        (json!({"url": url, "events": ["knock", "knock", "message"]}), "events"),
        (json!({"url": url, "events": ["knock", "typing"]}), "events[1]"),
        (json!({"url": url, "events": ["knock"], "format": "xml"}), "format"),
        (json!({"url": "ftp://example.org", "events": ["knock"]}), "url"),
        (json!({"url": "http://10.0.0.1/", "events": ["knock"]}), "url"),
        (json!({"url": url, "events": ["knock"], "secret": "mine"}), "secret"),
    ] {
        let reply = ana.posts(&format!("{}/webhooks", chat.path), body).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], field, "{}", reply.text);
    }
    let plain = TestServer::start().await;
    let mut ana = plain.person();
    let chat = ana.creates_a_chat().await;
    let reply = ana.posts(&format!("{}/webhooks", chat.path), json!({"url": url, "events": ["knock"]})).await.is_problem(422, "invalid");
    assert!(reply.text.contains("must begin with https://"), "{}", reply.text);
}

#[tokio::test]
async fn in_a_group_a_webhook_ends_with_its_creators_right_to_the_door() {
    let server = TestServer::with_local_webhooks().await;
    let (ana, ben) = (server.account("ana").await, server.account("ben").await);
    ana.befriends(&ben, "ben").await;
    let group = ana.posts("/v1/groups", json!({"name": "market", "members": ["ben"]})).await.is(201).json;
    let path = format!("/v1/chats/{}", group["chat_id"].as_str().unwrap());
    let (mut sink, mut other) = (Sink::open().await, Sink::open().await);
    let body = |sink: &Sink| json!({"url": sink.url("/"), "events": ["message"], "format": "plain"});
    ben.posts(&format!("{path}/webhooks"), body(&other)).await.is_problem(403, "not_allowed");
    ana.patches("/v1/groups/market/members/ben", json!({"role": "admin"})).await.is(200);
    ben.posts(&format!("{path}/webhooks"), body(&sink)).await.is(201);
    ana.posts(&format!("{path}/webhooks"), body(&other)).await.is(201);
    ana.posts(&path, json!({"text": "to both"})).await.is(201);
    assert_eq!((sink.next().await.text(), other.next().await.text()), ("ana: to both", "ana: to both"));
    ana.patches("/v1/groups/market/members/ben", json!({"role": "member"})).await.is(200);
    assert_eq!(ana.lists(&format!("{path}/webhooks")).await.len(), 1);
    ana.posts(&path, json!({"text": "to one"})).await.is(201);
    assert_eq!(other.next().await.text(), "ana: to one");
    assert!(sink.is_quiet());
    ben.gets(&format!("{path}/webhooks")).await.is_problem(403, "not_allowed");
}

#[tokio::test]
async fn a_server_that_shuts_down_sends_what_was_posted_before() {
    let (mut server, ana, chat, mut sink) = scene().await;
    sink.becomes(Behaviour::Slow);
    ana.hooks(&chat, &sink, &["message"], "plain").await;
    for number in 0..20 {
        ana.says(&chat, &format!("{number}")).await;
    }
    server.shut_down().await;
    for number in 0..20 {
        assert_eq!(sink.next().await.text(), format!("Ana in \"Market\": {number}"));
    }
}
