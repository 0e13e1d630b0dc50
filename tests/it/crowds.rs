//! Crowds: a thousand who listen, some who do not read; the program runs in a process of its own, whose memory is looked at.

use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::program::Program;
use crate::sockets::Ear;
use crate::world::{Chat, Person, within};

const MIB: u64 = 1 << 20;
/// How long a message may take to a thousand listeners, in a program that is not optimised, beside other tests.
const PROMPTLY: Duration = Duration::from_secs(5);

/// So many listeners, who tell of each message that they get in order.
async fn listeners(program: &Program, owner: &Person, chat: &Chat, count: usize) -> (JoinSet<()>, mpsc::UnboundedReceiver<u64>) {
    let (path, mut crowd) = (format!("{}/events", chat.path), JoinSet::new());
    let (tell, told) = mpsc::unbounded_channel();
    for _ in 0..count {
        let mut ear = Ear::open(program.address, &path, owner.credential.as_deref(), None).await;
        assert_eq!(ear.hears().await.unwrap().name, "hello");
        let tell = tell.clone();
        crowd.spawn(async move {
            let mut next = 2;
            loop {
                let heard = ear.hears().await.expect("the stream goes on");
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

/// All of them have this message, within the time.
async fn all_have(told: &mut mpsc::UnboundedReceiver<u64>, seq: u64, listeners: usize) {
    let mut have = 0;
    let hearing = async {
        while have < listeners {
            have += usize::from(told.recv().await == Some(seq));
        }
    };
    assert!(tokio::time::timeout(PROMPTLY, hearing).await.is_ok(), "only {have} of {listeners} have {seq} in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_listeners_do_not_wait_for_one_who_reads_nothing() {
    let program = Program::starts(&["--rate-factor", "0", "--chat-content", "67108864"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let path = format!("{}/events", chat.path);
    let _stalled = Ear::open_narrow(program.address, &path, ana.credential.as_deref()).await;
    let (_crowd, mut told) = listeners(&program, &ana, &chat, 999).await;
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
    eprintln!("{} MiB with a thousand listeners, {} KiB more after 128 MiB to them", before / MIB, grown >> 10);
    assert!(grown < 32 * MIB, "{grown} bytes more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_who_read_nothing_cost_no_memory() {
    let program = Program::starts(&["--rate-factor", "0", "--chat-content", "67108864"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let path = format!("{}/events", chat.path);
    let mut stalled = Vec::new();
    for _ in 0..100 {
        stalled.push(Ear::open_narrow(program.address, &path, ana.credential.as_deref()).await);
    }
    let (_crowd, mut told) = listeners(&program, &ana, &chat, 1).await;
    let mut growth = Vec::new();
    for _ in 0..3 {
        let before = program.memory();
        for _ in 0..400 {
            let said = ana.request(reqwest::Method::POST, &chat.path).json(&json!({"text": "x".repeat(8_192)}));
            let seq = within(within(said.send()).await.unwrap().json::<serde_json::Value>()).await.unwrap()["seq"].as_u64().unwrap();
            all_have(&mut told, seq, 1).await;
        }
        growth.push(program.memory().saturating_sub(before) / MIB);
    }
    eprintln!("MiB more for each 3.2 MiB of messages: {growth:?}");
    let (kept, held) = (10, 100 / 8);
    assert!(growth.iter().sum::<u64>() < kept + held + 10, "more than the chat keeps, and 128 KiB a listener: {growth:?}");
    drop(stalled);
}
