//! Graceful shutdown with ten thousand streams while people post into the chats they follow.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::clients::{connect, stream_request};
use crate::support::{Chat, Person, Program, RawClient, within};
use crate::{alone, now};

const CHATS: usize = 100;
const LISTENERS: usize = 100;
/// Messages acknowledged before the signal; posting continues after it.
const ACKNOWLEDGED_BEFORE: usize = 500;
/// The drain time of the program.
const DRAIN: Duration = Duration::from_secs(30);

/// What one listener received: the sequence numbers in order, and whether the stream ended with `bye`.
#[derive(Debug, Default)]
struct Received {
    numbers: Vec<u64>,
    bye: bool,
    whole: bool,
}

/// Reads a stream to its end; adds a permit to `open` after the greeting.
async fn listens(mut connection: RawClient, open: Arc<Semaphore>) -> Received {
    let (mut heard, mut text, mut space) = (Received::default(), String::new(), vec![0; 4 << 10]);
    let mut greeted = false;
    while let Ok(got @ 1..) = connection.0.read(&mut space).await {
        text.push_str(&String::from_utf8_lossy(&space[..got]));
        if !greeted && text.contains("event: hello") {
            greeted = true;
            open.add_permits(1);
        }
        while let Some((line, rest)) = text.split_once('\n') {
            if let Some(id) = line.strip_prefix("id: ") {
                heard.numbers.push(id.split('-').nth(1).unwrap().parse().unwrap());
            }
            heard.bye |= line == "event: bye";
            heard.whole = line == "0\r" || (heard.whole && line == "\r");
            text = rest.to_owned();
        }
    }
    heard
}

/// Posts into all chats in turn until the program refuses; records the last acknowledged number of each chat.
async fn posts(chats: Arc<Vec<(Person, Chat)>>, first: usize, acknowledged: Arc<Mutex<HashMap<usize, u64>>>, enough: Arc<Semaphore>) {
    for turn in first.. {
        let (ana, chat) = &chats[turn % CHATS];
        let post = ana.request(reqwest::Method::POST, &chat.path).json(&json!({"text": "Hello"}));
        let Ok(reply) = within(post.send()).await else { return };
        let status = reply.status();
        let Ok(body) = reply.json::<Value>().await else { return };
        if status == 503 && body["code"] == "overloaded" {
            continue;
        }
        if status != 201 {
            assert_eq!((status.as_u16(), &body["code"]), (503, &json!("shutting_down")), "it says that it goes");
            return;
        }
        let (number, mut last) = (body["seq"].as_u64().unwrap(), acknowledged.lock());
        let known = last.entry(turn % CHATS).or_default();
        *known = number.max(*known);
        enough.add_permits(1);
    }
}

/// Creates all chats, each with its owner.
async fn chats(program: &Program) -> Vec<(Person, Chat)> {
    let mut chats = Vec::new();
    for _ in 0..CHATS {
        let mut ana = program.person();
        let chat = ana.creates_a_chat().await;
        chats.push((ana, chat));
    }
    chats
}

/// Fails unless every listener received everything acknowledged, without gaps, and the `bye`.
fn have_everything(all: &[(usize, Received)], acknowledged: &HashMap<usize, u64>) {
    for (chat, heard) in all {
        let first = heard.numbers.first().copied().unwrap_or(2);
        let dense: Vec<u64> = (first..).take(heard.numbers.len()).collect();
        assert!(heard.bye && heard.whole && heard.numbers == dense && first == 2, "{heard:?}");
        assert!(heard.numbers.last() >= acknowledged.get(chat), "{:?} was acknowledged, {heard:?}", acknowledged.get(chat));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_are_told_good_bye_and_have_everything_that_was_acknowledged() {
    let Some(_alone) = alone().await else { return };
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let (chats, open, mut crowd) = (Arc::new(chats(&program).await), Arc::new(Semaphore::new(0)), JoinSet::new());
    for number in 0..CHATS * LISTENERS {
        let (_, chat) = &chats[number % CHATS];
        let connection = connect(program.address, number, stream_request(chat)).await;
        let open = open.clone();
        crowd.spawn(async move { (number % CHATS, listens(connection, open).await) });
    }
    let _ = within(open.acquire_many(u32::try_from(CHATS * LISTENERS).unwrap())).await.unwrap();
    let (acknowledged, enough) = (Arc::new(Mutex::new(HashMap::new())), Arc::new(Semaphore::new(0)));
    let posting: Vec<_> = (0..4).map(|turn| tokio::spawn(posts(chats.clone(), turn * 25, acknowledged.clone(), enough.clone()))).collect();
    let _ = within(enough.acquire_many(u32::try_from(ACKNOWLEDGED_BEFORE).unwrap())).await.unwrap();
    let began = now();
    program.signal("TERM").await;
    for task in posting {
        task.await.unwrap();
    }
    let mut all = Vec::new();
    while let Some(heard) = crowd.join_next().await {
        all.push(heard.unwrap());
    }
    let code = program.wait().await.code;
    let took = began.elapsed();
    let acknowledged = acknowledged.lock();
    eprintln!(
        "{} streams had all of {} acknowledged messages and a good-bye; ended {took:?} after the signal",
        all.len(),
        acknowledged.values().map(|last| last - 1).sum::<u64>()
    );
    assert_eq!((code, took < DRAIN), (Some(0), true), "{took:?}");
    have_everything(&all, &acknowledged);
}
