//! Streams and sockets of accounts cut off at random while all their chats change: what arrives of each chat is its log, and leads to what is read at the end.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::message_view::react;
use crate::reconnects::{Dice, seed};
use crate::support::{Person, RawEvent, RawStream, Socket, StreamPath, TestServer, on_both_paths};

const CHATS: usize = 10;
const NAMES: [&str; 4] = ["ana", "ben", "cleo", "dora"];
const LISTENERS_EACH: u64 = 5;
const CUTS_EACH: usize = 10;

/// What one listener has received of one chat.
#[derive(Debug)]
struct Received {
    /// The last entry; the listener follows from the first one on.
    last: u64,
    position: String,
    names: Vec<(u64, String)>,
    messages: BTreeMap<u64, Value>,
}

impl Received {
    fn takes(&mut self, id: &str, name: &str, data: &Value) {
        let seq = data["seq"].as_u64().unwrap();
        assert_eq!(seq, self.last + 1, "lost, doubled or reordered: {data}");
        self.last = seq;
        id.clone_into(&mut self.position);
        self.names.push((seq, name.to_owned()));
        let target = data["target"].as_u64().unwrap_or_default();
        match name {
            "message" => drop(self.messages.insert(seq, data.clone())),
            "message_edited" | "message_deleted" => drop(self.messages.insert(target, data["message"].clone())),
            "reaction" => react(self.messages.get_mut(&target).unwrap(), data),
            _ => {}
        }
    }
}

/// What carries the events of a listener.
#[derive(Clone, Copy, Debug)]
enum Carrier {
    Stream,
    Socket,
}

/// What a listener reads.
enum Reading {
    Stream(RawStream),
    Socket(Box<Socket>),
}

impl Reading {
    /// Reads at most this many bytes of a stream, or one frame of a socket; returns how many came, and the events that are complete.
    async fn read(&mut self, most: usize) -> (usize, Vec<RawEvent>) {
        match self {
            Self::Stream(stream) => {
                let count = stream.read(most).await;
                (count, std::iter::from_fn(|| stream.pop()).collect())
            }
            Self::Socket(socket) => {
                let frame = socket.any_event().await;
                let (name, data) = (frame["event"].as_str().unwrap().to_owned(), frame["data"].to_string());
                (data.len(), vec![RawEvent { name, id: frame["id"].as_str().map(str::to_owned), data }])
            }
        }
    }
}

/// A listener of an account that is cut off and goes on where it was.
struct Listener {
    carrier: Carrier,
    server: SocketAddr,
    person: Person,
    chats: BTreeMap<String, Received>,
}

impl Listener {
    /// Starts at the first entry of each chat.
    fn new(carrier: Carrier, server: SocketAddr, person: &Person, chats: &[String]) -> Self {
        let received = || Received { last: 0, position: "0".into(), names: Vec::new(), messages: BTreeMap::new() };
        Self { carrier, server, person: person.clone(), chats: chats.iter().map(|id| (id.clone(), received())).collect() }
    }

    async fn opens(&self) -> Reading {
        let after: Vec<_> = self.chats.iter().map(|(id, chat)| json!({"chat_id": id, "after": chat.position})).collect();
        match self.carrier {
            Carrier::Stream => {
                let ticket = self.person.posts("/v1/tickets", json!({"me": true, "after": after})).await.is(201).json;
                let path = format!("/v1/me/events?ticket={}", ticket["ticket"].as_str().unwrap());
                Reading::Stream(RawStream::open(self.server, &path, None, None).await)
            }
            Carrier::Socket => {
                let mut socket = Socket::open(&self.person).await;
                socket.does("subscribe", json!({"me": true, "after": after})).await;
                Reading::Socket(Box::new(socket))
            }
        }
    }

    /// Reads this many bytes and disconnects, possibly within an event; an incomplete event does not count.
    async fn listens_for(&mut self, bytes: usize) {
        let mut reading = self.opens().await;
        let mut left = bytes;
        while left > 0 {
            let (count, heard) = reading.read(left).await;
            left = left.saturating_sub(count);
            for event in &heard {
                self.takes(event);
            }
        }
    }

    /// Reads up to these heads.
    async fn listens_until(&mut self, heads: &BTreeMap<String, u64>) {
        let mut reading = self.opens().await;
        while self.chats.iter().any(|(id, chat)| chat.last < heads[id]) {
            let (count, heard) = reading.read(1 << 16).await;
            assert!(count > 0, "it continues");
            for event in &heard {
                self.takes(event);
            }
        }
    }

    fn takes(&mut self, heard: &RawEvent) {
        let data: Value = serde_json::from_str(&heard.data).unwrap();
        assert!(!["reset", "gap", "bye", "chat_removed"].contains(&heard.name.as_str()), "{heard:?}");
        let Some((chat, own_id)) = heard.id.as_deref().and_then(|id| id.split_once('/')) else { return };
        assert_eq!(data["chat_id"], chat);
        if data["door"].is_null() {
            self.chats.get_mut(chat).unwrap().takes(own_id, &heard.name, &data);
        }
    }
}

