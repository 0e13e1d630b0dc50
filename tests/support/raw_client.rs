//! A client that sends raw bytes at any time and observes when its connection is closed.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::within;

/// A bare connection. Dropping it closes the socket.
#[derive(Debug)]
pub struct RawClient(pub TcpStream);

impl RawClient {
    pub async fn connect(server: SocketAddr) -> Self {
        Self(within(TcpStream::connect(server)).await.unwrap())
    }

    /// Connects with a receive buffer of this size, so that no more waits on this side.
    pub async fn connect_narrow(server: SocketAddr, buffer: u32) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(buffer).unwrap();
        Self::connect_with(socket, server).await
    }

    /// Connects with a prepared socket.
    pub async fn connect_with(socket: TcpSocket, server: SocketAddr) -> Self {
        Self(within(socket.connect(server)).await.unwrap())
    }

    /// Opens a connection with a request in flight: the server waits for its body.
    pub async fn with_pending_request(server: SocketAddr) -> Self {
        let mut connection = Self::connect(server).await;
        let lines = [("Content-Type", "application/json"), ("Content-Length", "2"), ("Expect", "100-continue")];
        connection.send(head("POST", "/v1/chats", None, &lines)).await;
        let goes_on = connection.read().await;
        assert!(goes_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&goes_on));
        connection
    }

    /// Sends until the server stops reading; returns true if everything was sent.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within(self.0.write_all(bytes.as_ref())).await.is_ok()
    }

    /// Returns the next bytes; empty at the end.
    pub async fn read(&mut self) -> Vec<u8> {
        let mut space = vec![0; 16 << 10];
        let got = within(self.0.read(&mut space)).await.unwrap_or(0);
        space.truncate(got);
        space
    }

    /// Returns exactly this many bytes, which must arrive.
    pub async fn read_exact(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        within(self.0.read_exact(&mut bytes)).await.unwrap();
        bytes
    }

    /// Returns a response: its head, and as many bytes as `Content-Length` says.
    pub async fn response(&mut self) -> String {
        let mut all = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&all);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
                if body.len() >= length.unwrap_or(0) {
                    return text.into_owned();
                }
            }
            let more = self.read().await;
            assert!(!more.is_empty(), "the connection was closed after {text:?}");
            all.extend_from_slice(&more);
        }
    }

    /// Returns everything up to the end of the connection, which must come.
    pub async fn read_to_end(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let more = self.read().await;
            if more.is_empty() {
                return all;
            }
            all.extend_from_slice(&more);
        }
    }

    /// Returns true if the connection is open and nothing has arrived.
    pub fn is_quiet(&self) -> bool {
        let mut space = [0; 1];
        matches!(self.0.try_read(&mut space), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

/// Returns the head of a request with this credential and these additional header lines.
pub fn head(method: &str, path: &str, credential: Option<&str>, lines: &[(&str, &str)]) -> String {
    let shown = credential.map(|credential| format!("Authorization: Bearer {credential}\r\n")).unwrap_or_default();
    let first = format!("{method} {path} HTTP/1.1\r\nHost: parlor\r\n{shown}");
    lines.iter().fold(first, |head, (name, value)| head + name + ": " + value + "\r\n") + "\r\n"
}
