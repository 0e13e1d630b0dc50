//! Streams of a chat: greeting, headers, ids, heartbeats, visibility.

use reqwest::Method;
use serde_json::json;

use crate::support::{Chat, EventStream, Person, StreamPath, TestServer, on_both_paths, seconds, without_status};

/// Returns a member who came in by a link that approves automatically.
async fn member(server: &TestServer, owner: &Person, chat: &Chat) -> Person {
    let link = owner.shares_so(chat, json!({"auto_approve": true})).await;
    let mut ben = server.person();
    ben.knocks(&link, "Ben").await;
    ben
}

fn retry_is_between(stream: &EventStream, least: u64, most: u64) -> u64 {
    let retry = stream.hello.retry.expect("the first event carries `retry`");
    assert!((least..=most).contains(&retry), "{retry}");
    retry
}

async fn a_stream_says_hello_with_the_head_and_how_long_to_wait_before_coming_back(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let ben = member(&server, &ana, &chat).await;
    ana.says(&chat, "Before").await;
    let mut owners = ana.follows(&chat).await;
    let epoch = owners.hello.data["epoch"].clone();
    assert_eq!(owners.hello.data, json!({"chat_id": chat.id, "epoch": epoch, "head": 3, "door": 2, "resumed": false}));
    let mut bens = ben.follows(&chat).await;
    assert_eq!(bens.hello.data, json!({"chat_id": chat.id, "epoch": epoch, "head": 3, "resumed": false}));
    assert_eq!((&owners.hello.id, &bens.hello.id), (&None, &None), "`hello` is not an entry");
    retry_is_between(&owners, 1_000, 5_000);
    retry_is_between(&bens, 1_000, 5_000);
    ana.says(&chat, "Now").await;
    for stream in [&mut owners, &mut bens] {
        let heard = stream.next().await;
        assert_eq!((heard.data["text"].as_str(), heard.retry), (Some("Now"), None), "the stream starts at the head and sends `retry` once");
    }
}

async fn the_time_to_wait_differs_from_listener_to_listener(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut times = std::collections::HashSet::new();
    for _ in 0..20 {
        times.insert(retry_is_between(&ana.follows(&chat).await, 1_000, 5_000));
    }
    assert!(times.len() > 5, "{times:?}");
}

async fn a_visitor_of_an_open_chat_follows_it_without_a_credential(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let visitor = server.person();
    let mut stream = visitor.follows(&chat).await;
    assert_eq!(stream.hello.data["door"], json!(null));
    visitor.says(&chat, "Hello from outside").await;
    let heard = stream.expect("message").await;
    assert_eq!((&heard.data["member"], heard.data["text"].as_str()), (&json!(null), Some("Hello from outside")));
    visitor.showing("5f0c8f2a-8a34-4b4c-9d0a-0d7d7f3f9b11").gets(&format!("{}/events", chat.path)).await.is_problem(404, "not_found");
}

async fn a_stream_has_its_headers_and_is_never_compressed(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut ben = server.person();
    ben.knocks(&link, "Ben").await;
    for (who, path) in [(&ana, format!("{}/events", chat.path)), (&ben, format!("{}/events", link.path))] {
        for coding in ["identity", "gzip", "br", "zstd", "gzip, br, zstd", "*"] {
            let stream = EventStream::open(who.request(Method::GET, &path).header("Accept-Encoding", coding)).await;
            let says = |name: &str| stream.headers.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(says("content-type"), Some("text/event-stream; charset=utf-8"));
            assert_eq!(says("cache-control"), Some("no-store, no-transform"));
            assert_eq!(says("x-accel-buffering"), Some("no"));
            assert_eq!((says("content-encoding"), says("content-length")), (None, None), "{coding}");
            assert_eq!(stream.headers.get_all("cache-control").iter().count(), 1);
        }
    }
}

async fn ids_stand_on_entries_only_and_tell_the_owner_both_positions(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let ben = member(&server, &ana, &chat).await;
    let (mut owners, mut bens) = (ana.follows(&chat).await, ben.follows(&chat).await);
    let epoch = owners.hello.data["epoch"].as_str().unwrap().to_owned();
    ana.says(&chat, "One").await;
    let link = ana.shares(&chat).await;
    let mut eve = server.person();
    eve.knocks(&link, "Eve").await;
    ben.says(&chat, "Two").await;
    let mut heard = Vec::new();
    for _ in 0..4 {
        let event = owners.next().await;
        heard.push((event.name, event.id.unwrap()));
    }
    let expected = [("message", "3-2"), ("link_created", "3-3"), ("knock", "3-4"), ("message", "4-4")];
    assert_eq!(heard, expected.map(|(name, place)| (name.to_owned(), format!("{epoch}-{place}"))));
    for seq in [3, 4] {
        assert_eq!(bens.expect("message").await.id, Some(format!("{epoch}-{seq}")));
    }
    server.advance(seconds(15)).await;
    assert_eq!(owners.next_any().await.id, None);
    assert_eq!(bens.next_any().await.id, None);
}

