//! SEC-198: nothing of an ended chat or a deleted account remains in responses, streams, the log or the process's memory.

use std::sync::{Arc, Weak};

use parlor::domain::event_log::Entry;
use parlor::domain::id::ChatId;
use parlor::domain::pagination::LogRange;
use parlor::hub::page_cache::CachedPage;
use parlor::service::authorization::Caller;
use parlor::service::charge::{Charge, Metering};
use parlor::service::messages::Messages;
use serde_json::json;

use crate::support::{Chat, Link, Person, Program, StreamPath, TestServer, on_both_paths, seconds};

/// A text in every field of the chat, and nowhere else.
const MARK: &str = "quincunx";

/// Creates a chat full of marks, with a waiting guest and a member; returns the paths that lead to it.
async fn a_marked_chat(server: &TestServer, ana: &mut Person) -> (Chat, Link, Vec<(Person, String)>) {
    let chat = ana.creates(json!({"name": MARK, "title": MARK, "expires_in": 60})).await;
    let link = ana.shares_so(&chat, json!({"label": MARK})).await;
    let (mut ben, mut dan) = (server.person(), server.person());
    ben.enters(ana, &link, &format!("Ben {MARK}")).await;
    let knock = dan.knocks(&link, &format!("Dan {MARK}")).await;
    for number in 0..20 {
        ben.posts(&chat.path, json!({"text": format!("{MARK} {number}"), "client_ref": MARK})).await.is(201);
    }
    let mut asks = Vec::new();
    for person in [&*ana, &ben, &dan, &server.person()] {
        for path in ["", "/members", "/activity", "/activity?log=door", "/export", "/links", "/knocks", "/events", "/events?after=0"] {
            asks.push((person.clone(), format!("{}{path}", chat.path)));
        }
        for path in [link.path.clone(), format!("{}/events", link.path)] {
            asks.push((person.clone(), path));
        }
        asks.push((person.nobody(), format!("{}?client_id={}", link.path, knock.client)));
        asks.push((person.clone(), format!("/v1/approval?link_url={}", link.url)));
    }
    (chat, link, asks)
}

/// Returns this person as the service identifies a caller.
fn caller(person: &Person) -> Caller {
    let charge = Charge::new(std::net::IpAddr::from([127, 0, 0, 1]).into(), Metering::Metered);
    Caller::from_token(person.credential.as_deref().unwrap(), charge)
}

/// Returns the messages of a chat as the process holds them.
async fn held(server: &TestServer, chat: &Chat, owner: &Person) -> Vec<Weak<Entry>> {
    let caller = caller(owner);
    let page = LogRange::Forward { after: 0, before: None, limit: 100 };
    server.service.more_messages(ChatId::parse_or_nil(&chat.id), &caller, page).await.unwrap().iter().map(Arc::downgrade).collect()
}

/// Returns the cached page of them.
async fn written(server: &TestServer, chat: &Chat, owner: &Person) -> Weak<CachedPage> {
    let caller = caller(owner);
    assert!(owner.gets(&chat.path).await.is(200).text.contains(MARK));
    match server.service.messages(ChatId::parse_or_nil(&chat.id), &caller, LogRange::All).await.unwrap().1 {
        Messages::Written(page) => Arc::downgrade(&page),
        Messages::Read(..) => panic!("the page was rendered twice"),
    }
}

async fn sec_198_nothing_is_left_of_a_chat_that_has_ended(path: StreamPath) {
    for closes in [true, false] {
        let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
        let (mut ana, before) = (server.person(), server.service.usage().await.unwrap().held);
        let (chat, _, asks) = a_marked_chat(&server, &mut ana).await;
        let mut stream = ana.follows(&chat).await;
        let entries = held(&server, &chat, &ana).await;
        assert!(entries.len() == 20 && entries.iter().all(|entry| entry.strong_count() > 0), "messages are in memory while the chat lives");
        let page = written(&server, &chat, &ana).await;
        if closes {
            ana.deletes(&chat.path).await.is(204);
        } else {
            server.advance(seconds(61)).await;
        }
        let end = stream.next().await;
        assert!(end.name == "chat_closed" && !end.data.to_string().contains(MARK), "{end:?}");
        stream.expect_end().await;
        for (person, path) in asks {
            let reply = person.gets(&path).await.is_problem(404, "not_found");
            assert!(!reply.text.contains(MARK) && !format!("{:?}", reply.headers).contains(MARK), "{path}: {}", reply.text);
        }
        let left = entries.iter().filter(|entry| entry.strong_count() > 0).count();
        assert_eq!(left, 0, "messages are still in memory, closed: {closes}");
        assert_eq!(page.strong_count(), 0, "a cached page is still in memory, closed: {closes}");
        assert_eq!(server.service.usage().await.unwrap().held, before, "names, links, knocks, keys and tickets are dropped too");
    }
}

