//! Graceful shutdown: streams receive everything and `bye`, late requests are refused, and memory is not persistent.

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt as _;

use crate::stream_ends::{comes_in, is_out};
use crate::support::{RawClient, RawStream, StreamPath, TestServer, head, on_both_paths, seconds, within};

async fn at_shutdown_every_stream_is_told_when_to_come_back_and_the_program_ends(path: StreamPath) {
    let mut server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let open = server.person().creates_an_open_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let link = ana.shares(&chat).await;
    let mut eve = server.person();
    eve.knocks(&link, "Eve").await;
    let mut streams = vec![ana.follows(&chat).await, ben.follows(&chat).await, eve.waits(&link).await, server.person().follows(&open).await];
    for _ in 0..20 {
        streams.push(ben.follows(&chat).await);
    }
    server.shut_down().await;
    let mut times = std::collections::HashSet::new();
    for stream in &mut streams {
        let bye = stream.expect("bye").await;
        let retry = bye.data["retry_ms"].as_u64().unwrap();
        assert!((1_000..=10_000).contains(&retry), "{retry}");
        assert_eq!((bye.retry, bye.id), (Some(retry), None));
        stream.expect_end().await;
        times.insert(retry);
    }
    assert!(times.len() > 5, "reconnects must be spread: {times:?}");
}

async fn what_was_said_before_the_shutdown_is_heard_before_good_bye(path: StreamPath) {
    let mut server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows_from(&chat, "nonsense").await;
    for number in 0..50 {
        ana.says(&chat, &number.to_string()).await;
    }
    server.shut_down().await;
    stream.expect("reset").await;
    for number in 0..50 {
        assert_eq!(stream.expect("message").await.data["text"], json!(number.to_string()));
    }
    stream.expect("bye").await;
    stream.expect_end().await;
}

async fn a_listener_who_reads_nothing_holds_the_shutdown_up_no_longer_than_the_drain(path: StreamPath) {
    let mut server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let path = format!("{}/events?after=0", chat.path);
    let _stalled = RawStream::open_narrow(server.address, &path, ana.credential.as_deref()).await;
    for _ in 0..300 {
        ana.says(&chat, &"x".repeat(8_192)).await;
    }
    server.shutdown.trigger();
    server.clock.advance(seconds(31));
    server.shut_down().await;
}

async fn nothing_of_a_chat_outlives_a_restart_in_memory(path: StreamPath) {
    let (before, after) = (TestServer::on(path).await, TestServer::on(path).await);
    let mut ana = before.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    ana.says(&chat, "Remember me").await;
    let cursor = stream.expect("message").await.id.unwrap();
    let again = after.person().showing(&chat.author);
    is_out(&again, &chat).await;
    is_out(&again.nobody(), &chat).await;
    let resuming = again.request(Method::GET, &format!("{}/events", chat.path)).header("Last-Event-ID", cursor);
    again.sends(resuming).await.is_problem(404, "not_found");
}

async fn what_comes_after_the_good_bye_is_refused_and_what_came_before_it_was_heard(path: StreamPath) {
    let mut server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    let (text, lines) = (r#"{"text": "late"}"#, [("Content-Type", "application/json"), ("Content-Length", "16")]);
    let mut late = RawClient::connect(server.address).await;
    assert!(late.send(head("POST", &chat.path, Some(&chat.author), &lines) + &text[..8]).await);
    let seq = ana.says(&chat, "in time").await;
    server.shutdown.trigger();
    assert_eq!(stream.next().await.data["seq"], json!(seq));
    stream.expect("bye").await;
    stream.expect_end().await;
    assert!(late.send(&text[8..]).await);
    let answer = late.response().await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("shutting_down") && answer.contains("retry-after"), "{answer}");
    server.shut_down().await;
}

async fn who_sends_more_than_they_ask_still_hears_good_bye_at_the_shutdown(path: StreamPath) {
    let mut server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates_an_open_chat().await;
    let mut connections = Vec::new();
    // A slow reader finds the last events still in the kernel, where a reset would discard them.
    for _ in 0..20 {
        let mut connection = RawClient::connect(server.address).await;
        connection.send(head("GET", &format!("{}/events", chat.path), None, &[])).await;
        while !String::from_utf8_lossy(&connection.read().await).contains("event: hello") {}
        assert!(connection.send("GET /healthz HTTP/1.1\r\nHost: a.example\r\n\r\n").await);
        connections.push(connection);
    }
    let stream = async {
        for mut connection in connections {
            let mut rest = Vec::new();
            within(connection.0.read_to_end(&mut rest)).await.expect("the connection ends without a reset");
            assert!(String::from_utf8_lossy(&rest).contains("event: bye"));
        }
    };
    tokio::join!(server.shut_down(), stream);
}

on_both_paths!(
    at_shutdown_every_stream_is_told_when_to_come_back_and_the_program_ends,
    what_was_said_before_the_shutdown_is_heard_before_good_bye,
    a_listener_who_reads_nothing_holds_the_shutdown_up_no_longer_than_the_drain,
    nothing_of_a_chat_outlives_a_restart_in_memory,
    what_comes_after_the_good_bye_is_refused_and_what_came_before_it_was_heard,
    who_sends_more_than_they_ask_still_hears_good_bye_at_the_shutdown,
);
