//! Connections: what the sockets of the program are set to, and who has said all they have to say.

use std::time::Duration;

use parlor::http::connection;
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{Program, Wire, head, within};

#[tokio::test]
async fn accepted_sockets_are_set_as_the_listener_is() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let listener = connection::listen(address.parse().unwrap()).unwrap();
        let _client = Wire::to(listener.local_addr().unwrap()).await;
        let (accepted, _) = within(listener.accept()).await.unwrap();
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap(), "small writes leave at once");
        assert_eq!(socket.send_buffer_size().unwrap(), 2 * (32 << 10), "twice what was asked for, as Linux has it");
        assert_eq!(socket.recv_buffer_size().unwrap(), 2 * (32 << 10));
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(30)));
    }
}

#[tokio::test]
async fn whoever_sends_nothing_more_is_answered_what_they_asked() {
    let program = Program::starts(&[]).await;
    let json = [("Content-Type", "application/json"), ("Content-Length", "2")];
    let asked = [(head("GET", "/healthz", None, &[]), "200 OK"), (head("POST", "/v1/chats", None, &json) + "{}", "201 Created")];
    for (request, status) in asked {
        let answer = answered_behind_the_end(&program, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    }
}

#[tokio::test]
async fn whoever_sends_nothing_more_is_answered_all_of_it() {
    let program = Program::starts(&["--rate-factor", "0"]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..50 {
        ana.says(&chat, &"x".repeat(4_000)).await;
    }
    let export = head("GET", &format!("{}/export", chat.path), Some(&chat.author), &[]);
    let answer = answered_behind_the_end(&program, &export).await;
    assert!(answer.len() > 50 * 4_000 && answer.ends_with("\r\n0\r\n\r\n"), "{} bytes", answer.len());
}

#[tokio::test]
async fn whoever_sends_what_nobody_reads_is_answered_all_of_it() {
    let program = Program::starts(&[]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..12 {
        ana.says(&chat, &"x".repeat(4_000)).await;
    }
    let read = head("GET", &chat.path, Some(&chat.author), &[("Connection", "close")]);
    let and_more = read + &"more".repeat(5 << 10);
    // Who reads slowly finds the end of the answer still in the kernel, which a reset would take away: not each time.
    for _ in 0..50 {
        let mut wire = Wire::narrow(program.address, 4 << 10).await;
        assert!(wire.sends(&and_more).await);
        let mut answer = Vec::new();
        within(wire.0.read_to_end(&mut answer)).await.expect("an end, and no reset");
        assert!(answer.len() > 12 * 4_000 && answer.ends_with(b"}"), "{} bytes", answer.len());
    }
}

/// What comes for a request behind which nothing will be sent.
async fn answered_behind_the_end(program: &Program, request: &str) -> String {
    let mut wire = Wire::to(program.address).await;
    assert!(wire.sends(request).await);
    within(wire.0.shutdown()).await.unwrap();
    String::from_utf8(wire.rest().await).unwrap()
}
