//! SEC-102, 103, 104: connections that are slow, silent, too long or stuck.

use std::time::Duration;

use serde_json::json;

use crate::world::{Chat, DAY, Person, Program, Wire, World, head, seconds, within};

/// Everything that was connected before was accepted before this is answered.
async fn is_served(world: &World) {
    world.person().gets("/healthz").await.is(200);
}

/// A chat that says more than the buffers of a connection take in.
async fn a_long_chat(world: &World) -> (Person, Chat) {
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..100 {
        ana.says(&chat, &"x".repeat(8_000)).await;
    }
    (ana, chat)
}

#[tokio::test]
async fn sec_103_a_silent_connection_is_closed() {
    let world = World::open().await;
    let mut silent = Wire::to(world.address).await;
    is_served(&world).await;
    world.clock.advance(Duration::from_millis(4_900));
    is_served(&world).await;
    assert!(silent.is_quiet(), "not before its time");
    world.clock.advance(Duration::from_millis(100));
    assert_eq!(silent.rest().await, b"", "closed after 5 s, without a word");
}

#[tokio::test]
async fn sec_103_a_head_that_drips_is_cut_off() {
    for begun in ["", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let world = World::open().await;
        let mut dripping = Wire::to(world.address).await;
        dripping.sends(begun).await;
        let mut bytes = head("GET", "/healthz", None, &[("X", &"x".repeat(100))]).into_bytes().into_iter();
        for second in 0..5 {
            assert!(!begun.is_empty() || dripping.is_quiet(), "not after {second} s");
            dripping.sends([bytes.next().unwrap()]).await;
            is_served(&world).await;
            world.clock.advance(seconds(1));
        }
        let said = String::from_utf8_lossy(&dripping.rest().await).into_owned();
        assert!(!said.contains("HTTP/1.1"), "cut after 5 s, without an answer: {said:?}");
    }
}

#[tokio::test]
async fn sec_103_an_idle_connection_is_kept_for_75_seconds() {
    let world = World::open().await;
    let mut kept = Wire::to(world.address).await;
    for _ in 0..3 {
        kept.sends(head("GET", "/healthz", None, &[])).await;
        assert!(kept.answer().await.starts_with("HTTP/1.1 200"));
        is_served(&world).await;
        world.clock.advance(seconds(74));
        is_served(&world).await;
        assert!(kept.is_quiet(), "an idle connection is kept");
    }
    world.clock.advance(seconds(1));
    assert_eq!(kept.rest().await, b"");
}

#[tokio::test]
async fn sec_103_a_body_that_drips_is_refused_and_cut_off() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = a_long_chat(&world).await;
    for lines in [("Content-Length", "60000"), ("Transfer-Encoding", "chunked")] {
        let mut dripping = Wire::to(world.address).await;
        dripping.sends(head("POST", &chat.path, ana.credential.as_deref(), &[("Content-Type", "application/json"), lines])).await;
        for _ in 0..12 {
            dripping.sends(if lines.0 == "Content-Length" { &b"{ "[..] } else { b"2\r\n{ \r\n" }).await;
            is_served(&world).await;
            world.clock.advance(seconds(1));
        }
        let said = String::from_utf8(dripping.rest().await).unwrap();
        assert!(said.starts_with("HTTP/1.1 408") && said.contains("\"too_slow\"") && said.to_lowercase().contains("connection: close"), "{said}");
    }
}

#[tokio::test]
async fn sec_103_a_body_that_is_slow_but_comes_along_is_taken() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = a_long_chat(&world).await;
    let body = json!({"text": "y".repeat(8_000), "client_ref": "slow"}).to_string();
    let mut slow = Wire::to(world.address).await;
    let length = (body.len() + 30_000).to_string();
    slow.sends(head("POST", &chat.path, ana.credential.as_deref(), &[("Content-Type", "application/json"), ("Content-Length", &length)])).await;
    let padded = " ".repeat(30_000) + &body;
    for piece in padded.as_bytes().chunks(2_048) {
        assert!(slow.sends(piece).await);
        is_served(&world).await;
        world.clock.advance(seconds(1));
    }
    assert!(slow.answer().await.starts_with("HTTP/1.1 201"));
}

