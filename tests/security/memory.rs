//! SEC-100, 110, 114: memory stays limited for any input, and listeners are not affected.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Chat, Person, Program, RawClient, StreamPath, TestServer, head, on_both_paths, seconds};

const MIB: u64 = 1 << 20;

/// Uploads in pieces until the server stops reading; returns the bytes sent and the response.
async fn uploads(program: &Program, path: &str, most: usize) -> (usize, String) {
    let mut connection = RawClient::connect(program.address).await;
    assert!(connection.send(head("POST", path, None, &[("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])).await);
    let piece = format!("{:x}\r\n{}\r\n", 32 << 10, " ".repeat(32 << 10));
    let mut sent = 0;
    while sent < most && connection.send(&piece).await {
        sent += piece.len();
    }
    (sent, String::from_utf8_lossy(&connection.read_to_end().await).into_owned())
}

#[tokio::test]
async fn sec_100_an_upload_without_end_is_cut_and_costs_nothing() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let before = program.memory();
    for path in [chat.path.as_str(), "/v1/chats", "/v1/links", "/v1/approval", "/v1/tickets"] {
        let (sent, answer) = uploads(&program, path, 64 << 20).await;
        assert!(sent < 16 << 20, "{path} took {sent} bytes");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
    }
    let grown = program.memory().saturating_sub(before);
    assert!(grown < 4 * MIB, "{grown} bytes");
    ana.says(&chat, "Still there").await;
}

#[tokio::test]
async fn sec_100_a_body_has_64_kib() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for (more, status) in [(0, 422), (1, 413)] {
        let body = format!("{{\"text\": \"{}\"}}", "x".repeat((64 << 10) - 12 + more));
        assert_eq!(body.len(), (64 << 10) + more);
        let request = || ana.request(reqwest::Method::POST, &chat.path).header("Content-Type", "application/json");
        ana.sends(request().body(body.clone())).await.is(status);
        let pieces: Vec<_> = body.as_bytes().chunks(1_000).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        ana.sends(request().body(reqwest::Body::wrap_stream(futures_util::stream::iter(pieces)))).await.is(status);
    }
}

#[tokio::test]
async fn sec_100_bodies_have_a_shape() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let keys: serde_json::Map<_, _> = (0..65).map(|key| (key.to_string(), json!(0))).collect();
    for (value, field) in [(Value::Object(keys.clone()), "text"), (json!(vec![0; 257]), "text")] {
        let reply = ana.posts(&chat.path, json!({"text": value})).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], json!(field), "{}", reply.text);
        assert!(reply.json["detail"].as_str().unwrap().contains("must not"), "{}", reply.text);
    }
    ana.posts(&chat.path, Value::Object(keys)).await.is_problem(422, "invalid");
    for deep in [16, 17, 128, 30_000] {
        let request = ana.request(reqwest::Method::POST, &chat.path).header("Content-Type", "application/json");
        let reply = ana.sends(request.body(format!("{}{}", "[".repeat(deep), "]".repeat(deep)))).await;
        let (status, code) = if deep == 16 { (422, "invalid") } else { (400, "bad_json") };
        reply.is_problem(status, code);
    }
}

#[tokio::test]
async fn sec_114_a_limit_beyond_the_largest_is_the_largest() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..205 {
        ana.says(&chat, "x").await;
    }
    for limit in ["200", "201", "1000000000", "18446744073709551615", "99999999999999999999999999"] {
        let page = ana.gets(&format!("{}?limit={limit}", chat.path)).await.is(200);
        assert_eq!((page.json["messages"].as_array().unwrap().len(), &page.json["has_more"]), (200, &json!(true)), "{limit}");
        assert_eq!(ana.items(&format!("{}/activity?limit={limit}", chat.path)).await.len(), 200, "{limit}");
        for list in ["members", "links", "knocks"] {
            ana.gets(&format!("{}/{list}?limit={limit}", chat.path)).await.is(200);
        }
    }
    assert_eq!(ana.reads(&chat).await["messages"].as_array().unwrap().len(), 205, "a chat and the node have limits");
}

/// Sends a request with a small receive buffer and does not read.
async fn asks_and_sleeps(program: &Program, path: &str, credential: &str) -> RawClient {
    let mut connection = RawClient::connect_narrow(program.address, 8 << 10).await;
    assert!(connection.send(head("GET", path, Some(credential), &[])).await);
    assert_eq!(connection.read_exact(12).await, b"HTTP/1.1 200");
    connection
}

