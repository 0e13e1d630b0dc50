//! Connections: what the sockets of the program are set to, and who has said all they have to say.

use std::time::Duration;

use parlor::http::connection;
use socket2::SockRef;
use tokio::io::AsyncWriteExt as _;

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
        let mut wire = Wire::to(program.address).await;
        assert!(wire.sends(request).await);
        within(wire.0.shutdown()).await.unwrap();
        let answer = String::from_utf8(wire.rest().await).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    }
}
