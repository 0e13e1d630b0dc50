//! SEC-102, 103, 104: connections that are slow, silent, too long or stalled.

use std::time::Duration;

use serde_json::json;

use crate::support::{Chat, DAY, Person, Program, RawClient, StreamPath, TestServer, head, on_both_paths, seconds, within};

/// Returns after the server has accepted everything that connected before.
async fn is_served(server: &TestServer) {
    server.person().gets("/healthz").await.is(200);
}

/// Creates a chat with more text than the buffers of a connection hold.
async fn a_long_chat(server: &TestServer) -> (Person, Chat) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..100 {
        ana.says(&chat, &"x".repeat(8_000)).await;
    }
    (ana, chat)
}

#[tokio::test]
async fn sec_103_a_silent_connection_is_closed() {
    let server = TestServer::start().await;
    let mut silent = RawClient::connect(server.address).await;
    is_served(&server).await;
    server.clock.advance(Duration::from_millis(4_900));
    is_served(&server).await;
    assert!(silent.is_quiet(), "it ends too early");
    server.clock.advance(Duration::from_millis(100));
    assert_eq!(silent.read_to_end().await, b"", "closed after 5 s without a response");
}

#[tokio::test]
async fn sec_103_a_head_that_drips_is_cut_off() {
    for begun in ["", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let server = TestServer::start().await;
        let mut dripping = RawClient::connect(server.address).await;
        dripping.send(begun).await;
        let mut bytes = head("GET", "/healthz", None, &[("X", &"x".repeat(100))]).into_bytes().into_iter();
        for second in 0..5 {
            assert!(!begun.is_empty() || dripping.is_quiet(), "not after {second} s");
            dripping.send([bytes.next().unwrap()]).await;
            is_served(&server).await;
            server.clock.advance(seconds(1));
        }
        let said = String::from_utf8_lossy(&dripping.read_to_end().await).into_owned();
        assert!(!said.contains("HTTP/1.1"), "closed after 5 s without a response: {said:?}");
    }
}

#[tokio::test]
async fn sec_103_an_idle_connection_is_kept_for_75_seconds() {
    let server = TestServer::start().await;
    let mut kept = RawClient::connect(server.address).await;
    for _ in 0..3 {
        kept.send(head("GET", "/healthz", None, &[])).await;
        assert!(kept.response().await.starts_with("HTTP/1.1 200"));
        is_served(&server).await;
        server.clock.advance(seconds(74));
        is_served(&server).await;
        assert!(kept.is_quiet(), "an idle connection is kept");
    }
    server.clock.advance(seconds(1));
    assert_eq!(kept.read_to_end().await, b"");
}

#[tokio::test]
async fn sec_103_a_body_that_drips_is_refused_and_cut_off() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = a_long_chat(&server).await;
    for lines in [("Content-Length", "60000"), ("Transfer-Encoding", "chunked")] {
        let mut dripping = RawClient::connect(server.address).await;
        dripping.send(head("POST", &chat.path, ana.credential.as_deref(), &[("Content-Type", "application/json"), lines])).await;
        for _ in 0..12 {
            dripping.send(if lines.0 == "Content-Length" { &b"{ "[..] } else { b"2\r\n{ \r\n" }).await;
            is_served(&server).await;
            server.clock.advance(seconds(1));
        }
        let said = String::from_utf8(dripping.read_to_end().await).unwrap();
        assert!(said.starts_with("HTTP/1.1 408") && said.contains("\"too_slow\"") && said.to_lowercase().contains("connection: close"), "{said}");
    }
}

#[tokio::test]
async fn sec_103_a_body_that_is_slow_but_comes_along_is_taken() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = a_long_chat(&server).await;
    let body = json!({"text": "y".repeat(8_000), "client_ref": "slow"}).to_string();
    let mut slow = RawClient::connect(server.address).await;
    let length = (body.len() + 30_000).to_string();
    slow.send(head("POST", &chat.path, ana.credential.as_deref(), &[("Content-Type", "application/json"), ("Content-Length", &length)])).await;
    let padded = " ".repeat(30_000) + &body;
    for piece in padded.as_bytes().chunks(2_048) {
        assert!(slow.send(piece).await);
        is_served(&server).await;
        server.clock.advance(seconds(1));
    }
    assert!(slow.response().await.starts_with("HTTP/1.1 201"));
}

