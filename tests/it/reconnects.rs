//! Streams cut at arbitrary bytes while many people write: what arrives, with the announced gaps, is the log.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Chat, Person, RawClient, RawEvent, RawStream, StreamPath, TestServer, head, on_both_paths, within};

const POSTERS: usize = 8;
const LISTENERS: u64 = 10;
const CUTS_EACH: usize = 20;

/// Deterministic random numbers (splitmix64); set `PARLOR_TEST_SEED` when building to repeat a run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn throw(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

pub(crate) fn seed() -> u64 {
    let seed = option_env!("PARLOR_TEST_SEED").map_or_else(|| RandomState::new().hash_one(0), |seed| seed.parse().unwrap());
    eprintln!("random seed: {seed}");
    seed
}

/// What one listener has received of one log.
#[derive(Debug, Default)]
struct Pile {
    heard: Vec<(u64, Value)>,
    missing: Vec<(u64, u64)>,
}

impl Pile {
    fn last(&self) -> u64 {
        self.heard.last().map_or(0, |(number, _)| *number)
    }

    /// Fails unless every number up to the head arrived once, in order, or lies in an announced gap.
    fn is_whole(&self, head: u64) {
        let mut next = 1;
        for (number, _) in &self.heard {
            for skipped in next..*number {
                assert!(self.missing.iter().any(|(from, to)| (from..=to).contains(&&skipped)), "{skipped} is missing without a gap event");
            }
            assert!(*number >= next, "{number} arrived twice, or late");
            next = number + 1;
        }
        assert_eq!(next, head + 1, "entries are missing at the end");
    }
}

/// A listener that is cut off and reconnects with the last id it received.
struct Listener {
    server: SocketAddr,
    path: String,
    credential: Option<String>,
    last: Option<String>,
    said: Pile,
    door: Pile,
}

impl Listener {
    /// Starts at the beginning of both logs, so that any missing part of the door log is announced.
    fn new(person: &Person, chat: &Chat, epoch: &str) -> Self {
        let (path, credential) = (format!("{}/events?after={epoch}-0-0", chat.path), person.credential.clone());
        Self { server: person.server, path, credential, last: None, said: Pile::default(), door: Pile::default() }
    }

    async fn opens(&self) -> RawStream {
        RawStream::open(self.server, &self.path, self.credential.as_deref(), self.last.as_deref()).await
    }

    /// Reads this many bytes and disconnects, possibly within an event; an incomplete event does not count.
    async fn listens_for(&mut self, bytes: usize) {
        let mut stream = self.opens().await;
        let mut left = bytes;
        while left > 0 {
            left = left.saturating_sub(stream.read(left).await);
            while let Some(heard) = stream.pop() {
                self.takes(&heard);
            }
        }
    }

    /// Reads up to `head` in the conversation and `door` in the door log.
    async fn listens_until(&mut self, head: u64, door: u64) {
        let mut stream = self.opens().await;
        while self.said.last() < head || self.door.last() < door {
            let heard = stream.next().await.expect("the stream continues");
            self.takes(&heard);
        }
    }

