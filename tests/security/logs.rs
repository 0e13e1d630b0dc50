//! SEC-190, SEC-191: the log contains no credentials and no user text, and no control characters.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::fixture::UNKNOWN;
use crate::support::{Chat, Knock, Link, Person, Program, ProgramOutput, RawClient, StreamPath, head, on_both_paths, within};

/// Texts that people write into every text field.
const WORDS: [&str; 6] = ["whispered-words", "whispered-name", "whispered-note", "whispered-title", "whispered-label", "whispered-reason"];

/// Two people meet and talk; returns their responses, for the ids in them.
async fn two_people_meet(address: SocketAddr) -> (Chat, Link, Knock, String) {
    let (mut ana, mut ben) = (Person::new(address, Ipv4Addr::new(127, 1, 0, 1)), Person::new(address, Ipv4Addr::new(127, 1, 0, 2)));
    let chat = ana.creates(json!({"name": WORDS[1], "title": WORDS[3]})).await;
    let link = ana.shares_so(&chat, json!({"label": WORDS[4]})).await;
    let mut owners = ana.follows(&chat).await;
    let body = json!({"name": WORDS[1], "note": WORDS[2]});
    let json = ben.posts(&format!("{}/knocks", link.path), body).await.is(201).json;
    let text = |field: &str| json[field].as_str().unwrap().to_owned();
    let knock = Knock { id: text("knock_id"), client: text("client_id"), json: json.clone() };
    owners.expect("knock").await;
    ben.credential = Some(knock.client.clone());
    let mut waiting = ben.waits(&link).await;
    let decision = json!({"link_url": link.url, "knock_id": knock.id, "reason": WORDS[5], "author_id": chat.author});
    ana.nobody().posts("/v1/approval", decision).await.is(200);
    waiting.expect("knock_decided").await;
    ana.says(&chat, WORDS[0]).await;
    ben.nobody().posts(&chat.path, json!({"text": WORDS[0], "user_id": knock.client})).await.is(201);
    ben.nobody().gets(&format!("{}?client_id={}", link.path, knock.client)).await.is(200);
    let ticket = ben.posts("/v1/tickets", json!({"chat_id": chat.id})).await.is(201).json["ticket"].as_str().unwrap().to_owned();
    drop(ben.nobody().hears(&format!("{}/events?ticket={ticket}", chat.path)).await);
    fails(&ana, &chat, &link).await;
    ana.removes(&chat, 2).await.is(204);
    ana.deletes(&chat.path).await.is(204);
    (chat, link, knock, ticket)
}

/// Requests that fail, with secrets in the wrong places.
async fn fails(ana: &Person, chat: &Chat, link: &Link) {
    let strange = ana.showing(UNKNOWN);
    strange.gets(&chat.path).await.is(404);
    strange.gets(&format!("/v1/{}", chat.id)).await.is(404);
    strange.gets(&format!("/l/{}/{}", link.id, chat.author)).await.is(404);
    ana.posts(&chat.path, json!({ WORDS[0]: WORDS[0] })).await.is(422);
    ana.posts(&chat.path, json!([WORDS[0]])).await.is(422);
    ana.gets(&format!("{}?limit={}", chat.path, WORDS[0])).await.is(422);
    let basic = ana.nobody().request(reqwest::Method::GET, &chat.path).header("Authorization", format!("Basic {}", chat.author));
    ana.sends(basic).await.is(401);
}

/// Sends the same person's read over HTTP/2; returns the status.
async fn reads_over_http2(address: SocketAddr, path: &str, credential: &str) -> u16 {
    let (mut client, connection) = within(h2::client::handshake(RawClient::connect(address).await.0)).await.unwrap();
    tokio::spawn(connection);
    let request = axum::http::Request::get(format!("http://{address}{path}")).header("authorization", format!("Bearer {credential}"));
    let (answer, _) = client.send_request(request.body(()).unwrap(), true).unwrap();
    within(answer).await.unwrap().status().as_u16()
}

async fn sec_190_neither_the_log_nor_the_numbers_have_secrets_or_words(path: StreamPath) {
    let program = Program::start(&path.flags(&["--log", "trace", "--rate-factor", "0", "--admin-listen", "127.0.0.1:0"])).await;
    let address = program.address;
    let (chat, link, knock, ticket) = two_people_meet(address).await;
    let strange = program.person_from([127, 1, 0, 3]);
    let odd = reqwest::Method::from_bytes(format!("X-{}", chat.author).as_bytes()).unwrap();
    strange.sends(strange.request(odd, &chat.path).header("User-Agent", WORDS[0]).header("X-Request-Id", WORDS[1])).await.is(405);
    assert_eq!(reads_over_http2(address, &format!("{}?client_id={}", link.path, knock.client), &chat.author).await, 422);
    let numbers = program.operator().gets("/metrics").await.is(200).text;
    let ProgramOutput { printed, logged, .. } = program.stop("TERM").await;
    assert!(logged.contains("/v1/chats/{chat_id}") && numbers.contains("/v1/chats/{chat_id}"), "the sources are empty: {logged} {numbers}");
    for (what, output) in [("stdout", &printed), ("stderr", &logged), ("numbers", &numbers)] {
        let secrets = [&chat.id, &chat.author, &link.id, &knock.client, &knock.id, &ticket];
        for secret in secrets.into_iter().map(String::as_str).chain(WORDS).chain([UNKNOWN, "127.1.0."]) {
            assert!(!output.contains(secret), "{secret} is in {what}:\n{output}");
        }
    }
}

