//! Sockets under stress: slow clients, shutdown, a quiet hour, cuts in the middle of a frame.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use crate::stream_ends::comes_in;
use crate::support::socket::request;
use crate::support::{Chat, Person, Program, Socket, TestServer, seconds, within};

/// Opens a socket on a connection that holds little.
async fn narrow(who: &Person) -> Socket {
    let tcp = TcpSocket::new_v4().unwrap();
    tcp.set_recv_buffer_size(4 << 10).unwrap();
    Socket::try_open_on(tcp, request(who.server, who.credential.as_deref(), "")).await.unwrap()
}

async fn until_open(server: &TestServer, sockets: u64) {
    within(async {
        while server.service.counters().sockets() != sockets {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Returns a chat with this many messages that its owner's socket has not read.
async fn behind(messages: usize) -> (TestServer, Person, Chat, Socket) {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut socket = narrow(&ana).await;
    socket.does("subscribe", json!({"chat_id": chat.id})).await;
    for _ in 0..messages {
        ana.says(&chat, &"z".repeat(8_000)).await;
    }
    (server, ana, chat, socket)
}

#[tokio::test]
async fn a_client_that_reads_nothing_for_half_a_minute_is_cut_and_no_earlier() {
    let (server, _, _, mut stuck) = behind(60).await;
    server.clock.advance(Duration::from_millis(28_900));
    server.person().gets("/healthz").await.is(200);
    assert_eq!(server.service.counters().sockets(), 1, "it ends too early");
    server.clock.advance(Duration::from_millis(200));
    server.person().gets("/healthz").await.is(200);
    assert_eq!(server.service.counters().sockets(), 1, "the code may still arrive");
    server.clock.advance(seconds(1));
    // The kernel itself would give up after 30 s.
    tokio::time::timeout(seconds(15), until_open(&server, 0)).await.expect("it is cut");
    let mut heard = 0;
    while stuck.frame().await.is_ok() {
        heard += 1;
    }
    assert!(heard < 60, "unread data is discarded");
}

#[tokio::test]
async fn a_client_that_reads_on_at_the_last_moment_is_told_that_it_was_slow() {
    let (server, ana, chat, mut stuck) = behind(60).await;
    server.clock.advance(seconds(29));
    server.person().gets("/healthz").await.is(200);
    let mut last = 1;
    let end = loop {
        match stuck.frame().await {
            Ok(frame) if frame["event"] == "message" => last = frame["data"]["seq"].as_u64().unwrap(),
            Ok(_) => {}
            Err(code) => break code,
        }
    };
    assert_eq!(end, Some(4002));
    let mut again = Socket::open(&ana).await;
    again.does("subscribe", json!({"chat_id": chat.id, "after": last})).await;
    for seq in last + 1..=61 {
        assert_eq!(again.expects("message").await["data"]["seq"], seq);
    }
}

#[tokio::test]
async fn a_slow_client_that_reads_in_time_misses_nothing() {
    let (server, _, chat, mut slow) = behind(60).await;
    server.clock.advance(seconds(20));
    for seq in 2..=61 {
        assert_eq!(slow.expects("message").await["data"]["seq"], seq);
    }
    server.clock.advance(seconds(10));
    slow.does("send", json!({"chat_id": chat.id, "text": "Here"})).await;
}

#[tokio::test]
async fn a_quiet_socket_outlives_the_time_limits_of_connections() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut socket = Socket::open(&ana).await;
    socket.does("subscribe", json!({"chat_id": chat.id})).await;
    for _ in 0..720 {
        server.clock.advance(seconds(5));
        socket.does("unsubscribe", json!({"me": true})).await;
    }
    ana.says(&chat, "An hour later").await;
    assert_eq!(socket.expects("message").await["data"]["text"], "An hour later");
}

#[tokio::test]
async fn many_large_commands_exceed_no_limit_of_bytes() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut socket = Socket::open(&ana).await;
    for _ in 0..100 {
        socket.does("send", json!({"chat_id": chat.id, "text": "x".repeat(8_000)})).await;
    }
}

#[tokio::test]
async fn at_shutdown_what_is_acknowledged_is_heard_before_the_close() {
    let mut server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    let (mut first, mut second, mut idle) = (Socket::open(&ana).await, Socket::open(&ben).await, Socket::open(&ana.nobody()).await);
    second.does("subscribe", json!({"chat_id": chat.id})).await;
    let mut last = 0;
    for number in 0..50 {
        last = first.does("send", json!({"chat_id": chat.id, "text": number.to_string()})).await["seq"].as_u64().unwrap();
    }
    let heard = async {
        for seq in last - 49..=last {
            assert_eq!(second.expects("message").await["data"]["seq"], seq);
        }
        for socket in [&mut second, &mut first, &mut idle] {
            socket.is_closed(4001).await;
        }
    };
    tokio::join!(server.shut_down(), heard);
}

#[tokio::test]
async fn what_a_client_has_not_read_at_shutdown_comes_before_the_close() {
    let (mut server, _, chat, mut late) = behind(300).await;
    let reading = async {
        for seq in 2..=301 {
            let event = late.expects("message").await;
            assert_eq!((&event["data"]["chat_id"], &event["data"]["seq"]), (&json!(chat.id), &json!(seq)));
        }
        late.is_closed(4001).await;
    };
    tokio::join!(server.shut_down(), reading);
}

#[tokio::test]
async fn a_client_that_reads_nothing_holds_the_shutdown_up_no_longer_than_the_drain() {
    let mut server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stuck = narrow(&ana).await;
    stuck.does("subscribe", json!({"chat_id": chat.id})).await;
    for _ in 0..300 {
        ana.says(&chat, &"x".repeat(8_192)).await;
    }
    server.shutdown.trigger();
    server.clock.advance(seconds(31));
    server.shut_down().await;
}

/// Deterministic random numbers (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// Follows these chats until each has this head, and is cut off after a random number of frames each time; returns the numbers that were heard.
async fn listens(who: Person, chats: Vec<(String, u64)>, mut random: Random) -> HashMap<String, Vec<u64>> {
    let mut heard: HashMap<String, Vec<u64>> = chats.iter().map(|(chat, _)| (chat.clone(), Vec::new())).collect();
    let mut after: HashMap<String, String> = HashMap::new();
    let is_done = |heard: &HashMap<String, Vec<u64>>| chats.iter().all(|(chat, head)| heard[chat].last() == Some(head));
    let mut cuts = 0;
    while !is_done(&heard) {
        let mut socket = Socket::open(&who).await;
        for (chat, _) in &chats {
            let after = after.get(chat).map_or("0", String::as_str);
            let hello = socket.does("subscribe", json!({"chat_id": chat, "after": after})).await;
            assert_eq!(hello["resumed"], true);
        }
        let frames = if cuts < 20 { random.below(60) } else { u64::MAX };
        for _ in 0..frames {
            if is_done(&heard) {
                break;
            }
            let event = socket.any_event().await;
            let Some(id) = event["id"].as_str() else { continue };
            let chat = event["data"]["chat_id"].as_str().unwrap().to_owned();
            heard.get_mut(&chat).unwrap().push(event["data"]["seq"].as_u64().unwrap());
            after.insert(chat, id.to_owned());
        }
        // Dropped without a closing handshake, perhaps in the middle of a frame.
        cuts += 1;
    }
    heard
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_that_are_cut_lose_nothing_and_double_nothing() {
    const EACH: u64 = 120;
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut writers = JoinSet::new();
    let mut chats = Vec::new();
    let owner = server.account("ana").await;
    for number in 0..3 {
        let chat = owner.clone().creates(json!({"title": number.to_string()})).await;
        let mut socket = Socket::open(&owner).await;
        chats.push((chat.id.clone(), 1 + EACH));
        writers.spawn(async move {
            for turn in 0..EACH {
                let text = format!("{turn} {}", "and more ".repeat(usize::try_from(turn % 30).unwrap()));
                socket.does("send", json!({"chat_id": chat.id, "text": text})).await;
            }
        });
    }
    let mut listeners = JoinSet::new();
    for number in 0..8 {
        listeners.spawn(listens(owner.clone(), chats.clone(), Random(number)));
    }
    writers.join_all().await;
    for heard in listeners.join_all().await {
        for (_, seqs) in heard {
            assert_eq!(seqs, (1..=1 + EACH).collect::<Vec<_>>());
        }
    }
}

/// Prints what an idle socket costs in the program.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: run it alone, in a release build"]
async fn an_idle_socket_costs_6_5_kib_at_most() {
    const SOCKETS: usize = 5_000;
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let mut sockets = Vec::new();
    for _ in 0..100 {
        sockets.push(Socket::open(&ana).await);
    }
    let before = program.memory();
    for _ in 0..SOCKETS {
        let mut socket = Socket::open(&ana).await;
        socket.does("subscribe", json!({"chat_id": chat.id})).await;
        sockets.push(socket);
    }
    let each = (program.memory() - before) / SOCKETS as u64;
    eprintln!("an idle socket with one subscription: {each} bytes");
    assert!(each <= 6_656, "{each}");
    assert_eq!(sockets.pop().unwrap().does("send", json!({"chat_id": chat.id, "text": "Hello"})).await["kind"], Value::from("text"));
}
