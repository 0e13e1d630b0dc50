//! A receiver of webhooks on a loopback socket, which answers, hangs or floods as a test says.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use parlor::outbound::resolver::Resolver;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::within;

/// Knows this machine and no other: tests look nothing up.
#[derive(Clone, Copy, Debug)]
pub struct LocalResolver;

#[async_trait]
impl Resolver for LocalResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        if host == "localhost" { Ok(vec![Ipv4Addr::LOCALHOST.into()]) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

/// What a sink does with a request once it has read it.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Answers with this head and no body.
    Answer(String),
    /// Answers 204 after a moment.
    Slow,
    /// Answers nothing and keeps the connection.
    Hang,
    /// Answers 200 with a body of a gigabyte.
    Flood,
}

impl Behaviour {
    pub fn status(status: u16) -> Self {
        Self::with(status, "")
    }

    /// Answers with this status and these header lines.
    pub fn with(status: u16, headers: &str) -> Self {
        Self::Answer(format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: 0\r\n\r\n"))
    }
}

/// A request that a sink received.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("{name} in {:?}", self.headers))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A receiver of webhooks.
#[derive(Debug)]
pub struct Sink {
    pub address: SocketAddr,
    received: mpsc::UnboundedReceiver<Received>,
    behaviour: Arc<Mutex<Behaviour>>,
    counts: watch::Sender<Counts>,
}

/// What a sink counts.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// The connections that were made to it.
    connections: usize,
    /// How much of a flood was written before the other side closed the connection.
    flooded: Option<usize>,
}

impl Sink {
    /// Opens a sink that answers 204.
    pub async fn open() -> Self {
        Self::that(Behaviour::status(204)).await
    }

    /// Opens a sink with this behaviour.
    pub async fn that(behaviour: Behaviour) -> Self {
        let sink = Self::on("127.0.0.1:0").await;
        sink.becomes(behaviour);
        sink
    }

    /// Opens a sink on this address, which answers 204.
    pub async fn on(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let (behaviour, counts) = (Arc::new(Mutex::new(Behaviour::status(204))), watch::Sender::new(Counts::default()));
        let (current, counting) = (behaviour.clone(), counts.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                counting.send_modify(|counts| counts.connections += 1);
                tokio::spawn(serve(socket, sender.clone(), current.clone(), counting.clone()));
            }
        });
        Self { address, received, behaviour, counts }
    }

    /// Behaves so from now on.
    pub fn becomes(&self, behaviour: Behaviour) {
        *self.behaviour.lock() = behaviour;
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the next request.
    pub async fn next(&mut self) -> Received {
        within(self.received.recv()).await.unwrap()
    }

    /// Returns true if no request arrived that was not read.
    pub fn is_quiet(&self) -> bool {
        self.received.is_empty()
    }

    /// Returns true if nobody connected.
    pub fn is_untouched(&self) -> bool {
        self.counts.borrow().connections == 0
    }

    /// Returns how many bytes of a flood were written when the other side closed the connection.
    pub async fn flooded(&self) -> usize {
        let mut counts = self.counts.subscribe();
        within(counts.wait_for(|counts| counts.flooded.is_some())).await.unwrap().flooded.unwrap()
    }
}

async fn serve(mut socket: TcpStream, sender: mpsc::UnboundedSender<Received>, behaviour: Arc<Mutex<Behaviour>>, counts: watch::Sender<Counts>) {
    let Some(received) = read(&mut socket).await else { return };
    let behaviour = behaviour.lock().clone();
    let _ = sender.send(received);
    match behaviour {
        Behaviour::Answer(head) => drop(socket.write_all(head.as_bytes()).await),
        Behaviour::Slow => {
            settle().await;
            let _ = socket.write_all(b"HTTP/1.1 204 X\r\n\r\n").await;
        }
        Behaviour::Hang => drop(socket.read_u8().await),
        Behaviour::Flood => {
            let _ = socket.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 1073741824\r\n\r\n").await;
            let mut count = 0;
            while count < 1 << 30 && socket.write_all(&[b'x'; 16_384]).await.is_ok() {
                count += 16_384;
            }
            counts.send_modify(|counts| counts.flooded = Some(count));
        }
    }
}

async fn read(socket: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<_, _> = lines.filter_map(pair).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        if socket.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { path, headers, body })
}

/// Gives a server time to do what is due, in real time.
#[expect(clippy::disallowed_methods, reason = "sockets run in real time")]
pub(super) async fn settle() {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
}
