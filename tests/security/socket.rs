//! SEC-091 and the rows that sockets share with requests: origin, access, limits.

use std::net::Ipv4Addr;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::http::Request;

use crate::fixture::{Fixture, UNKNOWN, Who, absent};
use crate::origins::{FRIEND, OTHERS};
use crate::support::socket::request;
use crate::support::{Person, Program, RawClient, Socket, StreamPath, TestServer, head, within};

fn from_origin(who: &Person, origins: &[&str]) -> Request<()> {
    let mut request = request(who.server, who.credential.as_deref(), "");
    for origin in origins {
        request.headers_mut().append("Origin", origin.parse().unwrap());
    }
    request
}

/// Returns the status of the handshake of a page of these origins.
async fn opens(who: &Person, origins: &[&str]) -> u16 {
    match Socket::try_open(from_origin(who, origins)).await {
        Ok(_) => 101,
        Err((status, body)) => {
            assert_eq!(body["code"], "origin_not_allowed", "{body}");
            status
        }
    }
}

#[tokio::test]
async fn sec_091_only_pages_of_the_server_and_of_listed_origins_open_a_socket() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    ana.creates_a_chat().await;
    let port = server.address.port();
    for own in [format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}"), format!("http://[::1]:{port}")] {
        assert_eq!(opens(&ana, &[&own]).await, 101, "{own}");
    }
    assert_eq!(opens(&ana, &[]).await, 101, "no browser");
    let near = [format!("https://127.0.0.1:{port}"), "http://127.0.0.1".into(), format!("http://127.0.0.1:{port}/"), String::new()];
    for origin in OTHERS.iter().copied().chain([FRIEND]).chain(near.iter().map(String::as_str)) {
        assert_eq!(opens(&ana, &[origin]).await, 403, "{origin}");
        assert_eq!(opens(&ana.nobody(), &[origin]).await, 403, "{origin}");
    }
    assert_eq!(opens(&ana, &[&format!("http://127.0.0.1:{port}"), "https://evil.example"]).await, 403, "two origins");
    let named = TestServer::with(&["--public-url", "https://chat.example.org/parlor", "--cors-origin", FRIEND]).await;
    let eve = named.person();
    let local = format!("http://127.0.0.1:{}", named.address.port());
    for (origin, status) in [("https://chat.example.org", 101), (FRIEND, 101), (&local, 403), ("https://chat.example.org/parlor", 403)] {
        assert_eq!(opens(&eve, &[origin]).await, status, "{origin}");
    }
    for origin in OTHERS {
        assert_eq!(opens(&eve, &[origin]).await, 403, "{origin}");
    }
}

/// The commands to a chat, each with the request that does the same.
pub(crate) fn commands(chat: &str) -> Vec<(&'static str, Value, Method, String, Option<Value>)> {
    let path = |rest: &str| format!("/v1/chats/{chat}{rest}");
    vec![
        ("subscribe", json!({"chat_id": chat}), Method::HEAD, path("/events"), None),
        ("send", json!({"chat_id": chat, "text": "Hello"}), Method::POST, path(""), Some(json!({"text": "Hello"}))),
        ("react", json!({"chat_id": chat, "seq": 5, "emoji": "👍", "added": true}), Method::PUT, path("/messages/5/reactions/👍"), None),
        ("receipt", json!({"chat_id": chat, "read": 4}), Method::PUT, path("/receipt"), Some(json!({"read": 4}))),
        ("edit", json!({"chat_id": chat, "seq": 5, "text": "New"}), Method::PATCH, path("/messages/5"), Some(json!({"text": "New"}))),
        ("delete", json!({"chat_id": chat, "seq": 5}), Method::DELETE, path("/messages/5"), None),
    ]
}