async fn sec_103_a_stream_is_not_silence(path: StreamPath) {
    let server = TestServer::on(path).await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"expires_in": 30 * 24 * 3_600})).await;
    let mut stream = ana.follows(&chat).await;
    for _ in 0..20 {
        server.clock.advance(DAY);
        assert_eq!(stream.next_any().await.name, "heartbeat");
    }
    let seq = ana.says(&chat, "Still there?").await;
    assert_eq!(stream.next().await.data["seq"], json!(seq));
}

async fn sec_104_a_reader_that_takes_in_nothing_is_cut_and_others_are_not(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0"])).await;
    let (ana, chat) = a_long_chat(&server).await;
    for path in [format!("{}/events?after=0", chat.path), chat.path.clone(), format!("{}/export", chat.path)] {
        let mut reading = ana.follows(&chat).await;
        let mut stuck = RawClient::connect_narrow(server.address, 4 << 10).await;
        stuck.send(head("GET", &path, ana.credential.as_deref(), &[])).await;
        within(stuck.0.readable()).await.unwrap();
        // It is closed at the latest half a minute after its socket was full, a moment that cannot be observed from outside.
        for _ in 0..4 {
            is_served(&server).await;
            server.clock.advance(seconds(15));
        }
        let got = within(async { stuck.read_to_end().await.len() }).await;
        assert!(got < 300_000, "it received {got} bytes, more than fits into buffers: it was not closed");
        let seq = ana.says(&chat, "Still there?").await;
        assert_eq!(reading.next().await.data["seq"], json!(seq));
    }
}

#[tokio::test]
async fn sec_102_a_long_head_and_a_long_address_are_refused() {
    let server = TestServer::start().await;
    for (lines, length, status) in [(60, 150, "431"), (1, 9_000, "431"), (20, 300, "200")] {
        let mut long = RawClient::connect(server.address).await;
        let value = "x".repeat(length);
        let many: Vec<_> = (0..lines).map(|_| ("X-Long", value.as_str())).collect();
        long.send(head("GET", "/healthz", None, &many)).await;
        assert!(long.response().await.starts_with(&format!("HTTP/1.1 {status}")), "{lines} lines");
    }
}

/// Returns a connection that is kept alive after a response.
async fn an_idle_one(server: &TestServer, path: &str, credential: Option<&str>) -> RawClient {
    let mut connection = RawClient::connect(server.address).await;
    connection.send(head("GET", path, credential, &[])).await;
    assert!(connection.response().await.starts_with("HTTP/1.1 200"));
    connection
}