#[tokio::test]
async fn sec_104_clients_that_do_not_read_a_long_answer_cost_little() {
    const CLIENTS: u64 = 100;
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..100 {
        ana.says(&chat, &format!("{}x", "\u{1}".repeat(8_191))).await;
    }
    for path in [chat.path.clone(), format!("{}?limit=200", chat.path), format!("{}/export", chat.path), "/openapi.json".into()] {
        drop(asks_and_sleeps(&program, &path, &chat.author).await);
        let before = program.memory();
        let mut sleepers = Vec::new();
        for _ in 0..CLIENTS {
            sleepers.push(asks_and_sleeps(&program, &path, &chat.author).await);
        }
        let each = program.memory().saturating_sub(before) / CLIENTS;
        assert!(each <= 128 << 10, "{path}: {each} bytes per client");
    }
    ana.says(&chat, "Still there").await;
}

/// Posts until the node is full.
async fn says_until_refused(owner: &Person, chat: &Chat, text: &str) {
    loop {
        let reply = owner.posts(&chat.path, json!({"text": text})).await;
        if reply.status != 201 {
            reply.is_problem(507, "node_full");
            return;
        }
    }
}

async fn sec_110_a_full_program_refuses_and_never_dies(path: StreamPath) {
    let flags = ["--log", "error", "--rate-factor", "0", "--total-memory", "25165824", "--chat-content", "1000000000", "--chat-entries", "1000000"];
    let program = Program::start_under(&["prlimit", "--as=1073741824"], &path.flags(&flags)).await;
    let (mut ana, mut ben) = (program.person(), program.person());
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    let waits = ben.knocks(&link, "Ben").await;
    let mut stream = ana.follows(&chat).await;
    let mut owners = Vec::new();
    for _ in 0..3 {
        let mut owner = program.person();
        let large = owner.creates_a_chat().await;
        owners.push((owner, large));
    }
    let before = program.memory();
    for length in [8_192, 1_024] {
        for (owner, large) in &owners {
            says_until_refused(owner, large, &"x".repeat(length)).await;
        }
    }
    let grown = program.memory().saturating_sub(before);
    assert!((20 * MIB..36 * MIB).contains(&grown), "{} MiB for 24", grown / MIB);
    for (path, body) in [("/v1/chats", json!({})), (&format!("{}/knocks", link.path), json!({}))] {
        program.person().posts(path, body).await.is_problem(507, "node_full");
    }
    ana.posts("/v1/links", json!({"chat_url": chat.url})).await.is_problem(507, "node_full");
    ana.lets_in(&link, &waits).await;
    ben.says(&chat, "A small chat goes on").await;
    let mut heard = [stream.next().await.name, stream.next().await.name, stream.next().await.name];
    heard.sort_unstable();
    assert_eq!(heard, ["knock_decided", "member_joined", "message"]);
    assert!(program.memory() > 0, "the program still runs");
    for (owner, large) in owners {
        owner.deletes(&large.path).await.is(204);
    }
    let mut eva = program.person();
    let next = eva.creates_a_chat().await;
    eva.says(&next, "There is room again").await;
}

async fn sec_110_expiry_gives_room_again(path: StreamPath) {
    let server = TestServer::with(&path.flags(&["--rate-factor", "0", "--total-memory", "1048576"])).await;
    let (mut ana, mut ben) = (server.person(), server.person());
    let large = ana.creates(json!({"expires_in": 3_600})).await;
    let small = ben.creates(json!({"expires_in": 86_400})).await;
    let link = ben.shares(&small).await;
    let mut stream = ben.follows(&small).await;
    says_until_refused(&ana, &large, &"x".repeat(1_000)).await;
    server.person().posts("/v1/chats", json!({})).await.is_problem(507, "node_full");
    server.person().signs_up("eva").await.is_problem(507, "node_full");
    server.person().posts(&format!("{}/knocks", link.path), json!({})).await.is_problem(507, "node_full");
    server.person().gets(&link.path).await.is_problem(507, "node_full");
    ben.posts("/v1/links", json!({"chat_url": small.url})).await.is_problem(507, "node_full");
    ben.says(&small, "Still room for us").await;
    stream.expect("message").await;
    assert_eq!(ana.reads(&large).await["chat"]["chat_id"], json!(large.id), "what is there can be read");
    server.advance(seconds(3_600) + Duration::from_millis(1)).await;
    let mut cleo = server.person();
    let next = cleo.creates_a_chat().await;
    cleo.says(&next, "There is room again").await;
    server.person().knocks(&link, "Dan").await;
    server.person().signs_up("eva").await.is(201);
    ben.shares(&small).await;
}

on_both_paths!(sec_110_a_full_program_refuses_and_never_dies, sec_110_expiry_gives_room_again);
