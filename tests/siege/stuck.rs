//! Stuck crowds: a thousand who listen to a busy chat and take in nothing, and a thousand beside them who do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::crowd::{asks, comes, comes_narrow, is_cut};
use crate::world::{Chat, Person, Program, Wire, within};
use crate::{alone, now};

const CROWD: usize = 1_000;
/// The most that somebody who is stuck may cost, in bytes, the kernel's part included (SEC-104).
const MOST: u64 = 128 << 10;

/// Within which time they are to be gone (SEC-104), with what a busy machine adds.
const IN_TIME: Duration = Duration::from_secs(30 + 5);

/// What the kernel holds in all TCP sockets of this machine, in bytes.
fn kernel() -> u64 {
    let stat = std::fs::read_to_string("/proc/net/sockstat").unwrap();
    let line = stat.lines().find(|line| line.starts_with("TCP:")).unwrap();
    line.rsplit_once("mem ").unwrap().1.parse::<u64>().unwrap() * 4_096
}

/// A thousand who asked for the stream and will take in nothing more.
async fn stuck(program: &Program, chat: &Chat, first: usize) -> Vec<Wire> {
    let mut crowd = Vec::new();
    for number in first..first + CROWD {
        let wire = comes_narrow(program.address, number, asks(chat)).await;
        within(wire.0.readable()).await.unwrap();
        crowd.push(wire);
    }
    crowd
}

/// Says so much that whoever takes in nothing is stuck.
async fn says_much(ana: &Person, chat: &Chat) {
    for _ in 0..100 {
        ana.says(chat, &"x".repeat(8_000)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_are_stuck_cost_little_and_are_cut() {
    let Some(_alone) = alone().await else { return };
    let program = Program::starts(&["--log", "error", "--rate-factor", "0", "--admin-listen", "127.0.0.1:0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    says_much(&ana, &chat).await;
    let (memory, kept_before) = (program.memory(), kernel());
    let crowd = stuck(&program, &chat, 0).await;
    says_much(&ana, &chat).await;
    let (grown, in_kernel) = (program.memory().saturating_sub(memory), kernel().saturating_sub(kept_before));
    let each = (grown + in_kernel) / CROWD as u64;
    eprintln!("each who is stuck costs {} KiB: {} of the program, {} of the kernel", each >> 10, (grown >> 10) / 1_000, (in_kernel >> 10) / 1_000);
    assert!(each <= MOST, "{each} bytes each");
    let (stuck_since, mut seconds) = (now(), tokio::time::interval(Duration::from_secs(1)));
    // Nobody reads before all are cut: whoever reads is stuck no longer.
    let are_cut = async {
        while !program.runner().gets("/metrics").await.is(200).text.contains("\nparlor_streams 0\n") {
            seconds.tick().await;
        }
    };
    within(are_cut).await;
    let took = stuck_since.elapsed();
    assert!(took <= IN_TIME, "the last was cut after {took:?}");
    for wire in crowd {
        within(is_cut(wire)).await;
    }
    let lets_go = async {
        while kernel().saturating_sub(kept_before) > in_kernel / 4 {
            seconds.tick().await;
        }
    };
    within(lets_go).await;
}

/// Listens well: tells how long after it was sent each message came.
async fn listens(mut wire: Wire, began: Instant, tell: mpsc::UnboundedSender<Duration>) {
    let (mut text, mut space) = (Vec::new(), vec![0; 4 << 10]);
    while let Ok(got @ 1..) = wire.0.read(&mut space).await {
        let came = began.elapsed();
        text.extend_from_slice(&space[..got]);
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = text.drain(..end + 2).collect();
            let sent = std::str::from_utf8(&event).ok().and_then(|event| event.split_once("sent@")?.1.split_once('@')?.0.parse().ok());
            let told = sent.map(|sent| tell.send(came.saturating_sub(Duration::from_micros(sent))));
            if told.is_some_and(|told| told.is_err()) {
                return;
            }
        }
    }
}

/// The median and the 99th percentile of how long messages take to a thousand listeners, at fifty a second.
async fn latency(ana: &Person, chat: &Chat, began: Instant, told: &mut mpsc::UnboundedReceiver<Duration>) -> (Duration, Duration) {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let mut all = Vec::new();
    for _ in 0..400 {
        pace.tick().await;
        let text = format!("sent@{}@{}", began.elapsed().as_micros(), "x".repeat(180));
        let said = ana.request(reqwest::Method::POST, &chat.path).json(&json!({"text": text}));
        assert_eq!(within(said.send()).await.unwrap().status(), 201);
    }
    while all.len() < 400 * CROWD {
        all.push(within(told.recv()).await.unwrap());
    }
    all.sort_unstable();
    (all[all.len() / 2], all[all.len() * 99 / 100])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: run it alone, in release"]
async fn how_much_good_listeners_feel_those_who_are_stuck() {
    let Some(_alone) = alone().await else { return };
    let program = Program::starts(&["--log", "error", "--rate-factor", "0", "--chat-content", "67108864"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let (began, mut crowd, (tell, mut told)) = (now(), JoinSet::new(), mpsc::unbounded_channel());
    for number in 0..CROWD {
        let wire = comes(program.address, number, asks(&chat)).await;
        crowd.spawn(listens(wire, began, tell.clone()));
    }
    let tell = Arc::new(tell);
    for round in 1..=5 {
        let (median, slow) = latency(&ana, &chat, began, &mut told).await;
        let held = stuck(&program, &chat, round * 2_000).await;
        says_much(&ana, &chat).await;
        let (median_beside, slow_beside) = latency(&ana, &chat, began, &mut told).await;
        eprintln!(
            "alone p50 {median:?} p99 {slow:?}; beside 1,000 who are stuck p50 {median_beside:?} p99 {slow_beside:?}; ratios {:.2} {:.2}",
            median_beside.as_secs_f64() / median.as_secs_f64(),
            slow_beside.as_secs_f64() / slow.as_secs_f64()
        );
        drop(held);
    }
    drop(tell);
}
