//! The client's streams of events across cuts: each event once and in order, without help of what reads them.

use std::collections::BTreeMap;

use parlor::client::{Client, EventStream, Incoming, StreamItem};
use parlor::wire::secret::Secret;
use serde_json::json;

use crate::proxy::{Cut, Proxy};
use crate::support::{Person, TestServer, seconds, within};

const CUTS: usize = 8;
const MESSAGES_A_CUT: usize = 6;

fn client(proxy: &Proxy, person: &Person) -> Client {
    let credential = person.credential.as_deref().map(Secret::new);
    Client::new(&format!("http://{}", proxy.address)).unwrap().with_credential(credential)
}

/// Receives messages until this number; fails unless each chat's follow one another.
async fn receive(stream: &mut EventStream, count: usize, last: &mut BTreeMap<String, u64>) {
    let mut received = 0;
    while received < count {
        let StreamItem::Event(event) = within(stream.next()).await.unwrap() else { continue };
        if let Incoming::Message(message) = event.incoming() {
            let last = last.entry(message.chat_id).or_insert(message.seq - 1);
            assert_eq!(message.seq, *last + 1, "lost, doubled or reordered");
            (*last, received) = (message.seq, received + 1);
        }
    }
}

async fn post(server: &TestServer, person: &Person, path: &str, count: usize) {
    for number in 0..count {
        person.posts(path, json!({"text": format!("message {number}")})).await.is(201);
        server.clock.advance(seconds(1));
    }
}

#[tokio::test]
async fn a_chat_goes_on_where_its_connection_was_cut() {
    let server = TestServer::start().await;
    let (proxy, mut ana) = (Proxy::start(server.address).await, server.person());
    let chat = ana.creates_a_chat().await;
    proxy.cut("/events", (0..CUTS).map(|number| Cut::After(1_200 + number * 97)));
    let mut stream = EventStream::chat(client(&proxy, &ana), &chat.id, Some(1));
    let (count, mut last) = (CUTS * MESSAGES_A_CUT, BTreeMap::from([(chat.id.clone(), 1)]));
    tokio::join!(post(&server, &ana, &chat.path, count), receive(&mut stream, count, &mut last));
    post(&server, &ana, &chat.path, count).await;
    receive(&mut stream, count, &mut last).await;
    assert!(proxy.left() < CUTS && last[&chat.id] == 1 + 2 * count as u64);
}

#[tokio::test]
async fn an_account_goes_on_in_each_chat_where_its_connection_was_cut() {
    let server = TestServer::start().await;
    let proxy = Proxy::start(server.address).await;
    let ana = server.account("ana").await;
    let mut paths = Vec::new();
    for name in ["books", "films", "walks"] {
        let group = ana.posts("/v1/groups", json!({"name": name})).await.is(201).json;
        paths.push(format!("/v1/chats/{}", group["chat_id"].as_str().unwrap()));
    }
    proxy.cut("/me/events", (0..CUTS).map(|number| Cut::After(4_000 + number * 97)));
    let mut stream = EventStream::account(client(&proxy, &ana));
    let mut last: BTreeMap<_, _> = paths.iter().map(|path| (path.rsplit_once('/').unwrap().1.to_owned(), 1)).collect();
    while !matches!(within(stream.next()).await.unwrap(), StreamItem::Event(event) if event.name == "state") {}
    for _ in 0..CUTS {
        for path in &paths {
            post(&server, &ana, path, MESSAGES_A_CUT).await;
        }
        receive(&mut stream, 3 * MESSAGES_A_CUT, &mut last).await;
    }
    assert!(proxy.left() < CUTS && last.values().all(|last| *last == 1 + (CUTS * MESSAGES_A_CUT) as u64), "{last:?}");
}
