//! Bare sockets: streams read byte by byte, so that they can be cut anywhere, or not read at all.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::world::within;

/// An event, as a reader of the SSE specification has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) data: String,
}

/// A stream on a socket of its own. Dropping it is hanging up.
#[derive(Debug)]
pub(crate) struct Ear {
    socket: TcpStream,
    raw: Vec<u8>,
    text: Vec<u8>,
    over: bool,
    /// The head of the answer, once it is whole.
    pub(crate) head: Option<String>,
}

/// A request as it goes over a socket.
pub(crate) fn request(method: &str, path: &str, credential: Option<&str>, more: &str) -> String {
    let credential = credential.map(|credential| format!("Authorization: Bearer {credential}\r\n")).unwrap_or_default();
    format!("{method} {path} HTTP/1.1\r\nHost: parlor\r\n{credential}{more}\r\n")
}

impl Ear {
    /// Asks for a stream and reads nothing yet.
    pub(crate) async fn open(server: SocketAddr, path: &str, credential: Option<&str>, last: Option<&str>) -> Self {
        let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
        let mut socket = within(TcpStream::connect(server)).await.unwrap();
        within(socket.write_all(request("GET", path, credential, &last).as_bytes())).await.unwrap();
        Self { socket, raw: Vec::new(), text: Vec::new(), over: false, head: None }
    }

    /// Asks for a stream with a small buffer, so that little waits outside the server.
    pub(crate) async fn open_narrow(server: SocketAddr, path: &str, credential: Option<&str>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(32 << 10).unwrap();
        let mut socket = within(socket.connect(server)).await.unwrap();
        within(socket.write_all(request("GET", path, credential, "").as_bytes())).await.unwrap();
        Self { socket, raw: Vec::new(), text: Vec::new(), over: false, head: None }
    }

    /// Reads at most so many bytes; says how many came, 0 at the end.
    pub(crate) async fn reads(&mut self, most: usize) -> usize {
        if self.over {
            return 0;
        }
        let most = most.clamp(1, 16 << 10) as u64;
        let got = within((&mut self.socket).take(most).read_buf(&mut self.raw)).await.unwrap_or(0);
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
    pub(crate) fn pops(&mut self) -> Option<Heard> {
        let end = find(&self.text, b"\n\n")?;
        let block: Vec<u8> = self.text.drain(..end + 2).collect();
        assert!(!block.contains(&b'\r'), "a carriage return ends a line too");
        let mut heard = Heard::default();
        for line in std::str::from_utf8(&block).unwrap().lines() {
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
    pub(crate) async fn hears(&mut self) -> Option<Heard> {
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
