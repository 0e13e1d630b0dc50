//! A thousand listeners, some of which do not read; the program runs in its own process, whose memory is measured.

use std::time::Duration;

use serde_json::json;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::support::{Chat, Person, Program, RawStream, StreamPath, on_both_paths, within};

const MIB: u64 = 1 << 20;
/// Held by the test that runs: side by side, these tests would measure each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
/// The delivery time allowed for a thousand listeners, in a debug build beside other tests.
const DELIVERY_DEADLINE: Duration = Duration::from_secs(5);

/// A chat, its owner, and the member whose credential every listener uses.
async fn a_chat_of_two(program: &Program) -> (Person, Person, Chat) {
    let (mut ana, mut ben) = (program.person(), program.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares_so(&chat, json!({"auto_approve": true})).await;
    ben.knocks(&link, "Ben").await;
    (ana, ben, chat)
}

/// Opens this many streams, each of which reports every message it receives in order after `head`.
async fn listeners(program: &Program, member: &Person, chat: &Chat, head: u64, count: usize) -> (JoinSet<()>, mpsc::UnboundedReceiver<u64>) {
    let (path, mut crowd) = (format!("{}/events", chat.path), JoinSet::new());
    let (tell, told) = mpsc::unbounded_channel();
    for _ in 0..count {
        let mut stream = RawStream::open(program.address, &path, member.credential.as_deref(), None).await;
        assert_eq!(stream.next().await.unwrap().name, "hello");
        let tell = tell.clone();
        crowd.spawn(async move {
            let mut next = head + 1;
            loop {
                let heard = stream.next().await.expect("the stream continues");
                if heard.name == "message" {
                    let id = heard.id.unwrap();
                    assert_eq!(id.split('-').nth(1), Some(next.to_string().as_str()), "in order, without a hole");
                    next += 1;
                    if tell.send(next - 1).is_err() {
                        return;
                    }
                }
            }
        });
    }
    (crowd, told)
}

/// Waits until all of them have this message, within the time.
async fn all_have(told: &mut mpsc::UnboundedReceiver<u64>, seq: u64, listeners: usize) {
    let mut have = 0;
    let stream = async {
        while have < listeners {
            have += usize::from(told.recv().await == Some(seq));
        }
    };
    assert!(tokio::time::timeout(DELIVERY_DEADLINE, stream).await.is_ok(), "only {have} of {listeners} have {seq} in time");
}

/// More than the buffers of a socket hold, so that a client that does not read stalls.
async fn talks_a_lot(owner: &Person, chat: &Chat) -> u64 {
    let mut seq = 0;
    for _ in 0..700 {
        let said = owner.request(reqwest::Method::POST, &chat.path).json(&json!({"text": "x".repeat(8_192)}));
        seq = within(within(said.send()).await.unwrap().json::<serde_json::Value>()).await.unwrap()["seq"].as_u64().unwrap();
    }
    seq
}

async fn a_thousand_listeners_do_not_wait_for_one_who_reads_nothing(path: StreamPath) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let program = Program::start(&path.flags(&["--log", "error", "--rate-factor", "0", "--chat-content", "67108864"])).await;
    let (ana, ben, chat) = a_chat_of_two(&program).await;
    let path = format!("{}/events", chat.path);
    let _stalled = RawStream::open_narrow(program.address, &path, ben.credential.as_deref()).await;
    let head = talks_a_lot(&ana, &chat).await;
    let (_crowd, mut told) = listeners(&program, &ben, &chat, head, 999).await;
    for round in 0..10 {
        let seq = ana.says(&chat, &format!("Round {round}")).await;
        all_have(&mut told, seq, 999).await;
    }
    let before = program.memory();
    for _ in 0..16 {
        let seq = ana.says(&chat, &"x".repeat(8_192)).await;
        all_have(&mut told, seq, 999).await;
    }
    let grown = program.memory().saturating_sub(before);
    eprintln!("{} MiB with a thousand listeners, {} KiB more after sending them 128 MiB", before / MIB, grown >> 10);
    assert!(grown < 32 * MIB, "memory grew by {grown} bytes");
}

async fn listeners_who_read_nothing_cost_no_memory(path: StreamPath) {
    let _alone = ONE_AT_A_TIME.lock().await;
    let program = Program::start(&path.flags(&["--log", "error", "--rate-factor", "0", "--chat-content", "67108864"])).await;
    let (ana, ben, chat) = a_chat_of_two(&program).await;
    let path = format!("{}/events", chat.path);
    let mut stalled = Vec::new();
    for person in [&ana, &ben].repeat(50) {
        stalled.push(RawStream::open_narrow(program.address, &path, person.credential.as_deref()).await);
    }
    let (_crowd, mut told) = listeners(&program, &ben, &chat, 2, 1).await;
    let before = program.memory();
    let seq = talks_a_lot(&ana, &chat).await;
    all_have(&mut told, seq, 1).await;
    let grown = program.memory().saturating_sub(before) / MIB;
    eprintln!("{grown} MiB more after 5.5 MiB to a hundred stalled listeners and one that reads");
    let (kept, held) = (6, 100 / 8);
    assert!(grown < kept + held + 10, "more than the chat's content plus 128 KiB per listener: {grown} MiB");
    drop(stalled);
}

on_both_paths!(multi_thread: a_thousand_listeners_do_not_wait_for_one_who_reads_nothing, listeners_who_read_nothing_cost_no_memory);