#[tokio::test]
async fn sec_060_a_command_may_do_what_its_request_may() {
    for admission in ["knock", "open"] {
        let fixture = Fixture::on_so(StreamPath::Fanout, admission).await;
        for chat in [fixture.chat.id.clone(), absent().chat, "x".into()] {
            for who in Who::ALL.into_iter().filter(|who| !matches!(who, Who::Nobody | Who::Garbage)) {
                let person = fixture.person(who);
                let mut socket = Socket::open(person).await;
                for (op, fields, method, path, body) in commands(&chat) {
                    let before = fixture.as_owner_sees().await;
                    let answer = socket.asks(op, fields).await;
                    if answer["problem"].is_object() {
                        assert_eq!(fixture.as_owner_sees().await, before, "{op} by {who:?}: a refused command changed something");
                    }
                    let mut request = person.request(method, &path);
                    if let Some(body) = body {
                        request = request.json(&body);
                    }
                    let reply = person.sends(request).await;
                    let expected = if reply.status < 400 { Value::Null } else { json!(reply.status) };
                    assert_eq!(answer["problem"]["status"], expected, "{op} by {who:?} in {chat}: {answer}");
                    if reply.json.is_object() && reply.status >= 400 {
                        assert_eq!((&answer["problem"]["code"], &answer["problem"]["detail"]), (&reply.json["code"], &reply.json["detail"]));
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn sec_060_without_a_credential_no_command_does_anything() {
    let fixture = Fixture::on_so(StreamPath::Fanout, "open").await;
    let refused = Socket::try_open(request(fixture.server.address, Some("not-a-credential"), "")).await.unwrap_err();
    assert_eq!((refused.0, &refused.1["code"]), (401, &json!("unauthenticated")));
    let before = fixture.as_owner_sees().await;
    let mut socket = Socket::open(fixture.person(Who::Nobody)).await;
    for (op, fields, ..) in commands(&fixture.chat.id) {
        socket.fails(op, fields, 401, "unauthenticated").await;
    }
    socket.fails("send", json!({"to": "@ana", "text": "Hello"}), 401, "unauthenticated").await;
    socket.fails("subscribe", json!({"me": true}), 401, "unauthenticated").await;
    assert_eq!(fixture.as_owner_sees().await, before);
}

#[tokio::test]
async fn sec_106_an_address_has_few_sockets_on_which_no_credential_has_proved_valid() {
    let server = TestServer::with(&["--rate-factor", "0.0625"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let opens = async |from: Ipv4Addr, credential: Option<&str>| {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.bind((from, 0).into()).unwrap();
        Socket::try_open_on(tcp, request(server.address, credential, "")).await
    };
    let (here, there) = (Ipv4Addr::new(127, 0, 91, 1), Ipv4Addr::new(127, 0, 91, 2));
    let mut open = Vec::new();
    for number in 0..8 {
        open.push(opens(here, (number < 4).then_some(UNKNOWN)).await.unwrap());
    }
    for credential in [None, Some(UNKNOWN), Some(chat.author.as_str())] {
        let (status, body) = opens(here, credential).await.unwrap_err();
        assert_eq!((status, &body["code"]), (429, &json!("too_many_streams")));
    }
    opens(there, None).await.unwrap();
    let mut last = open.pop().unwrap();
    last.does("authenticate", json!({"credential": chat.author})).await;
    assert!(opens(here, None).await.is_err(), "it has not been used");
    last.does("send", json!({"chat_id": chat.id, "text": "It is me"})).await;
    let again = opens(here, None).await.unwrap();
    assert!(opens(here, None).await.is_err());
    drop(again);
    while opens(here, None).await.is_err() {}
}

#[tokio::test]
async fn sec_106_a_socket_is_a_connection_of_its_address() {
    // One address has half of all connections.
    let server = TestServer::built(&[], |parts| parts.max_connections = 8).await;
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(Socket::open(&server.person()).await);
    }
    let answer = async || {
        let mut more = RawClient::connect(server.address).await;
        more.send(head("GET", "/healthz", None, &[])).await;
        more.response().await
    };
    assert!(answer().await.contains("\"too_many_connections\""));
    drop(sockets.pop());
    within(async { while !answer().await.starts_with("HTTP/1.1 200") {} }).await;
}

#[tokio::test]
async fn sec_106_forty_people_behind_one_address_have_three_sockets_each_and_more_connections_than_strangers() {
    const ROOM: Ipv4Addr = Ipv4Addr::new(127, 0, 40, 7);
    let server = TestServer::start().await;
    let mut teacher = server.person_from(ROOM);
    let chat = teacher.creates_a_chat().await;
    let link = teacher.shares_so(&chat, json!({"auto_approve": true})).await;
    let mut sockets = Vec::new();
    for number in 0..40 {
        let mut pupil = server.person_from(ROOM);
        pupil.knocks(&link, &format!("Pupil {number}")).await;
        // Seven, so that all together are more than an address has connections without a credential.
        for _ in 0..7 {
            let tcp = TcpSocket::new_v4().unwrap();
            tcp.bind((ROOM, 0).into()).unwrap();
            let mut socket = Socket::try_open_on(tcp, request(server.address, pupil.credential.as_deref(), "")).await.unwrap();
            socket.does("subscribe", json!({"chat_id": chat.id})).await;
            sockets.push(socket);
        }
        server.clock.advance(std::time::Duration::from_millis(500));
    }
    teacher.says(&chat, "Good morning").await;
    for socket in &mut sockets {
        while socket.event().await["event"] != "message" {}
    }
}

#[tokio::test]
async fn sec_106_guesses_on_a_socket_cost_what_they_cost_over_http() {
    let server = TestServer::start().await;
    let eve = server.person().showing(UNKNOWN);
    let mut socket = Socket::open(&eve).await;
    let mut guesses = 0;
    while socket.asks("send", json!({"chat_id": absent().chat, "text": "Anybody?"})).await["problem"]["code"] == "not_found" {
        guesses += 1;
    }
    assert!((50..=60).contains(&guesses), "{guesses}");
}

#[tokio::test]
async fn sec_091_sockets_that_read_nothing_cost_128_kib_each_at_most() {
    const STUCK: usize = 100;
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let mut stuck = Vec::new();
    for _ in 0..STUCK {
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.set_recv_buffer_size(4 << 10).unwrap();
        let mut socket = Socket::try_open_on(tcp, request(program.address, ana.credential.as_deref(), "")).await.unwrap();
        socket.does("subscribe", json!({"chat_id": chat.id})).await;
        stuck.push(socket);
    }
    let before = program.memory();
    for _ in 0..100 {
        ana.says(&chat, &"z".repeat(8_000)).await;
    }
    let each = program.memory().saturating_sub(before) / STUCK as u64;
    assert!(each < 128 << 10, "{each} bytes for each");
    ana.says(&chat, "Still there").await;
}