#[tokio::test]
async fn sec_106_the_connection_that_is_idle_longest_makes_room() {
    let server = TestServer::with(&["--rate-factor", "0.02"]).await;
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(an_idle_one(&server, "/healthz", None).await);
        server.clock.advance(seconds(1));
    }
    held.push(an_idle_one(&server, "/healthz", None).await);
    assert_eq!(held.remove(0).read_to_end().await, b"", "the oldest stream ends");
    assert!(held.iter().all(RawClient::is_quiet), "no other stream ends");
    for connection in &mut held {
        connection.send(head("GET", "/healthz", None, &[])).await;
        assert!(connection.response().await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn sec_106_a_connection_with_a_valid_credential_is_its_persons() {
    let server = TestServer::with(&["--rate-factor", "0.25"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut hers = Vec::new();
    for _ in 0..8 {
        hers.push(an_idle_one(&server, &chat.path, Some(&chat.author)).await);
    }
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(RawClient::with_pending_request(server.address).await);
    }
    is_served(&server).await;
    assert!(hers.iter().all(RawClient::is_quiet), "they are not closed for connections of the address");
    let mut more = RawClient::connect(server.address).await;
    more.send(head("GET", "/healthz", None, &[])).await;
    assert!(more.response().await.starts_with("HTTP/1.1 429"), "the address has reached its limit");
    drop(held.pop());
    let beyond = async {
        loop {
            let mut ninth = RawClient::connect(server.address).await;
            ninth.send(head("GET", &chat.path, Some(&chat.author), &[])).await;
            if ninth.response().await.starts_with("HTTP/1.1 200") {
                return ninth;
            }
        }
    };
    let ninth = within(beyond).await;
    let mut ninth = ninth;
    an_idle_one(&server, "/healthz", None).await;
    assert_eq!(ninth.read_to_end().await, b"", "her ninth counts for the address, and is closed when idle");
}

#[tokio::test]
async fn sec_106_an_address_has_so_many_connections_at_one_time() {
    for (factor, most) in [("1", 256), ("0.25", 64)] {
        let server = TestServer::with(&["--rate-factor", factor]).await;
        let mut held = Vec::new();
        for _ in 0..most {
            held.push(RawClient::with_pending_request(server.address).await);
        }
        for turn in 0..3 {
            let mut more = RawClient::connect(server.address).await;
            more.send(head("GET", "/healthz", None, &[])).await;
            let refusal = String::from_utf8(more.read_to_end().await).unwrap();
            assert!(refusal.starts_with("HTTP/1.1 429") && refusal.contains("\"too_many_connections\""), "{turn}: {refusal}");
            assert!(refusal.contains("retry-after: 5") && refusal.contains("connection: close"), "{refusal}");
        }
        is_served(&server).await;
        drop(held.pop());
        let freed = async {
            loop {
                let mut next = RawClient::connect(server.address).await;
                next.send(head("GET", "/healthz", None, &[])).await;
                if next.response().await.starts_with("HTTP/1.1 200") {
                    return;
                }
            }
        };
        within(freed).await;
    }
}

#[tokio::test]
async fn sec_106_connections_of_a_trusted_proxy_are_not_counted_as_one_clients() {
    let server = TestServer::with(&["--rate-factor", "0.01", "--trusted-proxy", "127.0.0.1"]).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        let mut connection = RawClient::connect(server.address).await;
        connection.send(head("GET", "/healthz", None, &[])).await;
        assert!(connection.response().await.starts_with("HTTP/1.1 200"));
        held.push(connection);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_116_without_files_accepting_pauses_and_goes_on_afterwards() {
    let program =
        Program::start_under(&["prlimit", "--nofile=200:200"], &["--log", "error", "--rate-factor", "0", "--admin-listen", "127.0.0.1:0"]).await;
    let mut held = Vec::new();
    for _ in 0..300 {
        let mut connection = RawClient::connect(program.address).await;
        connection.send(head("GET", "/healthz", None, &[])).await;
        held.push(connection);
    }
    assert!(held[0].response().await.starts_with("HTTP/1.1 200"), "the first connections are served");
    program.operator().gets("/healthz").await.is(200);
    // Three quarters of the files are for connections.
    let are_taken = async { while !program.operator().gets("/metrics").await.is(200).text.contains("\nparlor_connections 150\n") {} };
    within(are_taken).await;
    assert!(held[299].is_quiet(), "the last connections wait");
    let before = program.cpu_time();
    let mut seconds = tokio::time::interval(Duration::from_secs(2));
    seconds.tick().await;
    seconds.tick().await;
    let work = program.cpu_time() - before;
    assert!(work < 40, "{work} hundredths of processor seconds within two idle seconds");
    let last = held.pop().unwrap();
    held.clear();
    let mut last = last;
    assert!(last.response().await.starts_with("HTTP/1.1 200"), "waiting connections are served once there is room");
}

on_both_paths!(sec_103_a_stream_is_not_silence, sec_104_a_reader_that_takes_in_nothing_is_cut_and_others_are_not);
