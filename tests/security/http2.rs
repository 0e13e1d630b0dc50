//! SEC-105: HTTP/2 connections of misbehaving clients.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::h2_client::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, INITIAL_WINDOW, PING, PRIORITY, RST_STREAM, SETTINGS, UNKNOWN, WINDOW_UPDATE,
};
use crate::h2_client::{block, frame, greeting, is_told_the_end, next_frame, next_or_end, requests, until_each_has};
use crate::support::{Program, RawClient, TestServer, seconds, within};

const MIB: u64 = 1 << 20;
/// What a client sends first, and what it repeats, by number.
type Attack = (&'static str, fn() -> Vec<u8>, fn(u32) -> Vec<u8>);

/// Requests on the streams 1, 3, 5, …
fn request(turn: u32) -> Vec<u8> {
    frame(HEADERS, END_STREAM | END_HEADERS, 2 * turn + 1, &block("GET", "/healthz", &[]))
}

const FLOODS: [Attack; 11] = [
    ("pings", Vec::new, |_| frame(PING, 0, 0, &[7; 8])),
    ("settings", Vec::new, |_| frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0].repeat(6))),
    ("window updates", Vec::new, |_| frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
    ("priorities", Vec::new, |turn| frame(PRIORITY, 0, (2 * turn + 1) & 0xffff, &[0, 0, 0, 0, 1])),
    ("frames of no kind", Vec::new, |_| frame(UNKNOWN, 0, 0, &[0; 100])),
    ("large frames of no kind", Vec::new, |_| frame(UNKNOWN, 0, 0, &[0; 16_384])),
    (
        "empty data",
        || frame(HEADERS, END_HEADERS, 1, &block("POST", "/v1/chats", &[("content-type", "application/json")])),
        |_| frame(DATA, 0, 1, &[]),
    ),
    ("continuations", || frame(HEADERS, 0, 1, &block("GET", "/healthz", &[])), |_| frame(CONTINUATION, 0, 1, &[0, 1, b'x', 1, b'y'])),
    ("empty continuations", || frame(HEADERS, 0, 1, &block("GET", "/healthz", &[])), |_| frame(CONTINUATION, 0, 1, &[])),
    ("resets", Vec::new, |turn| [request(turn), frame(RST_STREAM, 0, 2 * turn + 1, &[0, 0, 0, 8])].concat()),
    ("faulty streams", Vec::new, |turn| [request(turn), frame(WINDOW_UPDATE, 0, 2 * turn + 1, &[0; 4])].concat()),
];

/// Sends until the connection is closed or this many bytes are sent; returns how many were.
async fn floods(connection: RawClient, (_, begin, again): Attack, most: u64) -> u64 {
    let (mut read, mut write) = connection.0.into_split();
    let reading = tokio::spawn(async move {
        let mut space = [0; 16 << 10];
        while read.read(&mut space).await.is_ok_and(|got| got > 0) {}
    });
    let (mut sent, mut turn) = (0, 0);
    within(write.write_all(&[greeting(&[]), begin()].concat())).await.unwrap();
    while sent < most && !reading.is_finished() {
        let mut batch = Vec::new();
        while batch.len() < 8_192 {
            batch.extend_from_slice(&again(turn));
            turn += 1;
        }
        if within(write.write_all(&batch)).await.is_err() {
            break;
        }
        sent += batch.len() as u64;
    }
    within(reading).await.unwrap();
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_105_a_flood_of_frames_is_cut_off_and_costs_little() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    for _ in 0..50 {
        program.person().gets("/healthz").await.is(200);
    }
    let before = program.memory();
    for attack in FLOODS {
        let sent = floods(RawClient::connect(program.address).await, attack, 64 * MIB).await;
        let grown = program.memory().saturating_sub(before);
        eprintln!("{}: closed after {} KiB, {} KiB more memory", attack.0, sent >> 10, grown >> 10);
        assert!(sent < 64 * MIB, "{}: it was not closed", attack.0);
        assert!(grown < 8 * MIB, "{}: memory grew by {grown} bytes", attack.0);
        program.person().gets("/healthz").await.is(200);
    }
}

