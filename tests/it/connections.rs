//! Connections: socket options, and clients that half-close.

use std::time::Duration;

use parlor::transport::server;
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Program, RawClient, head, within};

#[tokio::test]
async fn accepted_sockets_are_set_as_the_listener_is() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let listener = server::listen(address.parse().unwrap()).unwrap();
        let _client = RawClient::connect(listener.local_addr().unwrap()).await;
        let (accepted, _) = within(listener.accept()).await.unwrap();
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap(), "TCP_NODELAY is set");
        assert_eq!(socket.send_buffer_size().unwrap(), 2 * (32 << 10), "Linux doubles the requested size");
        assert_eq!(socket.recv_buffer_size().unwrap(), 2 * (32 << 10));
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(30)));
    }
}

#[tokio::test]
async fn whoever_sends_nothing_more_is_answered_what_they_asked() {
    let program = Program::start(&[]).await;
    let json = [("Content-Type", "application/json"), ("Content-Length", "2")];
    let asked = [(head("GET", "/healthz", None, &[]), "200 OK"), (head("POST", "/v1/chats", None, &json) + "{}", "201 Created")];
    for (request, status) in asked {
        let answer = answered_behind_the_end(&program, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    }
}

#[tokio::test]
async fn whoever_sends_nothing_more_is_answered_all_of_it() {
    let program = Program::start(&["--rate-factor", "0"]).await;
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
    let program = Program::start(&[]).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    for _ in 0..12 {
        ana.says(&chat, &"x".repeat(4_000)).await;
    }
    let read = head("GET", &chat.path, Some(&chat.author), &[("Connection", "close")]);
    let and_more = read + &"more".repeat(5 << 10);
    // A slow reader finds the end of the response still in the kernel, where a reset would discard it, though not every time.
    for _ in 0..50 {
        let mut connection = RawClient::connect_narrow(program.address, 4 << 10).await;
        assert!(connection.send(&and_more).await);
        let mut answer = Vec::new();
        within(connection.0.read_to_end(&mut answer)).await.expect("the connection ends without a reset");
        assert!(answer.len() > 12 * 4_000 && answer.ends_with(b"}"), "{} bytes", answer.len());
    }
}

/// Sends a request, half-closes the connection, and returns the response.
async fn answered_behind_the_end(program: &Program, request: &str) -> String {
    let mut connection = RawClient::connect(program.address).await;
    assert!(connection.send(request).await);
    within(connection.0.shutdown()).await.unwrap();
    String::from_utf8(connection.read_to_end().await).unwrap()
}
