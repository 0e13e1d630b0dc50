//! The socket: credentials, subscriptions, time, and what ends it.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::stream_ends::comes_in;
use crate::support::socket::request;
use crate::support::{Chat, Person, RawStream, Socket, TestServer, seconds, within};

/// Returns Ana, the owner of a chat, and Ben, who is in it.
async fn a_chat(server: &TestServer) -> (Person, Person, Chat) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let (ben, _) = comes_in(server, &ana, &chat, "Ben").await;
    (ana, ben, chat)
}

#[tokio::test]
async fn the_first_frame_may_show_the_credential() {
    let server = TestServer::start().await;
    let (ana, _, chat) = a_chat(&server).await;
    let mut socket = Socket::open(&ana.nobody()).await;
    socket.fails("subscribe", json!({"chat_id": chat.id}), 401, "unauthenticated").await;
    for wrong in ["", "nonsense", "a b", "ü"] {
        socket.fails("authenticate", json!({"credential": wrong}), 401, "unauthenticated").await;
    }
    socket.fails("authenticate", json!({"credential": "a.b.c"}), 401, "invalid_token").await;
    socket.fails("authenticate", json!({}), 422, "invalid").await;
    assert_eq!(socket.does("authenticate", json!({"credential": chat.author})).await, json!({}));
    socket.does("subscribe", json!({"chat_id": chat.id})).await;
    server.clock.advance(seconds(6));
    socket.does("send", json!({"chat_id": chat.id, "text": "Still here"})).await;
}

#[tokio::test]
async fn without_a_credential_a_socket_is_closed_after_five_seconds_and_no_earlier() {
    let server = TestServer::start().await;
    let mut socket = Socket::open(&server.person()).await;
    server.clock.advance(std::time::Duration::from_millis(4_900));
    socket.fails("unsubscribe", json!({}), 422, "invalid").await;
    server.clock.advance(std::time::Duration::from_millis(100));
    socket.is_closed(4501).await;
}

#[tokio::test]
async fn each_command_uses_the_credential_that_fits_its_chat() {
    let server = TestServer::start().await;
    let (ana, ben, first) = a_chat(&server).await;
    let mut cleo = server.person();
    let second = cleo.creates_a_chat().await;
    let account = server.account("dora").await;
    let mut socket = Socket::open(&ben).await;
    socket.fails("subscribe", json!({"chat_id": second.id}), 404, "not_found").await;
    socket.does("authenticate", json!({"credential": cleo.credential})).await;
    socket.does("authenticate", json!({"credential": account.credential})).await;
    assert_eq!(socket.does("subscribe", json!({"chat_id": first.id})).await["door"], Value::Null);
    assert_eq!(socket.does("subscribe", json!({"chat_id": second.id})).await["door"], 0);
    socket.does("subscribe", json!({"me": true})).await;
    assert_eq!(socket.expects("state").await["data"]["me"]["username"], "dora");
    assert_eq!(socket.does("send", json!({"chat_id": first.id, "text": "a"})).await["member"]["name"], "Ben");
    assert_eq!(socket.does("send", json!({"chat_id": second.id, "text": "b"})).await["member"]["name"], "Ana");
    for chat in [&first, &second] {
        assert_eq!(socket.expects("message").await["data"]["chat_id"], json!(chat.id));
    }
    assert_eq!(ana.gets(&first.path).await.json["messages"][0]["member"]["id"], 2);
}

