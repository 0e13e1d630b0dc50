//! Slow clients: thousands that send nothing, half a head or a dripping body, beside clients that behave well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::clients::{connect, read_to_close};
use crate::support::{Chat, Person, Program, RawClient, head};
use crate::{alone, now};

const SILENT: usize = 5_000;
const HALF_HEADS: usize = 5_000;
const DRIPPING: usize = 1_000;
/// The time within which each must be closed, with a margin for a busy machine.
const CLOSE_DEADLINE: Duration = Duration::from_secs(10 + 5);
/// The transfer rate of an upload is checked after ten seconds.
const UPLOAD_DEADLINE: Duration = Duration::from_secs(11 + 5);

/// Counts of the requests of well-behaved clients.
#[derive(Debug, Default)]
struct Tally {
    done: AtomicU64,
    failed: AtomicU64,
    over: AtomicBool,
}

/// Posts into a chat and reads repeatedly, each time on a new connection.
async fn behaves_well(ana: Person, chat: Chat, tally: Arc<Tally>) {
    while !tally.over.load(Ordering::Relaxed) {
        let said = ana.request(reqwest::Method::POST, &chat.path).json(&json!({"text": "Hello"})).send().await;
        let read = ana.request(reqwest::Method::GET, &format!("{}?limit=1", chat.path)).send().await;
        let alive = ana.request(reqwest::Method::GET, "/healthz").send().await;
        for (reply, status) in [(said, 201), (read, 200), (alive, 200)] {
            let went_well = reply.is_ok_and(|reply| reply.status() == status);
            if went_well { &tally.done } else { &tally.failed }.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Sends a little of a body each second until the connection is closed.
async fn drips(connection: RawClient) {
    let (mut read, mut write) = connection.0.into_split();
    let dripping = async {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        loop {
            seconds.tick().await;
            if write.write_all(b"          ").await.is_err() {
                return;
            }
        }
    };
    let reading = async {
        let mut space = [0; 1_024];
        while read.read(&mut space).await.is_ok_and(|got| got > 0) {}
    };
    tokio::select! {
        () = dripping => {}
        () = reading => {}
    }
}

/// Connects, acts until the connection is closed, and returns how long that took.
async fn lasts<F: Future<Output = ()>>(coming: impl Future<Output = RawClient>, until_cut: fn(RawClient) -> F) -> impl Future<Output = Duration> {
    let (began, connection) = (now(), coming.await);
    async move {
        until_cut(connection).await;
        began.elapsed()
    }
}

/// Returns how long it takes until the last connection is closed.
async fn last_of(mut crowd: JoinSet<Duration>, limit: Duration) -> Duration {
    let mut last = Duration::ZERO;
    let all = async {
        while let Some(took) = crowd.join_next().await {
            last = last.max(took.unwrap());
        }
    };
    let in_time = tokio::time::timeout(limit * 2, all).await;
    assert!(in_time.is_ok() && last <= limit, "the last was closed after {last:?}, {} never", crowd.len());
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eleven_thousand_who_are_slow_are_cut_and_others_do_not_feel_them() {
    let Some(_alone) = alone().await else { return };
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let tally = Arc::new(Tally::default());
    let mut good = Vec::new();
    for number in 1..=4 {
        // One address each: a port is not reusable at once.
        let mut ana = program.person_from([127, 78, 0, number]);
        let chat = ana.creates_a_chat().await;
        good.push(tokio::spawn(behaves_well(ana, chat, tally.clone())));
    }
    let (mut silent, mut half, mut dripping) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
    let upload = head("POST", "/v1/chats", None, &[("Content-Type", "application/json"), ("Content-Length", "60000")]) + "{";
    for number in 0..SILENT + HALF_HEADS + DRIPPING {
        if number < SILENT {
            silent.spawn(lasts(connect(program.address, number, ""), read_to_close).await);
        } else if number < SILENT + HALF_HEADS {
            half.spawn(lasts(connect(program.address, number, "GET /healthz HTTP/1.1\r\nHost: par"), read_to_close).await);
        } else {
            dripping.spawn(lasts(connect(program.address, number, upload.clone()), drips).await);
        }
    }
    let (silent, half) = (last_of(silent, CLOSE_DEADLINE).await, last_of(half, CLOSE_DEADLINE).await);
    let dripping = last_of(dripping, UPLOAD_DEADLINE).await;
    tally.over.store(true, Ordering::Relaxed);
    for task in good {
        task.await.unwrap();
    }
    let (done, failed) = (tally.done.load(Ordering::Relaxed), tally.failed.load(Ordering::Relaxed));
    eprintln!(
        "the last silent one was cut after {silent:?}, with half a head {half:?}, dripping {dripping:?}; of {} good requests {failed} failed",
        done + failed
    );
    assert!(done > 1_000 && failed * 1_000 <= done, "{failed} of {} failed", done + failed);
}