#[tokio::test]
async fn sec_198_the_log_never_knew() {
    let program = Program::start(&["--log", "trace", "--rate-factor", "0"]).await;
    let mut ana = program.person();
    let chat = ana.creates(json!({"name": MARK, "title": MARK})).await;
    let link = ana.shares_so(&chat, json!({"label": MARK})).await;
    let knock = ana.nobody().posts(&format!("{}/knocks", link.path), json!({"name": format!("Ben {MARK}"), "note": MARK})).await.is(201).json;
    ana.posts("/v1/approval", json!({"link_url": link.url, "knock_ids": [knock["knock_id"]], "approve": false, "reason": MARK})).await.is(200);
    ana.says(&chat, MARK).await;
    ana.posts(&chat.path, json!({"text": [MARK]})).await.is(422);
    ana.reads(&chat).await;
    ana.deletes(&chat.path).await.is(204);
    let log = program.stop("TERM").await.logged;
    assert!(log.contains("answered"), "the log is empty: {log}");
    for secret in [MARK, &chat.id, &chat.author, &link.id, knock["client_id"].as_str().unwrap()] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

/// Creates an account with the mark in its names, which is a member of one chat, waits at a second, was declined at a third, and has friends.
async fn a_marked_account(server: &TestServer, ana: &Person, ben: &mut Person, chats: &[Chat; 3]) -> Person {
    let dan = server.account(MARK).await;
    dan.patches("/v1/me", json!({"name": format!("Dan {MARK}")})).await.is(200);
    for (chat, approve) in chats.iter().zip([Some(true), None, Some(false)]) {
        let owner = ana.showing(&chat.author);
        let link = owner.shares(chat).await;
        let body = json!({"note": format!("It is {MARK}")});
        let knock = dan.posts(&format!("{}/knocks", link.path), body).await.is(201).json;
        if let Some(approve) = approve {
            owner.posts("/v1/approval", json!({"link_url": link.url, "knock_id": knock["knock_id"], "approve": approve})).await.is(200);
        }
    }
    for number in 0..20 {
        dan.posts(&chats[0].path, json!({"text": format!("{MARK} {number}"), "client_ref": MARK})).await.is(201);
    }
    ben.posts("/v1/friend-requests", json!({"username": MARK})).await.is(201);
    dan
}

/// Returns the data of all events that a chat's stream replays, up to the departure of a member.
async fn replayed(person: &Person, chat: &Chat) -> String {
    let (mut stream, mut all) = (person.hears(&format!("{}/events?after=0", chat.path)).await, String::new());
    loop {
        let event = stream.next().await;
        all += &event.data.to_string();
        if event.name == "member_left" {
            return all;
        }
    }
}

async fn sec_198_nothing_is_left_of_an_account_that_was_deleted(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (mut ana, mut ben) = (server.person(), server.account("ben").await);
    let chats = [ana.creates_a_chat().await, ana.nobody().creates_a_chat().await, ana.nobody().creates_a_chat().await];
    let dan = a_marked_account(&server, &ana, &mut ben, &chats).await;
    let (entries, page) = (held(&server, &chats[0], &ana).await, written(&server, &chats[0], &ana).await);
    let mut stream = ana.follows(&chats[0]).await;
    ana.gets(&format!("{}/export", chats[0].path)).await.is(200);
    dan.deletes("/v1/me").await.is(204);
    let told = stream.expect("member_left").await;
    assert!(!told.data.to_string().contains(MARK), "{told:?}");
    for chat in &chats {
        for path in ["", "?limit=200", "/members", "/activity", "/activity?log=door", "/export", "/links", "/knocks"] {
            let reply = ana.showing(&chat.author).gets(&format!("{}{path}", chat.path)).await.is(200);
            assert!(!reply.text.contains(MARK), "{path}: {}", reply.text);
        }
    }
    assert!(!replayed(&ana, &chats[0]).await.contains(MARK));
    for path in ["/v1/users", "/v1/users?search=dan", "/v1/friends", "/v1/friend-requests", "/v1/blocks", "/v1/me/export"] {
        let reply = ben.gets(path).await.is(200);
        assert!(!reply.text.contains(MARK), "{path}: {}", reply.text);
    }
    ben.gets(&format!("/v1/users/{MARK}")).await.is_problem(404, "not_found");
    drop(stream);
    let left = entries.iter().filter(|entry| entry.strong_count() > 0).count();
    assert_eq!((left, page.strong_count()), (0, 0), "messages and their page are in memory no more");
}

#[tokio::test]
async fn sec_198_the_log_never_knew_an_account() {
    let program = Program::start(&["--log", "trace", "--rate-factor", "0", "--admin-listen", "127.0.0.1:0"]).await;
    let (mut dan, operator) = (program.person(), program.operator());
    dan.signs_up(MARK).await.is(201);
    let session = dan.signs_in(MARK).await;
    dan.patches("/v1/me", json!({"name": MARK})).await.is(200);
    dan.tries(MARK, &format!("{MARK} {MARK}")).await.is(401);
    let chat = dan.creates(json!({"title": MARK})).await;
    dan.says(&chat, MARK).await;
    dan.posts(&format!("{}/reports", chat.path), json!({"reason": MARK})).await.is(201);
    dan.gets(&format!("/v1/users/{MARK}")).await.is(200);
    operator.gets(&format!("/users?search={MARK}")).await.is(200);
    operator.deletes(&format!("/users/{MARK}")).await.is(204);
    let log = program.stop("TERM").await.logged;
    assert!(log.contains("answered"), "the log is empty: {log}");
    for secret in [MARK, &chat.id, &session.access, &session.refresh, &session.id] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

on_both_paths!(sec_198_nothing_is_left_of_a_chat_that_has_ended, sec_198_nothing_is_left_of_an_account_that_was_deleted);
