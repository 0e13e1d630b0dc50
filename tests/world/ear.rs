//! Somebody who listens to a stream byte by byte, so that it can be cut anywhere, or not read at all.

use std::net::SocketAddr;

use tokio::io::AsyncReadExt as _;

use super::{Wire, head, within};

/// An event, as a reader of the SSE specification has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub id: Option<String>,
    pub name: String,
    pub data: String,
}

/// A stream on a socket of its own. Dropping it is hanging up.
#[derive(Debug)]
pub struct Ear {
    wire: Wire,
    raw: Vec<u8>,
    text: Vec<u8>,
    over: bool,
    /// The head of the answer, once it is whole.
    pub head: Option<String>,
}

impl Ear {
    /// Asks for a stream and reads nothing yet.
    pub async fn open(server: SocketAddr, path: &str, credential: Option<&str>, last: Option<&str>) -> Self {
        let last: Vec<_> = last.map(|last| ("Last-Event-ID", last)).into_iter().collect();
        Self::asks(Wire::to(server).await, head("GET", path, credential, &last)).await
    }

    /// Asks for a stream with a small buffer, so that little waits outside the server.
    pub async fn open_narrow(server: SocketAddr, path: &str, credential: Option<&str>) -> Self {
        Self::asks(Wire::narrow(server, 32 << 10).await, head("GET", path, credential, &[])).await
    }

    async fn asks(mut wire: Wire, request: String) -> Self {
        assert!(wire.sends(request).await);
        Self { wire, raw: Vec::new(), text: Vec::new(), over: false, head: None }
    }

    /// Reads at most so many bytes; says how many came, 0 at the end.
    pub async fn reads(&mut self, most: usize) -> usize {
        if self.over {
            return 0;
        }
        let most = most.clamp(1, 16 << 10) as u64;
        let got = within((&mut self.wire.0).take(most).read_buf(&mut self.raw)).await.unwrap_or(0);
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

    /// The next event that has arrived whole.
    pub fn pops(&mut self) -> Option<Heard> {
        let end = find(&self.text, b"\n\n")?;
        let block: Vec<u8> = self.text.drain(..end + 2).collect();
        let block = std::str::from_utf8(&block).unwrap();
        assert!(!block.contains(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}']), "they end a line too: {block:?}");
        let mut heard = Heard::default();
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

    /// The next event, however long the socket takes, within patience; none at the end.
    pub async fn hears(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.pops() {
                return Some(heard);
            }
            if self.reads(usize::MAX).await == 0 {
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
