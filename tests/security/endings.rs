//! SEC-198: of a chat that has ended nothing is left, neither in answers nor in streams nor in the log nor in what the process still holds.

use std::sync::{Arc, Weak};

use parlor::domain::entry::Entry;
use parlor::domain::id::ChatId;
use parlor::domain::page::LogPage;
use parlor::live::pages::Page;
use parlor::service::access::Caller;
use parlor::service::charge::{Charge, Metering};
use parlor::service::messages::Messages;
use serde_json::json;

use crate::world::{Chat, Link, Person, Program, World, seconds};

/// What stands in every text of the chat, and nowhere else.
const MARK: &str = "quincunx";

/// A chat full of marks, by which somebody waits and somebody is in; the paths that lead to it.
async fn a_marked_chat(world: &World, ana: &mut Person) -> (Chat, Link, Vec<(Person, String)>) {
    let chat = ana.creates(json!({"name": MARK, "title": MARK, "expires_in": 60})).await;
    let link = ana.shares_so(&chat, json!({"label": MARK})).await;
    let (mut ben, mut dan) = (world.person(), world.person());
    ben.enters(ana, &link, &format!("Ben {MARK}")).await;
    let knock = dan.knocks(&link, &format!("Dan {MARK}")).await;
    for number in 0..20 {
        ben.posts(&chat.path, json!({"text": format!("{MARK} {number}"), "client_ref": MARK})).await.is(201);
    }
    let mut asks = Vec::new();
    for person in [&*ana, &ben, &dan, &world.person()] {
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

/// This person, as a request of theirs says who they are.
fn caller(person: &Person) -> Caller {
    let charge = Charge::new(std::net::IpAddr::from([127, 0, 0, 1]).into(), Metering::Metered);
    Caller::showing(person.credential.as_deref().unwrap(), charge)
}

/// The messages of a chat, as the process holds them.
async fn held(world: &World, chat: &Chat, owner: &Person) -> Vec<Weak<Entry>> {
    let caller = caller(owner);
    let page = LogPage::Forward { after: 0, before: None, limit: 100 };
    world.service.more_messages(ChatId::read(&chat.id), &caller, page).await.unwrap().iter().map(Arc::downgrade).collect()
}

/// The page of them that was written down when it was read.
async fn written(world: &World, chat: &Chat, owner: &Person) -> Weak<Page> {
    let caller = caller(owner);
    assert!(owner.gets(&chat.path).await.is(200).text.contains(MARK));
    match world.service.messages(ChatId::read(&chat.id), &caller, LogPage::All).await.unwrap().1 {
        Messages::Written(page) => Arc::downgrade(&page),
        Messages::Read(..) => panic!("it is written down a second time"),
    }
}

#[tokio::test]
async fn sec_198_nothing_is_left_of_a_chat_that_has_ended() {
    for closes in [true, false] {
        let world = World::with(&["--rate-factor", "0"]).await;
        let (mut ana, before) = (world.person(), world.service.tally().await.unwrap().held);
        let (chat, _, asks) = a_marked_chat(&world, &mut ana).await;
        let mut hearing = ana.follows(&chat).await;
        let entries = held(&world, &chat, &ana).await;
        assert!(entries.len() == 20 && entries.iter().all(|entry| entry.strong_count() > 0), "they are held while the chat lives");
        let page = written(&world, &chat, &ana).await;
        if closes {
            ana.deletes(&chat.path).await.is(204);
        } else {
            world.later(seconds(61)).await;
        }
        let end = hearing.next().await;
        assert!(end.name == "chat_closed" && !end.data.to_string().contains(MARK), "{end:?}");
        hearing.ends().await;
        for (person, path) in asks {
            let reply = person.gets(&path).await.is_problem(404, "not_found");
            assert!(!reply.text.contains(MARK) && !format!("{:?}", reply.headers).contains(MARK), "{path}: {}", reply.text);
        }
        let left = entries.iter().filter(|entry| entry.strong_count() > 0).count();
        assert_eq!(left, 0, "somebody still holds messages, closed: {closes}");
        assert_eq!(page.strong_count(), 0, "somebody still holds a page of them, closed: {closes}");
        assert_eq!(world.service.tally().await.unwrap().held, before, "names, links, knocks, keys, tickets are held no longer either");
    }
}

#[tokio::test]
async fn sec_198_the_log_never_knew() {
    let program = Program::starts(&["--log", "trace", "--rate-factor", "0"]).await;
    let mut ana = program.person();
    let chat = ana.creates(json!({"name": MARK, "title": MARK})).await;
    let link = ana.shares_so(&chat, json!({"label": MARK})).await;
    let knock = ana.nobody().posts(&format!("{}/knocks", link.path), json!({"name": format!("Ben {MARK}"), "note": MARK})).await.is(201).json;
    ana.posts("/v1/approval", json!({"link_url": link.url, "knock_ids": [knock["knock_id"]], "approve": false, "reason": MARK})).await.is(200);
    ana.says(&chat, MARK).await;
    ana.posts(&chat.path, json!({"text": [MARK]})).await.is(422);
    ana.reads(&chat).await;
    ana.deletes(&chat.path).await.is(204);
    let log = program.ends_on("TERM").await.logged;
    assert!(log.contains("answered"), "there is a log: {log}");
    for secret in [MARK, &chat.id, &chat.author, &link.id, knock["client_id"].as_str().unwrap()] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
