//! Slow and stalled readers: they miss nothing while they read in time, and are disconnected otherwise.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stream_connections::{a_chat, until_open};
use crate::support::{RawStream, StreamPath, TestServer, on_both_paths, seconds};

async fn a_slow_reader_gets_every_byte_in_order(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, ben, chat) = a_chat(&server).await;
    let path = format!("{}/events", chat.path);
    for who in [&ana, &ben] {
        let mut slow = RawStream::open_narrow(server.address, &path, who.credential.as_deref()).await;
        assert_eq!(slow.next().await.unwrap().name, "hello");
        let mut said = Vec::new();
        for number in 0..60 {
            let text = format!("{number} {}", "y".repeat(8_000));
            said.push((ana.says(&chat, &text).await, text));
        }
        for (seq, text) in said {
            let data: Value = serde_json::from_str(&slow.next().await.unwrap().data).unwrap();
            assert_eq!((&data["seq"], &data["text"]), (&json!(seq), &json!(text)));
        }
    }
}

async fn whoever_takes_in_nothing_for_half_a_minute_is_cut_and_no_earlier(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, ben, chat) = a_chat(&server).await;
    let path = format!("{}/events", chat.path);
    for who in [&ana, &ben] {
        let mut stuck = RawStream::open_narrow(server.address, &path, who.credential.as_deref()).await;
        assert_eq!(stuck.next().await.unwrap().name, "hello");
        let mut last = 0;
        for _ in 0..40 {
            last = ana.says(&chat, &"z".repeat(8_000)).await;
        }
        server.clock.advance(Duration::from_millis(29_900));
        server.person().gets("/healthz").await.is(200);
        assert_eq!(server.service.counters().streams(), 1, "it ends too early");
        server.clock.advance(Duration::from_millis(200));
        until_open(&server, 0).await;
        let mut heard = 0;
        while let Some(event) = stuck.next().await {
            heard += 1;
            assert!(event.name == "message" && event.id.unwrap().split('-').nth(1).unwrap().parse::<u64>().unwrap() < last);
        }
        assert!(heard < 40, "unread data is discarded");
    }
}

async fn a_stuck_reader_who_reads_on_in_time_misses_nothing_and_hears_that_the_stream_lives(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, ben, chat) = a_chat(&server).await;
    let path = format!("{}/events", chat.path);
    let mut stuck = RawStream::open_narrow(server.address, &path, ben.credential.as_deref()).await;
    assert_eq!(stuck.next().await.unwrap().name, "hello");
    for _ in 0..40 {
        ana.says(&chat, &"z".repeat(8_000)).await;
    }
    server.clock.advance(seconds(20));
    for _ in 0..40 {
        assert_eq!(stuck.next().await.unwrap().name, "message");
    }
    assert_eq!(stuck.next().await.unwrap().name, "heartbeat");
    server.clock.advance(seconds(15));
    assert_eq!(stuck.next().await.unwrap().name, "heartbeat");
    server.clock.advance(seconds(15));
    assert_eq!(stuck.next().await.unwrap().name, "heartbeat", "it does not count as stalled");
}

async fn whoever_was_stuck_while_all_others_left_hears_what_follows(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, ben, chat) = a_chat(&server).await;
    let path = format!("{}/events", chat.path);
    let (mut stuck, mut others) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        stuck.push(RawStream::open_narrow(server.address, &path, ben.credential.as_deref()).await);
    }
    for _ in 0..4 {
        others.push(RawStream::open(server.address, &path, ben.credential.as_deref(), None).await);
    }
    for stream in stuck.iter_mut().chain(&mut others) {
        assert_eq!(stream.next().await.unwrap().name, "hello");
    }
    for _ in 0..40 {
        ana.says(&chat, &"z".repeat(8_000)).await;
    }
    drop(others);
    until_open(&server, 4).await;
    for stream in &mut stuck {
        for _ in 0..40 {
            assert_eq!(stream.next().await.unwrap().name, "message");
        }
    }
    for text in ["after", "and on"] {
        ana.says(&chat, text).await;
        for stream in &mut stuck {
            let data: Value = serde_json::from_str(&stream.next().await.unwrap().data).unwrap();
            assert_eq!(data["text"], text);
        }
    }
}

on_both_paths!(
    a_slow_reader_gets_every_byte_in_order,
    whoever_takes_in_nothing_for_half_a_minute_is_cut_and_no_earlier,
    a_stuck_reader_who_reads_on_in_time_misses_nothing_and_hears_that_the_stream_lives,
    whoever_was_stuck_while_all_others_left_hears_what_follows,
);
