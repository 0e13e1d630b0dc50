//! Stalled readers: a thousand that follow a busy chat and read nothing, beside a thousand that read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::clients::{connect, connect_narrow, read_to_close, stream_request};
use crate::support::{Chat, Person, Program, RawClient, within};
use crate::{alone, now};

const CROWD: usize = 1_000;
/// The most bytes that a stalled reader may cost, kernel memory included (SEC-104).
const MAX_BYTES_EACH: u64 = 128 << 10;

/// The time within which stalled readers must be closed (SEC-104), with a margin for a busy machine.
const CLOSE_DEADLINE: Duration = Duration::from_secs(30 + 5);

/// Returns the bytes that the kernel holds in all TCP sockets of this machine.
fn kernel() -> u64 {
    let stat = std::fs::read_to_string("/proc/net/sockstat").unwrap();
    let line = stat.lines().find(|line| line.starts_with("TCP:")).unwrap();
    line.rsplit_once("mem ").unwrap().1.parse::<u64>().unwrap() * 4_096
}

/// Opens a thousand streams that are not read any further.
async fn stalled_readers(program: &Program, chat: &Chat, first: usize) -> Vec<RawClient> {
    let mut crowd = Vec::new();
    for number in first..first + CROWD {
        let connection = connect_narrow(program.address, number, stream_request(chat)).await;
        within(connection.0.readable()).await.unwrap();
        crowd.push(connection);
    }
    crowd
}

/// Posts enough to fill the buffers of connections that are not read.
async fn post_burst(ana: &Person, chat: &Chat) {
    for _ in 0..100 {
        ana.says(chat, &"x".repeat(8_000)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_are_stuck_cost_little_and_are_cut() {
    let Some(_alone) = alone().await else { return };
    let program = Program::start(&["--log", "error", "--rate-factor", "0", "--admin-listen", "127.0.0.1:0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    post_burst(&ana, &chat).await;
    let (memory, kept_before) = (program.memory(), kernel());
    let crowd = stalled_readers(&program, &chat, 0).await;
    post_burst(&ana, &chat).await;
    let (grown, in_kernel) = (program.memory().saturating_sub(memory), kernel().saturating_sub(kept_before));
    let each = (grown + in_kernel) / CROWD as u64;
    eprintln!("a stalled reader costs {} KiB: {} in the program, {} in the kernel", each >> 10, (grown >> 10) / 1_000, (in_kernel >> 10) / 1_000);
    assert!(each <= MAX_BYTES_EACH, "{each} bytes each");
    let (stalled_since, mut seconds) = (now(), tokio::time::interval(Duration::from_secs(1)));
    // No connection is read before all are closed: reading would end the stall.
    let are_cut = async {
        while !program.operator().gets("/metrics").await.is(200).text.contains("\nparlor_streams 0\n") {
            seconds.tick().await;
        }
    };
    within(are_cut).await;
    let took = stalled_since.elapsed();
    assert!(took <= CLOSE_DEADLINE, "the last was closed after {took:?}");
    for connection in crowd {
        within(read_to_close(connection)).await;
    }
    let lets_go = async {
        while kernel().saturating_sub(kept_before) > in_kernel / 4 {
            seconds.tick().await;
        }
    };
    within(lets_go).await;
}

/// Reads a stream and reports how long each message took.
async fn listens(mut connection: RawClient, began: Instant, tell: mpsc::UnboundedSender<Duration>) {
    let (mut text, mut space) = (Vec::new(), vec![0; 4 << 10]);
    while let Ok(got @ 1..) = connection.0.read(&mut space).await {
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

/// Returns the median and the 99th percentile of the delivery time to a thousand listeners at fifty messages a second.
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
    let program = Program::start(&["--log", "error", "--rate-factor", "0", "--chat-content", "67108864"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let (began, mut crowd, (tell, mut told)) = (now(), JoinSet::new(), mpsc::unbounded_channel());
    for number in 0..CROWD {
        let connection = connect(program.address, number, stream_request(&chat)).await;
        crowd.spawn(listens(connection, began, tell.clone()));
    }
    let tell = Arc::new(tell);
    for round in 1..=5 {
        let (median, slow) = latency(&ana, &chat, began, &mut told).await;
        let held = stalled_readers(&program, &chat, round * 2_000).await;
        post_burst(&ana, &chat).await;
        let (median_beside, slow_beside) = latency(&ana, &chat, began, &mut told).await;
        eprintln!(
            "alone p50 {median:?} p99 {slow:?}; beside 1,000 stalled readers p50 {median_beside:?} p99 {slow_beside:?}; ratios {:.2} {:.2}",
            median_beside.as_secs_f64() / median.as_secs_f64(),
            slow_beside.as_secs_f64() / slow.as_secs_f64()
        );
        drop(held);
    }
    drop(tell);
}
