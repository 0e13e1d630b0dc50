//! An event stream read byte by byte, so that a test can cut it anywhere or stop reading.

use std::net::SocketAddr;

use tokio::io::AsyncReadExt as _;

use super::event_stream::is_signal;
use super::{RawClient, head, within};

/// An event as the SSE specification parses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawEvent {
    pub id: Option<String>,
    pub name: String,
    pub data: String,
}

/// A stream on its own socket. Dropping it closes the connection.
#[derive(Debug)]
pub struct RawStream {
    connection: RawClient,
    raw: Vec<u8>,
    text: Vec<u8>,
    over: bool,
    /// The head of the response, once it is complete.
    pub head: Option<String>,
}

impl RawStream {
    /// Requests a stream and reads nothing yet.
    pub async fn open(server: SocketAddr, path: &str, credential: Option<&str>, last: Option<&str>) -> Self {
        let last: Vec<_> = last.map(|last| ("Last-Event-ID", last)).into_iter().collect();
        Self::asks(RawClient::connect(server).await, head("GET", path, credential, &last)).await
    }

    /// Requests a stream with a small receive buffer, so that little data waits outside the server.
    pub async fn open_narrow(server: SocketAddr, path: &str, credential: Option<&str>) -> Self {
        Self::asks(RawClient::connect_narrow(server, 32 << 10).await, head("GET", path, credential, &[])).await
    }

    async fn asks(mut connection: RawClient, request: String) -> Self {
        assert!(connection.send(request).await);
        Self { connection, raw: Vec::new(), text: Vec::new(), over: false, head: None }
    }

    /// Reads at most this many bytes; returns how many arrived, 0 at the end.
    pub async fn read(&mut self, most: usize) -> usize {
        if self.over {
            return 0;
        }
        let most = most.clamp(1, 16 << 10) as u64;
        let got = within((&mut self.connection.0).take(most).read_buf(&mut self.raw)).await.unwrap_or(0);
        if self.head.is_none() {
            let Some(end) = find(&self.raw, b"\r\n\r\n") else { return got };
            let head = String::from_utf8(self.raw.drain(..end + 4).collect()).unwrap().to_lowercase();
            assert!(head.contains("transfer-encoding: chunked"), "{head}");
            self.head = Some(head);
        }
        while let Some(chunk) = self.chunk() {
            self.over |= chunk.is_empty();
            self.text.extend_from_slice(&chunk);
        }
        got
    }

    /// Returns the next complete event that is not a signal.
    pub fn pop(&mut self) -> Option<RawEvent> {
        loop {
            let heard = self.pop_any()?;
            if !is_signal(&heard.name) {
                return Some(heard);
            }
        }
    }

    /// Returns the next complete event, signals included.
    pub fn pop_any(&mut self) -> Option<RawEvent> {
        let end = find(&self.text, b"\n\n")?;
        let block: Vec<u8> = self.text.drain(..end + 2).collect();
        let block = std::str::from_utf8(&block).unwrap();
        assert!(
            !block.contains(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']),
            "a character that ends a line in some parsers: {block:?}"
        );
        let mut heard = RawEvent::default();
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("id", id)) => heard.id = Some(id.to_owned()),
                Some(("event", name)) => name.clone_into(&mut heard.name),
                Some(("data", data)) => heard.data.push_str(data),
                _ => {}
            }
        }
        Some(heard)
    }

    /// Returns the next event, waiting up to `TIMEOUT`; `None` at the end.
    pub async fn next(&mut self) -> Option<RawEvent> {
        loop {
            if let Some(heard) = self.pop() {
                return Some(heard);
            }
            if self.read(usize::MAX).await == 0 {
                return None;
            }
        }
    }

    fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = find(&self.raw, b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&self.raw[..line]).unwrap(), 16).unwrap();
        if self.raw.len() < line + 4 + length {
            return None;
        }
        let whole: Vec<u8> = self.raw.drain(..line + 4 + length).collect();
        Some(whole[line + 2..line + 2 + length].to_vec())
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