/// Parses the lines of a log, each of which must be an object.
fn lines(logged: &str) -> Vec<Value> {
    logged.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[tokio::test]
async fn sec_190_a_line_tells_which_request_it_was_and_how_it_went() {
    let program = Program::start(&["--log", "info"]).await;
    let mut ana = program.person_from([127, 1, 0, 1]);
    let chat = ana.creates_a_chat().await;
    let there = ana.gets(&chat.path).await.is(200);
    let nowhere = ana.gets(&format!("/x/{}", chat.id)).await.is(404);
    let ProgramOutput { logged, .. } = program.stop("TERM").await;
    let lines = lines(&logged);
    for (reply, route) in [(&there, "/v1/chats/{chat_id}"), (&nowhere, "-")] {
        let id = json!(reply.header("x-request-id").unwrap());
        let line = lines.iter().find(|line| line["request_id"] == id).unwrap_or_else(|| panic!("no line for {route}: {logged}"));
        let (method, status) = (json!("GET"), json!(reply.status));
        assert_eq!((&line["route"], &line["method"], &line["status"]), (&json!(route), &method, &status));
        assert!(line["ms"].as_f64().is_some_and(|ms| ms > 0.0) && line["level"] == "INFO" && line["timestamp"].is_string(), "{line}");
    }
}

#[tokio::test]
async fn sec_190_a_flood_that_is_refused_does_not_fill_the_log() {
    for (level, expected) in [("info", 0), ("debug", 5)] {
        let program = Program::start(&["--log", &format!("parlor={level}")]).await;
        let mut ana = program.person_from([127, 1, 0, 1]);
        let chat = ana.creates_a_chat().await;
        let link = ana.shares(&chat).await;
        let mut eve = program.person_from([127, 1, 0, 2]);
        let knock = eve.knocks(&link, "Eve").await;
        ana.declines(&link, &knock).await;
        for _ in 0..5 {
            eve.nobody().posts(&format!("{}/knocks", link.path), json!({"name": "Eve"})).await.is_problem(429, "declined_recently");
        }
        let ProgramOutput { logged, .. } = program.stop("TERM").await;
        let refused = lines(&logged).iter().filter(|line| line["status"] == 429).count();
        assert_eq!(refused, expected, "{level}: {logged}");
    }
}

/// Text that controls a terminal: an escape sequence, a single-byte introducer, a line end, a direction override.
const CONTROLS: &str = "\u{1b}[2J\u{9b}31m\r\n\u{7}\u{202e}";

#[tokio::test]
async fn sec_191_no_control_character_reaches_the_log() {
    let program = Program::start(&["--log", "trace", "--rate-factor", "0"]).await;
    let mut ana = program.person_from([127, 1, 0, 1]);
    let chat = ana.creates_a_chat().await;
    let link = ana.shares(&chat).await;
    ana.posts("/v1/chats", json!({"name": CONTROLS})).await.is(422);
    ana.posts("/v1/links", json!({"chat_url": CONTROLS})).await.is(404);
    ana.posts("/v1/links", json!({"chat_url": chat.url, "label": CONTROLS})).await.is(422);
    ana.nobody().posts(&format!("{}/knocks", link.path), json!({"name": CONTROLS, "note": CONTROLS})).await.is(422);
    ana.says(&chat, CONTROLS).await;
    ana.posts(&chat.path, json!({CONTROLS: 1})).await.is(422);
    ana.gets("/%1b%5b2J%0d%0a%07/%c2%9b").await.is(404);
    ana.gets(&format!("{}?limit=%1b[2J", chat.path)).await.is(422);
    let hostile = reqwest::header::HeaderValue::from_bytes(b"x\x9b31m\xe2\x80\xae").unwrap();
    ana.sends(ana.request(reqwest::Method::GET, &chat.path).header("User-Agent", &hostile).header("Last-Event-ID", &hostile)).await.is(200);
    let ProgramOutput { logged, .. } = program.stop("TERM").await;
    assert!(lines(&logged).len() >= 10, "{logged}");
    let odd: Vec<char> = logged.chars().filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}').collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[tokio::test]
async fn sec_117_a_log_that_nobody_reads_holds_nobody_up() {
    const REQUESTS: usize = 6_000;
    let program = Program::start_unread(&["--log", "info", "--rate-factor", "0"]).await;
    let (mut read, mut write) = RawClient::connect(program.address).await.0.into_split();
    let asking = tokio::spawn(async move {
        for _ in 0..REQUESTS {
            write.write_all(head("GET", "/healthz", None, &[]).as_bytes()).await.unwrap();
        }
        write
    });
    let (mut answers, mut piece) = (0, vec![0; 64 << 10]);
    let mut kept = Vec::new();
    while answers < REQUESTS {
        let count = within(read.read(&mut piece)).await.unwrap();
        assert!(count > 0, "the connection ended after {answers} answers");
        kept.extend_from_slice(&piece[..count]);
        let mark = b"HTTP/1.1 200";
        answers += kept.windows(mark.len()).filter(|part| part == mark).count();
        kept.drain(..kept.len().saturating_sub(mark.len() - 1));
    }
    drop(within(asking).await.unwrap());
    program.person_from([127, 0, 0, 1]).gets("/readyz").await.is(200);
    let ProgramOutput { logged, .. } = program.stop("TERM").await;
    assert!(logged.lines().count() < REQUESTS, "the log was complete although it was not read");
}

on_both_paths!(sec_190_neither_the_log_nor_the_numbers_have_secrets_or_words);