#[tokio::test]
async fn a_socket_has_twenty_credentials_and_a_hundred_subscriptions() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.account("ana").await;
    let mut socket = Socket::open(&ana).await;
    let some = |number: u64| json!({"credential": format!("7d4f0a52-0d5e-4f5c-9a43-{number:012x}")});
    for number in 1..20 {
        socket.does("authenticate", some(number)).await;
    }
    let refused = socket.fails("authenticate", some(20), 422, "invalid").await;
    assert_eq!(refused["field"], "credential");
    assert_eq!(socket.does("authenticate", json!({"credential": ana.credential})).await, json!({}), "one that is known");
    let mut chats = Vec::new();
    for number in 0..101 {
        chats.push(ana.creates(json!({"title": number.to_string()})).await.id);
    }
    for chat in &chats[..100] {
        socket.does("subscribe", json!({"chat_id": chat})).await;
    }
    socket.fails("subscribe", json!({"chat_id": chats[100]}), 429, "too_many_streams").await;
    socket.does("subscribe", json!({"chat_id": chats[0], "after": 0})).await;
    socket.expects("member_joined").await;
    socket.does("unsubscribe", json!({"chat_id": chats[1]})).await;
    socket.does("subscribe", json!({"chat_id": chats[100]})).await;
    assert_eq!((server.service.counters().sockets(), server.service.counters().streams()), (1, 100));
    socket.does("send", json!({"chat_id": chats[100], "text": "Here"})).await;
    assert_eq!(socket.expects("message").await["data"]["chat_id"], chats[100]);
    drop(socket);
    while server.service.counters().streams() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn events_have_the_same_bytes_as_over_http() {
    let server = TestServer::start().await;
    let (ana, ben, chat) = a_chat(&server).await;
    ana.posts(&chat.path, json!({"text": "**a** \u{2028} \"b\"\n\nevent: c\ndata: {}\u{85}"})).await.is(201);
    let seq = ana.says(&chat, "d").await;
    ana.patches(&format!("{}/messages/{seq}", chat.path), json!({"text": "e"})).await.is(200);
    let mut stream = RawStream::open(server.address, &format!("{}/events?after=0", chat.path), ben.credential.as_deref(), None).await;
    let mut socket = Socket::open(&ben).await;
    let hello = socket.does("subscribe", json!({"chat_id": chat.id, "after": "0"})).await;
    assert_eq!(serde_json::from_str::<Value>(&stream.next().await.unwrap().data).unwrap(), hello);
    for _ in 0..5 {
        let (event, text) = (stream.next().await.unwrap(), socket.text().await);
        assert_eq!(text, format!(r#"{{"event":"{}","id":"{}","data":{}}}"#, event.name, event.id.unwrap(), event.data));
    }
}

#[tokio::test]
async fn a_frame_that_is_no_command_closes_the_socket() {
    let server = TestServer::start().await;
    let (ana, ..) = a_chat(&server).await;
    let messages = [
        Message::text("hello"),
        Message::text("[]"),
        Message::text(r#"{"op": "send"}"#),
        Message::text(r#"{"ref": 1}"#),
        Message::text(r#"{"ref": null, "op": "send"}"#),
        Message::binary(br#"{"ref": 1, "op": "unsubscribe"}"#.to_vec()),
    ];
    for message in messages {
        let mut socket = Socket::open(&ana).await;
        socket.stream.send(message).await.unwrap();
        socket.is_closed(4502).await;
    }
    let mut socket = Socket::open(&ana).await;
    assert_eq!(socket.fails("sing", json!({}), 422, "invalid").await["field"], "op");
    for reference in [json!("x".repeat(64)), json!(-1), json!(1.5), json!("")] {
        socket.send_text(&json!({"ref": reference, "op": "unsubscribe", "me": true}).to_string()).await;
        assert_eq!(socket.frame().await, Ok(json!({"ref": reference, "ok": {}})));
    }
}

#[tokio::test]
async fn a_message_has_64_kib_at_most_in_one_frame_or_in_several() {
    let server = TestServer::start().await;
    let (ana, _, chat) = a_chat(&server).await;
    let command = |length: usize| {
        let empty = json!({"ref": 1, "op": "send", "chat_id": chat.id, "text": ""}).to_string().len();
        json!({"ref": 1, "op": "send", "chat_id": chat.id, "text": "x".repeat(length - empty)}).to_string()
    };
    let mut socket = Socket::open(&ana).await;
    socket.send_text(&command(64 << 10)).await;
    assert_eq!(socket.frame().await.unwrap()["problem"]["field"], "text");
    socket.send_text(&command((64 << 10) + 1)).await;
    socket.is_closed(1009).await;
}

#[tokio::test]
async fn a_ping_comes_every_25_seconds_and_without_a_pong_for_50_the_socket_closes() {
    let server = TestServer::start().await;
    let (ana, ..) = a_chat(&server).await;
    let (mut lively, mut silent) = (Socket::open(&ana).await, Socket::open(&ana).await);
    // The client answers pings when it reads: the silent one does not.
    for _ in 0..3 {
        server.clock.advance(seconds(15));
        assert_eq!(lively.any_event().await["event"], "heartbeat");
        server.clock.advance(seconds(10));
        loop {
            match within(lively.stream.next()).await {
                Some(Ok(Message::Ping(_))) => break,
                other => assert!(matches!(other, Some(Ok(Message::Text(_)))), "{other:?}"),
            }
        }
        lively.stream.flush().await.unwrap();
        assert_eq!(lively.asks("unsubscribe", json!({"me": true})).await["ok"], json!({}));
    }
    silent.is_closed(4003).await;
    assert_eq!(lively.asks("unsubscribe", json!({"me": true})).await["ok"], json!({}));
}

#[tokio::test]
async fn the_oldest_of_sixteen_streams_and_sockets_makes_room() {
    let server = TestServer::start().await;
    let (ana, ben, chat) = a_chat(&server).await;
    let subscribed = async |who: &Person| {
        let mut socket = Socket::open(who).await;
        socket.does("subscribe", json!({"chat_id": chat.id})).await;
        socket
    };
    let mut oldest = subscribed(&ana).await;
    let mut stream = ana.follows(&chat).await;
    let mut others = Vec::new();
    for _ in 2..16 {
        others.push(subscribed(&ana).await);
    }
    let _bens = subscribed(&ben).await;
    ana.says(&chat, "All hear this").await;
    assert_eq!(oldest.expects("message").await["data"]["text"], "All hear this");
    others.push(subscribed(&ana).await);
    oldest.is_closed(4504).await;
    stream.expect("message").await;
    others.push(subscribed(&ana).await);
    stream.expect("bye").await;
    ana.says(&chat, "Who is here?").await;
    for socket in &mut others {
        while socket.expects("message").await["data"]["text"] != "Who is here?" {}
    }
}

#[tokio::test]
async fn the_end_of_its_session_closes_a_socket() {
    let server = TestServer::start().await;
    let (mut ana, session) = server.signed_in("ana").await;
    let chat = ana.creates(json!({})).await;
    let mut follows = Socket::open(&ana).await;
    follows.does("subscribe", json!({"chat_id": chat.id})).await;
    follows.does("subscribe", json!({"me": true})).await;
    follows.expects("state").await;
    let mut idle = Socket::open(&ana.nobody()).await;
    idle.does("authenticate", json!({"credential": ana.credential})).await;
    let mut several = Socket::open(&ana).await;
    let (ben, _) = comes_in(&server, &ana, &chat, "Ben").await;
    follows.expects("link_created").await;
    several.does("authenticate", json!({"credential": ben.credential})).await;
    several.does("subscribe", json!({"me": true})).await;
    several.expects("state").await;
    ana.deletes(&format!("/v1/sessions/{}", session.id)).await.is(204);
    for socket in [&mut follows, &mut idle, &mut several] {
        let mut event = socket.event().await;
        while event["event"] != "signed_out" {
            event = socket.event().await;
        }
        assert_eq!(event, json!({"event": "signed_out", "data": {"reason": "ended"}}));
    }
    follows.is_closed(4503).await;
    idle.is_closed(4503).await;
    assert_eq!(several.event().await, json!({"event": "bye", "data": {"me": true}}));
    several.does("subscribe", json!({"chat_id": chat.id})).await;
    several.fails("subscribe", json!({"me": true}), 401, "unauthenticated").await;
}

#[tokio::test]
async fn an_access_token_that_expires_closes_nothing() {
    let server = TestServer::start().await;
    let (mut ana, _) = server.signed_in("ana").await;
    let chat = ana.creates(json!({})).await;
    let mut socket = Socket::open(&ana).await;
    for _ in 0..100 {
        server.advance(seconds(10)).await;
        // The client answers pings while it waits for the answer.
        socket.does("unsubscribe", json!({"me": true})).await;
    }
    ana.gets("/v1/me").await.is_problem(401, "invalid_token");
    socket.does("send", json!({"chat_id": chat.id, "text": "Still here"})).await;
}

#[tokio::test]
async fn a_client_that_closes_gets_its_code_back_and_the_permit_is_free() {
    let server = TestServer::start().await;
    let (ana, _, chat) = a_chat(&server).await;
    let mut socket = Socket::open(&ana).await;
    socket.does("subscribe", json!({"chat_id": chat.id})).await;
    socket.stream.close(Some(CloseFrame { code: 1000.into(), reason: "done".into() })).await.unwrap();
    assert_eq!(socket.frame().await, Err(Some(1000)));
    assert_eq!(socket.frame().await, Err(None));
    while server.service.counters().sockets() > 0 || server.service.counters().streams() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_socket_is_refused_as_any_request_is() {
    let server = TestServer::start().await;
    let (ana, ..) = a_chat(&server).await;
    for path in ["/v1/socket", "/v1/socket/"] {
        let reply = ana.gets(path).await.is_problem(426, "upgrade_required");
        assert_eq!((reply.header("upgrade"), reply.header("sec-websocket-version")), (Some("websocket"), Some("13")));
    }
    let refused = async |request| Socket::try_open(request).await.unwrap_err();
    assert_eq!(refused(request(server.address, Some("a.b.c"), "")).await.1["code"], "invalid_token");
    let mut old = request(server.address, None, "");
    old.headers_mut().insert("Sec-WebSocket-Version", "8".parse().unwrap());
    assert_eq!(refused(old).await.0, 426);
    assert_eq!(refused(request(server.address, ana.credential.as_deref(), "?ticket=x")).await.1["field"], "ticket");
    assert_eq!(refused(request(server.address, None, "?ticket=x")).await.1["code"], "not_found");
}