/// An account writes, edits, deletes and reacts in all chats until told to stop.
async fn write(person: Person, chats: Vec<String>, mut dice: Dice, enough: Arc<AtomicBool>) {
    let mut own: Vec<String> = Vec::new();
    while !enough.load(Ordering::Relaxed) {
        let chat = &chats[usize::try_from(dice.throw(CHATS as u64)).unwrap()];
        let path = format!("/v1/chats/{chat}");
        match (dice.throw(8), own.pop()) {
            (0, Some(message)) => drop(person.patches(&message, json!({"text": "*Edited*"})).await.is(200)),
            (1, Some(message)) => drop(person.deletes(&message).await.is(204)),
            (2, Some(message)) => drop(person.puts(&format!("{message}/reactions/👍"), json!({})).await.is(204)),
            (_, message) => {
                own.extend(message);
                let said = person.posts(&path, json!({"text": format!("Hello {}", "and more ".repeat(own.len() % 20))})).await.is(201).json;
                own.push(format!("{path}/messages/{}", said["seq"]));
                own.truncate(50);
            }
        }
    }
}

/// Eve joins and leaves the open groups.
async fn come_and_go(eve: Person, mut dice: Dice, enough: Arc<AtomicBool>) {
    while !enough.load(Ordering::Relaxed) {
        let members = format!("/v1/groups/club-{}/members", dice.throw(CHATS as u64));
        eve.posts(&members, json!({})).await.is(201);
        eve.deletes(&format!("{members}/eve")).await.is(204);
    }
}

async fn ten_groups(people: &[Person]) -> Vec<String> {
    let mut chats = Vec::new();
    for number in 0..CHATS {
        let body = json!({"name": format!("club-{number}"), "admission": "open", "members": &NAMES[1..]});
        chats.push(people[0].posts("/v1/groups", body).await.is(201).json["chat_id"].as_str().unwrap().to_owned());
    }
    chats
}

async fn listen_all(carrier: Carrier, server: SocketAddr, people: &[Person], chats: &[String], seed: u64) -> Vec<Listener> {
    let mut listening = JoinSet::new();
    for (who, person) in people.iter().enumerate() {
        for number in 0..LISTENERS_EACH {
            let (mut listener, mut dice) = (Listener::new(carrier, server, person, chats), Dice::new(seed ^ (who as u64 * LISTENERS_EACH + number)));
            listening.spawn(async move {
                for _ in 0..CUTS_EACH {
                    let longest = if dice.throw(4) == 0 { 8_000 } else { 100_000 };
                    listener.listens_for(usize::try_from(1 + dice.throw(longest)).unwrap()).await;
                }
                listener
            });
        }
    }
    listening.join_all().await
}

async fn are_cut_two_hundred_times(carrier: Carrier, path: StreamPath) {
    let flags = ["--rate-factor", "0", "--lasting-chat-entries", "1000000", "--lasting-chat-content", "1000000000"];
    let server = TestServer::with(&path.flags(&flags)).await;
    let mut people = Vec::new();
    for name in NAMES {
        let person = server.account(name).await;
        person.patches("/v1/me", json!({"direct_messages": "anyone"})).await.is(200);
        people.push(person);
    }
    let (chats, seed) = (ten_groups(&people).await, seed());
    let enough = Arc::new(AtomicBool::new(false));
    let mut writing = JoinSet::new();
    for (who, person) in people.iter().enumerate() {
        writing.spawn(write(person.clone(), chats.clone(), Dice::new(seed + who as u64), enough.clone()));
    }
    writing.spawn(come_and_go(server.account("eve").await, Dice::new(seed + 10), enough.clone()));
    let listeners = listen_all(carrier, server.address, &people, &chats, seed).await;
    enough.store(true, Ordering::Relaxed);
    writing.join_all().await;
    are_whole(&people[0], &chats, listeners).await;
}

async fn streams_of_accounts_that_are_cut_two_hundred_times_lose_nothing(path: StreamPath) {
    are_cut_two_hundred_times(Carrier::Stream, path).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_of_accounts_that_are_cut_two_hundred_times_lose_nothing() {
    are_cut_two_hundred_times(Carrier::Socket, StreamPath::Hyper).await;
}

/// Returns the number and the name of every entry of a chat.
async fn activity(person: &Person, chat: &str) -> Vec<(u64, String)> {
    let (mut names, mut last) = (Vec::new(), 0);
    loop {
        let page = person.gets(&format!("/v1/chats/{chat}/activity?after={last}")).await.is(200).json;
        for entry in page["items"].as_array().unwrap() {
            last = entry["seq"].as_u64().unwrap();
            let kind = entry["kind"].as_str().unwrap();
            let name = if entry["text"].is_null() && kind != "deleted" { kind } else { "message" };
            names.push((last, name.to_owned()));
        }
        if page["has_more"] == false {
            return names;
        }
    }
}

/// Fails unless every listener has every entry of every chat, and by them the messages as they are read now.
async fn are_whole(person: &Person, chats: &[String], mut listeners: Vec<Listener>) {
    let (mut heads, mut logs) = (BTreeMap::new(), BTreeMap::new());
    for chat in chats {
        let names = activity(person, chat).await;
        let messages = person.gets(&format!("/v1/chats/{chat}")).await.is(200).json["messages"].as_array().unwrap().clone();
        heads.insert(chat.clone(), names.last().unwrap().0);
        logs.insert(chat.clone(), (names, messages));
    }
    eprintln!("{} entries", heads.values().sum::<u64>());
    for listener in &mut listeners {
        listener.listens_until(&heads).await;
        for (chat, received) in &listener.chats {
            let (names, messages) = &logs[chat];
            assert_eq!(&received.names, names);
            for message in messages {
                assert_eq!(&received.messages[&message["seq"].as_u64().unwrap()], message);
            }
        }
    }
}

on_both_paths!(
    multi_thread:
    streams_of_accounts_that_are_cut_two_hundred_times_lose_nothing,
);