async fn a_heartbeat_comes_every_fifteen_seconds_with_the_heads(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let mut ben = server.person();
    ben.knocks(&link, "Ben").await;
    let (mut owners, mut waiting) = (ana.follows(&chat).await, ben.waits(&link).await);
    for beat in 1..=3 {
        server.advance(seconds(14)).await;
        let seq = ana.says(&chat, "In between").await;
        assert_eq!(owners.next_any().await.name, "message", "a heartbeat arrives too early");
        server.advance(seconds(1)).await;
        let heartbeat = owners.next_any().await;
        let at = heartbeat.data["sent_at"].clone();
        assert_eq!(
            (heartbeat.name.as_str(), &heartbeat.data),
            ("heartbeat", &json!({"chat_id": chat.id, "head": seq, "door": 2, "sent_at": at})),
            "{beat}"
        );
        let pulse = waiting.next_any().await;
        assert_eq!((pulse.name.as_str(), pulse.data), ("heartbeat", json!({"sent_at": at})));
    }
}

async fn a_members_heartbeat_does_not_speak_of_the_door(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let ben = member(&server, &ana, &chat).await;
    let mut bens = ben.follows(&chat).await;
    server.advance(seconds(15)).await;
    let heartbeat = bens.next_any().await;
    assert_eq!(heartbeat.data, json!({"chat_id": chat.id, "head": 2, "sent_at": heartbeat.data["sent_at"]}));
}

async fn the_door_is_told_to_the_owner_alone(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let ben = member(&server, &ana, &chat).await;
    let (mut owners, mut bens) = (ana.follows(&chat).await, ben.follows(&chat).await);
    let link = ana.shares_so(&chat, json!({"label": "for Eve"})).await;
    let mut eve = server.person();
    let knock = eve.knocks(&link, "Eve").await;
    ana.lets_in(&link, &knock).await;
    ana.deletes(&link.path).await.is(204);
    ana.patches(&chat.path, json!({"title": "Evening"})).await.is(200);
    eve.says(&chat, "Good evening").await;
    let mut names = Vec::new();
    for _ in 0..7 {
        names.push(owners.next().await.name);
    }
    names.sort();
    assert_eq!(names, ["chat_updated", "knock", "knock_decided", "link_created", "link_revoked", "member_joined", "message"]);
    assert_eq!(bens.expect("member_joined").await.data["by"]["id"], 1);
    let updated = bens.expect("chat_updated").await.data;
    assert_eq!((updated["chat"]["title"].as_str(), &updated["chat"]["me"], &updated["chat"]["head"]), (Some("Evening"), &json!(null), &json!(null)));
    let heard = bens.expect("message").await.data;
    assert_eq!(heard["status"], json!(null));
}

async fn every_message_arrives_without_waiting_for_the_next(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let ben = member(&server, &ana, &chat).await;
    let mut bens = ben.follows(&chat).await;
    for number in 0..1_000 {
        let seq = ana.says(&chat, &number.to_string()).await;
        assert_eq!(bens.expect("message").await.data["seq"], json!(seq));
    }
}

async fn what_is_heard_is_what_was_answered(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    let answer = without_status(ana.posts(&chat.path, json!({"text": "Shall we?", "client_ref": "a-1"})).await.is(201).json);
    assert_eq!(stream.expect("message").await.data, answer);
    let read = ana.gets(&chat.path).await.is(200).json;
    assert_eq!(read["messages"], json!([answer]));
}

async fn asking_for_the_head_of_a_stream_opens_none(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let reply = ana.sends(ana.request(Method::HEAD, &format!("{}/events", chat.path))).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/event-stream; charset=utf-8")));
    server.person().sends(ana.nobody().request(Method::HEAD, &format!("{}/events", chat.path))).await.is(404);
}

on_both_paths!(
    a_stream_says_hello_with_the_head_and_how_long_to_wait_before_coming_back,
    the_time_to_wait_differs_from_listener_to_listener,
    a_visitor_of_an_open_chat_follows_it_without_a_credential,
    a_stream_has_its_headers_and_is_never_compressed,
    ids_stand_on_entries_only_and_tell_the_owner_both_positions,
    a_heartbeat_comes_every_fifteen_seconds_with_the_heads,
    a_members_heartbeat_does_not_speak_of_the_door,
    the_door_is_told_to_the_owner_alone,
    every_message_arrives_without_waiting_for_the_next,
    what_is_heard_is_what_was_answered,
    asking_for_the_head_of_a_stream_opens_none,
);