    fn takes(&mut self, heard: &RawEvent) {
        let data: Value = serde_json::from_str(&heard.data).unwrap();
        match (heard.name.as_str(), &heard.id) {
            ("hello", None) => assert_eq!(data["resumed"], true),
            ("heartbeat", None) => {}
            ("gap", None) => {
                assert_eq!(data["log"], "door", "a conversation is never trimmed");
                self.door.missing.push((data["from"].as_u64().unwrap(), data["to"].as_u64().unwrap()));
            }
            (_, Some(id)) => {
                let (pile, number, place) = match data["door"].as_u64() {
                    Some(number) => (&mut self.door, number, 2),
                    None => (&mut self.said, data["seq"].as_u64().unwrap(), 1),
                };
                assert_eq!(id.split('-').nth(place), Some(number.to_string().as_str()), "{id}: {data}");
                pile.heard.push((number, data));
                self.last = Some(id.clone());
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn came_in(server: &TestServer, owner: &Person, chat: &Chat, people: usize) -> Vec<Person> {
    let link = owner.shares_so(chat, json!({"auto_approve": true})).await;
    let mut members = Vec::new();
    for number in 0..people {
        let mut person = server.person();
        person.knocks(&link, &format!("Guest {number}")).await;
        members.push(person);
    }
    members
}

/// Everybody writes until told to stop; the owner also creates links, so that the door log grows.
fn write_all(members: &[Person], owner: &Person, chat: &Chat, enough: &Arc<AtomicBool>) -> JoinSet<()> {
    let mut writing = JoinSet::new();
    for (number, member) in members.iter().take(POSTERS).cloned().enumerate() {
        let (chat, enough) = (chat.clone(), enough.clone());
        writing.spawn(async move {
            for turn in 0.. {
                if enough.load(Ordering::Relaxed) {
                    break;
                }
                let text = format!("{number} says {turn} {}", "and more ".repeat(turn % 30));
                within(member.request(reqwest::Method::POST, &chat.path).json(&json!({"text": text})).send()).await.unwrap();
            }
        });
    }
    let (owner, chat, enough) = (owner.clone(), chat.clone(), enough.clone());
    writing.spawn(async move {
        while !enough.load(Ordering::Relaxed) {
            let link = owner.shares(&chat).await;
            owner.deletes(&link.path).await.is(204);
        }
    });
    writing
}

async fn listen_all(members: &[Person], owner: &Person, chat: &Chat, seed: u64) -> Vec<Listener> {
    let mut listening = JoinSet::new();
    let hello = owner.follows(chat).await.hello;
    let epoch = hello.data["epoch"].as_str().unwrap();
    for number in 0..LISTENERS {
        let person = if number < 2 { owner } else { &members[usize::try_from(number).unwrap() % members.len()] };
        let (mut listener, mut dice) = (Listener::new(person, chat, epoch), Dice(seed ^ number));
        listening.spawn(async move {
            for _ in 0..CUTS_EACH {
                let longest = if dice.throw(4) == 0 { 300 } else { 40_000 };
                listener.listens_for(usize::try_from(1 + dice.throw(longest)).unwrap()).await;
            }
            listener
        });
    }
    listening.join_all().await
}

async fn streams_that_are_cut_two_hundred_times_lose_nothing_and_double_nothing(path: StreamPath) {
    let server =
        TestServer::with(&path.flags(&["--chat-door", "4", "--chat-entries", "1000000", "--chat-content", "1000000000", "--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let members = came_in(&server, &ana, &chat, POSTERS).await;
    let enough = Arc::new(AtomicBool::new(false));
    let writing = write_all(&members, &ana, &chat, &enough);
    let mut listeners = listen_all(&members, &ana, &chat, seed()).await;
    enough.store(true, Ordering::Relaxed);
    writing.join_all().await;
    let read = ana.gets(&chat.path).await.is(200).json;
    let (head, door) = (read["head"].as_u64().unwrap(), ana.follows(&chat).await.hello.data["door"].as_u64().unwrap());
    let gaps: usize = listeners.iter().map(|listener| listener.door.missing.len()).sum();
    eprintln!("{head} entries of the conversation, {door} of the door, {gaps} gaps");
    for listener in &mut listeners {
        let door = if listener.credential == ana.credential { door } else { 0 };
        listener.listens_until(head, door).await;
        listener.said.is_whole(head);
        listener.door.is_whole(door);
        let messages: Vec<&Value> = listener.said.heard.iter().map(|(_, data)| data).filter(|data| !data["text"].is_null()).collect();
        assert_eq!(messages, read["messages"].as_array().unwrap().iter().collect::<Vec<_>>());
    }
}

async fn whoever_leaves_in_the_middle_of_a_post_takes_nothing_with_them(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    let mut dice = Dice(seed());
    for number in 0..300 {
        let body = json!({"text": format!("Gone before the answer, {number}")}).to_string();
        let lines = [("Content-Type", "application/json"), ("Content-Length", &body.len().to_string())];
        let post = head("POST", &chat.path, ana.credential.as_deref(), &lines) + &body;
        let mut connection = RawClient::connect(server.address).await;
        assert!(connection.send(post).await);
        for _ in 0..dice.throw(4) {
            tokio::task::yield_now().await;
        }
        drop(connection);
    }
    let last = ana.says(&chat, "The last word").await;
    let mut heard = Vec::new();
    while heard.last() != Some(&last) {
        heard.push(stream.expect("message").await.data["seq"].as_u64().unwrap());
    }
    assert_eq!(heard, (2..=last).collect::<Vec<_>>());
    let head = ana.gets(&chat.path).await.is(200).json["head"].as_u64().unwrap();
    for seq in last + 1..=head {
        assert_eq!(stream.expect("message").await.data["seq"], json!(seq), "what is committed is told");
    }
    eprintln!("{head} entries of 302 were committed");
    assert!(head > 2, "some of those posts arrived");
}

on_both_paths!(
    multi_thread:
    streams_that_are_cut_two_hundred_times_lose_nothing_and_double_nothing,
    whoever_leaves_in_the_middle_of_a_post_takes_nothing_with_them,
);