#[tokio::test]
async fn sec_104_a_stream_whose_client_opens_no_window_is_reset() {
    for (window, path) in [(0, "/openapi.json"), (0, "/"), (1, "/"), (1, "/openapi.json")] {
        let server = TestServer::with(&["--rate-factor", "0"]).await;
        let streams: Vec<u32> = (0..32).map(|turn| 2 * turn + 1).collect();
        let mut connection = RawClient::connect(server.address).await;
        connection.send([greeting(&[(INITIAL_WINDOW, window)]), requests(32, path)].concat()).await;
        until_each_has(&mut connection, if window == 0 { HEADERS } else { DATA }, &streams).await;
        server.person().gets("/healthz").await.is(200);
        server.clock.advance(seconds(20));
        while next_frame(&mut connection).await != (PING, 0) {}
        server.person().gets("/healthz").await.is(200);
        server.clock.advance(seconds(9));
        server.person().gets("/healthz").await.is(200);
        assert!(connection.is_quiet(), "it ends too early");
        server.clock.advance(seconds(1));
        until_each_has(&mut connection, RST_STREAM, &streams).await;
    }
}

#[tokio::test]
async fn sec_105_more_than_thirty_two_streams_at_one_time_are_refused() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut connection = RawClient::connect(server.address).await;
    connection.send([greeting(&[(INITIAL_WINDOW, 0)]), requests(34, "/openapi.json")].concat()).await;
    let seen = until_each_has(&mut connection, RST_STREAM, &[65, 67]).await;
    assert!(!seen.contains(&(HEADERS, 65)) && !seen.contains(&(HEADERS, 67)), "{seen:?}");
}

#[tokio::test]
async fn sec_105_a_client_that_opens_every_window_and_reads_nothing_is_cut() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut connection = RawClient::connect_narrow(server.address, 4 << 10).await;
    let windows = [greeting(&[(INITIAL_WINDOW, 0x7fff_ffff)]), frame(WINDOW_UPDATE, 0, 0, &0x7fff_0000_u32.to_be_bytes())].concat();
    connection.send([windows, requests(32, "/openapi.json")].concat()).await;
    within(connection.0.readable()).await.unwrap();
    for _ in 0..4 {
        server.person().gets("/healthz").await.is(200);
        server.clock.advance(seconds(15));
    }
    let got = connection.read_to_end().await.len();
    assert!(got < 1_000_000, "it received {got} bytes: it was not closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_105_windows_of_any_size_cost_little_memory() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    for _ in 0..20 {
        program.person().gets("/openapi.json").await.is(200);
    }
    for (window, count) in [(0, 32), (1, 32), (0x7fff_ffff, 32), (0x7fff_ffff, 1_000)] {
        let before = program.memory();
        let mut connection = RawClient::connect_narrow(program.address, 4 << 10).await;
        let widened = frame(WINDOW_UPDATE, 0, 0, &0x7fff_0000_u32.to_be_bytes());
        connection.send([greeting(&[(INITIAL_WINDOW, window)]), widened, requests(count, "/openapi.json")].concat()).await;
        within(connection.0.readable()).await.unwrap();
        for _ in 0..20 {
            program.person().gets("/healthz").await.is(200);
        }
        let grown = program.memory().saturating_sub(before);
        eprintln!("{count} streams with a window of {window}: {} KiB more memory", grown >> 10);
        assert!(grown < 8 * MIB, "memory grew by {grown} bytes");
    }
}

#[tokio::test]
async fn sec_105_a_head_that_unpacks_to_much_is_refused() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut connection = RawClient::connect(server.address).await;
    // A line of 4,000 bytes that is indexed, and referenced at one byte each from then on.
    let kept = [&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e][..], &[b'y'; 4_000]].concat();
    let (plain, again) = ([block("GET", "/healthz", &[]), kept].concat(), [block("GET", "/healthz", &[]), vec![0xbe; 1_000]].concat());
    connection.send([greeting(&[]), frame(HEADERS, END_STREAM | END_HEADERS, 1, &plain)].concat()).await;
    until_each_has(&mut connection, DATA, &[1]).await;
    connection.send(frame(HEADERS, END_STREAM | END_HEADERS, 3, &again)).await;
    let mut seen = Vec::new();
    while !seen.iter().any(|(kind, _)| *kind == GOAWAY) {
        seen.push(next_frame(&mut connection).await);
    }
    assert!(!seen.contains(&(DATA, 3)), "a million bytes must be refused: {seen:?}");
}

