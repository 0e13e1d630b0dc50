//! SEC-091: frames that no client of ours would send, and messages that are no commands.

use futures_util::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::socket::commands;
use crate::support::{RawClient, Socket, TestServer, head};

/// The headers of a handshake.
const HANDSHAKE: [(&str, &str); 4] =
    [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")];

/// Sends a message in frames of this size.
async fn in_frames(socket: &mut Socket, text: &str, size: usize) {
    let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
    for (number, piece) in pieces.iter().enumerate() {
        let opcode = OpCode::Data(if number == 0 { Data::Text } else { Data::Continue });
        let frame = Frame::message(piece.to_vec(), opcode, number + 1 == pieces.len());
        // The server may close before the last one.
        if socket.stream.send(Message::Frame(frame)).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn sec_091_a_message_in_frames_counts_as_a_whole() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut socket = Socket::open(&ana).await;
    let text = json!({"ref": 1, "op": "send", "chat_id": chat.id, "text": "In ünequal pieces"}).to_string();
    for size in [1, 7, 1_000] {
        in_frames(&mut socket, &text, size).await;
        assert_eq!(socket.frame().await.unwrap()["ok"]["text"], "In ünequal pieces");
    }
    in_frames(&mut socket, &" ".repeat((64 << 10) + 1), 1_000).await;
    socket.is_closed(1009).await;
}

/// Opens a socket by hand; returns what the server answers.
async fn by_hand(server: &TestServer, credential: Option<&str>, more: &[(&str, &str)], after: &[u8]) -> (RawClient, String) {
    let mut client = RawClient::connect(server.address).await;
    let lines: Vec<_> = HANDSHAKE.iter().chain(more).copied().collect();
    // What follows the handshake is sent with it.
    assert!(client.send([head("GET", "/v1/socket", credential, &lines).as_bytes(), after].concat()).await);
    let mut answer = Vec::new();
    while !answer.windows(4).any(|four| four == b"\r\n\r\n") {
        answer.extend(client.read_exact(1).await);
    }
    (client, String::from_utf8(answer).unwrap())
}

/// Returns a frame as a client must mask it.
fn masked(first: u8, text: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![first, 0x80 | u8::try_from(text.len()).unwrap()];
    frame.extend(mask);
    frame.extend(text.iter().enumerate().map(|(place, byte)| byte ^ mask[place % 4]));
    frame
}

#[tokio::test]
async fn sec_091_nothing_is_compressed_and_frames_with_the_handshake_count() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    ana.creates_a_chat().await;
    let offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"), ("Sec-WebSocket-Protocol", "chat")];
    let command = masked(0x81, br#"{"ref":1,"op":"unsubscribe","me":true}"#);
    let (mut client, answer) = by_hand(&server, ana.credential.as_deref(), &offer, &command).await;
    let answer = answer.to_lowercase();
    assert!(answer.starts_with("http/1.1 101 ") && answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
    assert!(!answer.contains("sec-websocket-extensions") && !answer.contains("sec-websocket-protocol"), "{answer}");
    assert_eq!(client.read_exact(19).await, [&[0x81, 17], &br#"{"ref":1,"ok":{}}"#[..]].concat());
}

#[tokio::test]
async fn sec_091_frames_that_the_protocol_does_not_allow_close_the_socket() {
    let server = TestServer::start().await;
    let mut ana = server.person();
    ana.creates_a_chat().await;
    let unmasked = [&[0x81, 2], &b"{}"[..]].concat();
    for (wrong, code) in [
        (unmasked, 1002_u16),
        (masked(0xc1, b"{}"), 1002),
        (masked(0x83, b"{}"), 1002),
        (masked(0x80, b"{}"), 1002),
        (masked(0x09, b"ping in pieces"), 1002),
        (masked(0x81, b"\xff\xfe"), 1007),
    ] {
        let (mut client, _) = by_hand(&server, ana.credential.as_deref(), &[], &wrong).await;
        let frame = client.read_exact(4).await;
        assert_eq!((frame[0], u16::from_be_bytes([frame[2], frame[3]])), (0x88, code), "{wrong:?}");
    }
    let mut half = RawClient::connect(server.address).await;
    let lines: Vec<_> = HANDSHAKE.into_iter().filter(|(name, _)| *name != "Sec-WebSocket-Key").collect();
    assert!(half.send(head("GET", "/v1/socket", None, &lines)).await);
    assert!(half.response().await.starts_with("HTTP/1.1 400 "));
}

/// Returns the next pseudo-random number (splitmix64).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
}

#[tokio::test]
async fn sec_091_spoilt_commands_are_answered_or_close_the_socket_and_break_nothing() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let seeds: Vec<String> = commands(&chat.id)
        .into_iter()
        .map(|(op, mut fields, ..)| {
            (fields["ref"], fields["op"]) = (json!(7), json!(op));
            fields.to_string()
        })
        .chain([r#"{"ref":7,"op":"authenticate","credential":"x"}"#.into(), r#"{"ref":7,"op":"subscribe","me":true,"after":[]}"#.into()])
        .collect();
    let (mut state, mut answered) = (1, 0);
    let mut socket = Socket::open(&ana).await;
    for round in 0..600 {
        let mut bytes: Vec<char> = seeds[round % seeds.len()].chars().collect();
        for _ in 0..=random(&mut state) % 2 {
            let at = usize::try_from(random(&mut state) % bytes.len() as u64).unwrap();
            let some = ['"', '{', '}', '[', ']', '\\', '\u{0}', '\u{2028}', '9', '-', 'é', ',', ':', ' '];
            match random(&mut state) % 3 {
                0 => drop(bytes.remove(at)),
                1 => bytes.insert(at, some[usize::try_from(random(&mut state) % some.len() as u64).unwrap()]),
                _ => bytes[at] = some[usize::try_from(random(&mut state) % some.len() as u64).unwrap()],
            }
        }
        let frame: String = bytes.into_iter().collect();
        socket.send_text(&frame).await;
        loop {
            match socket.frame().await {
                Ok(answer) if answer.get("ref").is_some() => {
                    assert!(answer["problem"]["status"].as_u64().is_none_or(|status| status < 500), "{frame}: {answer}");
                    answered += 1;
                    break;
                }
                Ok(_) => {}
                Err(code) => {
                    assert_eq!(code, Some(4502), "{frame}");
                    socket = Socket::open(&ana).await;
                    break;
                }
            }
        }
    }
    assert!((100..600).contains(&answered), "{answered}");
    server.person().gets("/healthz").await.is(200);
}
