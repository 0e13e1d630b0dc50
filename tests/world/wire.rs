//! A client that speaks bytes: it sends whatever it likes, when it likes, and sees when it is cut.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::within;

/// A bare connection. Dropping it is hanging up.
#[derive(Debug)]
pub struct Wire(pub TcpStream);

impl Wire {
    pub async fn to(server: SocketAddr) -> Self {
        Self(within(TcpStream::connect(server)).await.unwrap())
    }

    /// With a buffer of so many bytes, so that no more waits on this side.
    pub async fn narrow(server: SocketAddr, buffer: u32) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(buffer).unwrap();
        Self::on(socket, server).await
    }

    /// On a socket that was made ready for it.
    pub async fn on(socket: TcpSocket, server: SocketAddr) -> Self {
        Self(within(socket.connect(server)).await.unwrap())
    }

    /// A connection on which a request is under way: the server waits for its body.
    pub async fn busy(server: SocketAddr) -> Self {
        let mut wire = Self::to(server).await;
        let lines = [("Content-Type", "application/json"), ("Content-Length", "2"), ("Expect", "100-continue")];
        wire.sends(head("POST", "/v1/chats", None, &lines)).await;
        let goes_on = wire.reads().await;
        assert!(goes_on.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&goes_on));
        wire
    }

    /// Sends as much of it as is taken; says whether it all was.
    pub async fn sends(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        within(self.0.write_all(bytes.as_ref())).await.is_ok()
    }

    /// What comes next; nothing at the end.
    pub async fn reads(&mut self) -> Vec<u8> {
        let mut space = vec![0; 16 << 10];
        let got = within(self.0.read(&mut space)).await.unwrap_or(0);
        space.truncate(got);
        space
    }

    /// The next bytes, so many of them and no more, which must come.
    pub async fn takes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        within(self.0.read_exact(&mut bytes)).await.unwrap();
        bytes
    }

    /// What comes up to the first empty line, and after it as many bytes as the head says.
    pub async fn answer(&mut self) -> String {
        let mut all = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&all);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
                if body.len() >= length.unwrap_or(0) {
                    return text.into_owned();
                }
            }
            let more = self.reads().await;
            assert!(!more.is_empty(), "cut after {text:?}");
            all.extend_from_slice(&more);
        }
    }

    /// Everything up to the end, which must come.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let more = self.reads().await;
            if more.is_empty() {
                return all;
            }
            all.extend_from_slice(&more);
        }
    }

    /// Whether it is still open and nothing has come.
    pub fn is_quiet(&self) -> bool {
        let mut space = [0; 1];
        matches!(self.0.try_read(&mut space), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

/// The head of a request that shows this credential, with more header lines.
pub fn head(method: &str, path: &str, credential: Option<&str>, lines: &[(&str, &str)]) -> String {
    let shown = credential.map(|credential| format!("Authorization: Bearer {credential}\r\n")).unwrap_or_default();
    let first = format!("{method} {path} HTTP/1.1\r\nHost: parlor\r\n{shown}");
    lines.iter().fold(first, |head, (name, value)| head + name + ": " + value + "\r\n") + "\r\n"
}