#[tokio::test]
async fn sec_105_windows_and_heads_are_small() {
    let server = TestServer::start().await;
    let mut connection = RawClient::connect(server.address).await;
    connection.send(greeting(&[])).await;
    let (mut settings, mut window) = (Vec::new(), 65_535);
    while settings.is_empty() || window == 65_535 {
        match next_or_end(&mut connection).await.expect("the connection is open") {
            (SETTINGS, 0, payload) if !payload.is_empty() => settings = payload,
            (WINDOW_UPDATE, 0, payload) => window += u32::from_be_bytes(payload.try_into().unwrap()),
            _ => {}
        }
    }
    let says = |name: u16| settings.chunks(6).find(|one| one[..2] == name.to_be_bytes()).map(|one| u32::from_be_bytes(one[2..].try_into().unwrap()));
    assert_eq!((says(3), says(INITIAL_WINDOW), says(6), window), (Some(32), Some(65_536), Some(8_192), 262_144));
    for (turn, lines, whole) in [(0, 30, true), (1, 80, false)] {
        let many = ["x-long"; 100].map(|name| (name, "0123456789012345678901234567890123456789012345678901234567890123456789"));
        let stream = 2 * turn + 1;
        connection.send(frame(HEADERS, END_STREAM | END_HEADERS, stream, &block("GET", "/healthz", &many[..lines]))).await;
        let seen = until_each_has(&mut connection, HEADERS, &[stream]).await;
        if whole {
            until_each_has(&mut connection, DATA, &[stream]).await;
        } else {
            connection.send(frame(PING, 0, 0, &[1; 8])).await;
            let rest = until_each_has(&mut connection, PING, &[0]).await;
            assert!(![seen, rest].concat().contains(&(DATA, stream)), "a head of 8,560 bytes is refused");
        }
    }
}

#[tokio::test]
async fn sec_103_a_client_that_answers_no_ping_is_cut() {
    let server = TestServer::start().await;
    let mut connection = RawClient::connect(server.address).await;
    connection.send([greeting(&[]), requests(1, "/healthz")].concat()).await;
    until_each_has(&mut connection, DATA, &[1]).await;
    for _ in 0..2 {
        server.clock.advance(seconds(10));
        server.person().gets("/healthz").await.is(200);
    }
    within(connection.0.readable()).await.unwrap();
    server.clock.advance(seconds(10));
    connection.read_to_end().await;
}

#[tokio::test]
async fn sec_103_an_idle_connection_is_told_that_it_ends() {
    let server = TestServer::start().await;
    let mut connection = RawClient::connect(server.address).await;
    connection.send([greeting(&[]), requests(1, "/healthz")].concat()).await;
    until_each_has(&mut connection, DATA, &[1]).await;
    for _ in 0..6 {
        server.person().gets("/healthz").await.is(200);
        server.clock.advance(seconds(10));
        connection.send(frame(PING, 0, 0, &[1; 8])).await;
        until_each_has(&mut connection, PING, &[0]).await;
    }
    is_told_the_end(&mut connection).await;
}

#[tokio::test]
async fn sec_105_nobody_ends_a_trusted_proxys_connection_for_the_others() {
    let server = TestServer::with(&["--trusted-proxy", "127.0.0.0/8"]).await;
    let mut connection = RawClient::connect(server.address).await;
    connection.send(greeting(&[])).await;
    for turn in 0..40 {
        let stream = 2 * turn + 1;
        connection.send(frame(HEADERS, END_HEADERS, stream, &block("POST", "/v1/nothing", &[("x-forwarded-for", "192.0.2.1")]))).await;
        for piece in 0..4 {
            connection.send(frame(DATA, if piece == 3 { END_STREAM } else { 0 }, stream, &[b' '; 15_000])).await;
        }
        until_each_has(&mut connection, HEADERS, &[stream]).await;
    }
    connection.send(frame(HEADERS, END_STREAM | END_HEADERS, 81, &block("GET", "/healthz", &[("x-forwarded-for", "192.0.2.2")]))).await;
    until_each_has(&mut connection, DATA, &[81]).await;
}

#[tokio::test]
async fn sec_106_a_connection_too_many_ends_with_its_first_answer() {
    let server = TestServer::with(&["--rate-factor", "0.01"]).await;
    let _held = [
        RawClient::with_pending_request(server.address).await,
        RawClient::with_pending_request(server.address).await,
        RawClient::with_pending_request(server.address).await,
    ];
    let mut connection = RawClient::connect(server.address).await;
    connection.send([greeting(&[]), requests(1, "/healthz")].concat()).await;
    until_each_has(&mut connection, DATA, &[1]).await;
    is_told_the_end(&mut connection).await;
}