#[tokio::test]
async fn sec_103_a_stream_is_not_silence() {
    let world = World::open().await;
    let mut ana = world.person();
    let chat = ana.creates(json!({"expires_in": 30 * 24 * 3_600})).await;
    let mut hearing = ana.follows(&chat).await;
    for _ in 0..20 {
        world.clock.advance(DAY);
        assert_eq!(hearing.beat().await.name, "heartbeat");
    }
    let seq = ana.says(&chat, "Still there?").await;
    assert_eq!(hearing.next().await.data["seq"], json!(seq));
}

#[tokio::test]
async fn sec_104_a_reader_that_takes_in_nothing_is_cut_and_others_are_not() {
    let world = World::with(&["--rate-factor", "0"]).await;
    let (ana, chat) = a_long_chat(&world).await;
    for path in [format!("{}/events?after=0", chat.path), chat.path.clone(), format!("{}/export", chat.path)] {
        let mut reading = ana.follows(&chat).await;
        let mut stuck = Wire::narrow(world.address, 4 << 10).await;
        stuck.sends(head("GET", &path, ana.credential.as_deref(), &[])).await;
        within(stuck.0.readable()).await.unwrap();
        // It is cut at the latest half a minute after its socket was full, which from outside cannot be seen.
        for _ in 0..4 {
            is_served(&world).await;
            world.clock.advance(seconds(15));
        }
        let got = within(async { stuck.rest().await.len() }).await;
        assert!(got < 300_000, "it got {got} bytes, which is more than fits into buffers: nobody cut it");
        let seq = ana.says(&chat, "Still there?").await;
        assert_eq!(reading.next().await.data["seq"], json!(seq));
    }
}

#[tokio::test]
async fn sec_102_a_long_head_and_a_long_address_are_refused() {
    let world = World::open().await;
    for (lines, length, status) in [(60, 150, "431"), (1, 9_000, "431"), (20, 300, "200")] {
        let mut long = Wire::to(world.address).await;
        let value = "x".repeat(length);
        let many: Vec<_> = (0..lines).map(|_| ("X-Long", value.as_str())).collect();
        long.sends(head("GET", "/healthz", None, &many)).await;
        assert!(long.answer().await.starts_with(&format!("HTTP/1.1 {status}")), "{lines} lines");
    }
}

/// A connection that has had an answer, and is kept.
async fn an_idle_one(world: &World, path: &str, credential: Option<&str>) -> Wire {
    let mut wire = Wire::to(world.address).await;
    wire.sends(head("GET", path, credential, &[])).await;
    assert!(wire.answer().await.starts_with("HTTP/1.1 200"));
    wire
}

#[tokio::test]
async fn sec_106_the_connection_that_is_idle_longest_makes_room() {
    let world = World::with(&["--rate-factor", "0.02"]).await;
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(an_idle_one(&world, "/healthz", None).await);
        world.clock.advance(seconds(1));
    }
    held.push(an_idle_one(&world, "/healthz", None).await);
    assert_eq!(held.remove(0).rest().await, b"", "the first ends");
    assert!(held.iter().all(Wire::is_quiet), "and no other");
    for wire in &mut held {
        wire.sends(head("GET", "/healthz", None, &[])).await;
        assert!(wire.answer().await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn sec_106_a_connection_with_a_valid_credential_is_its_persons() {
    let world = World::with(&["--rate-factor", "0.25"]).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let mut hers = Vec::new();
    for _ in 0..8 {
        hers.push(an_idle_one(&world, &chat.path, Some(&chat.author)).await);
    }
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(Wire::busy(world.address).await);
    }
    is_served(&world).await;
    assert!(hers.iter().all(Wire::is_quiet), "they make no room for those of the address");
    let mut more = Wire::to(world.address).await;
    more.sends(head("GET", "/healthz", None, &[])).await;
    assert!(more.answer().await.starts_with("HTTP/1.1 429"), "the address has as many as it may");
    drop(held.pop());
    let beyond = async {
        loop {
            let mut ninth = Wire::to(world.address).await;
            ninth.sends(head("GET", &chat.path, Some(&chat.author), &[])).await;
            if ninth.answer().await.starts_with("HTTP/1.1 200") {
                return ninth;
            }
        }
    };
    let ninth = within(beyond).await;
    let mut ninth = ninth;
    an_idle_one(&world, "/healthz", None).await;
    assert_eq!(ninth.rest().await, b"", "her ninth counts as the address's, and makes room where it is idle");
}

#[tokio::test]
async fn sec_106_an_address_has_so_many_connections_at_one_time() {
    for (factor, most) in [("1", 256), ("0.25", 64)] {
        let world = World::with(&["--rate-factor", factor]).await;
        let mut held = Vec::new();
        for _ in 0..most {
            held.push(Wire::busy(world.address).await);
        }
        for turn in 0..3 {
            let mut more = Wire::to(world.address).await;
            more.sends(head("GET", "/healthz", None, &[])).await;
            let refusal = String::from_utf8(more.rest().await).unwrap();
            assert!(refusal.starts_with("HTTP/1.1 429") && refusal.contains("\"too_many_connections\""), "{turn}: {refusal}");
            assert!(refusal.contains("retry-after: 5") && refusal.contains("connection: close"), "{refusal}");
        }
        is_served(&world).await;
        drop(held.pop());
        let freed = async {
            loop {
                let mut next = Wire::to(world.address).await;
                next.sends(head("GET", "/healthz", None, &[])).await;
                if next.answer().await.starts_with("HTTP/1.1 200") {
                    return;
                }
            }
        };
        within(freed).await;
    }
}

#[tokio::test]
async fn sec_106_connections_of_a_trusted_proxy_are_not_counted_as_one_clients() {
    let world = World::with(&["--rate-factor", "0.01", "--trusted-proxy", "127.0.0.1"]).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        let mut wire = Wire::to(world.address).await;
        wire.sends(head("GET", "/healthz", None, &[])).await;
        assert!(wire.answer().await.starts_with("HTTP/1.1 200"));
        held.push(wire);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_116_without_files_accepting_pauses_and_goes_on_afterwards() {
    let program =
        Program::starts_under(&["prlimit", "--nofile=200:200"], &["--log", "error", "--rate-factor", "0", "--admin-listen", "127.0.0.1:0"]).await;
    let mut held = Vec::new();
    for _ in 0..300 {
        let mut wire = Wire::to(program.address).await;
        wire.sends(head("GET", "/healthz", None, &[])).await;
        held.push(wire);
    }
    assert!(held[0].answer().await.starts_with("HTTP/1.1 200"), "those who came first are served");
    program.runner().gets("/healthz").await.is(200);
    // Three quarters of the files are for connections.
    let are_taken = async { while !program.runner().gets("/metrics").await.is(200).text.contains("\nparlor_connections 150\n") {} };
    within(are_taken).await;
    assert!(held[299].is_quiet(), "those who came last wait");
    let before = program.work();
    let mut seconds = tokio::time::interval(Duration::from_secs(2));
    seconds.tick().await;
    seconds.tick().await;
    let work = program.work() - before;
    assert!(work < 40, "it takes {work} hundredths of a processor in two seconds, with nothing to do");
    let last = held.pop().unwrap();
    held.clear();
    let mut last = last;
    assert!(last.answer().await.starts_with("HTTP/1.1 200"), "who waited is served once there is room");
}
