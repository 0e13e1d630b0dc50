//! How often a post and a delivery ask for memory: so many times and no more, however long it goes on.
//!
//! The whole program but its log runs in this process; the client asks for none while it is counted.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use parlor::config::Config;
use parlor::domain::clock::{Alarm, Clock, Timestamp};
use parlor::http::connection;
use parlor::http::load::{Lag, Measured};
use parlor::server::{Parts, Server};
use parlor::shutdown::Shutdown;
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// How often is posted before it is counted, and while it is.
const ROUNDS: u32 = 500;
/// How many listen.
const LISTENERS: u32 = 20;

/// Allocations for a post that nobody hears, and for handing a message to one more listener.
const PER_POST: f64 = 50.0;
const PER_DELIVERY: f64 = 1.0;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// Time that does not pass: what the program does now and then, however long it takes, is not counted.
#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn wall(&self, moment: Timestamp) -> Timestamp {
        moment
    }

    fn alarm(&self, _: Timestamp) -> Alarm {
        Box::pin(std::future::pending())
    }
}

impl Lag for Standing {
    fn measured(&self) -> Measured {
        Box::pin(std::future::pending())
    }
}

/// Serves in a thread of its own for as long as the process lives.
fn serves() -> SocketAddr {
    let config = Flags::parse_from(["allocations", "--rate-factor", "100000"]).config;
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let listener = connection::listen("127.0.0.1:0".parse().unwrap()).unwrap();
            let address = listener.local_addr().unwrap();
            let server = Server::build(&config, address, Parts { clock: Arc::new(Standing), lag: Arc::new(Standing), ..Parts::in_memory(&config) });
            tell.send(address).unwrap();
            server.run(listener, Shutdown::default()).await;
        });
    });
    told.recv().unwrap()
}

/// A connection, and room for what comes.
struct Wire(TcpStream, Box<[u8]>);

impl Wire {
    fn to(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self(socket, vec![0; 1 << 16].into())
    }

    fn says(&mut self, request: &str) {
        self.0.write_all(request.as_bytes()).unwrap();
    }

    /// Reads until `end` has come.
    fn hears(&mut self, end: &[u8]) -> &str {
        let mut filled = 0;
        while !self.1[..filled].windows(end.len()).any(|window| window == end) {
            let read = self.0.read(&mut self.1[filled..]).unwrap();
            assert!(read > 0, "the server hung up");
            filled += read;
        }
        std::str::from_utf8(&self.1[..filled]).unwrap()
    }
}

fn post(path: &str, author: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: x\r\n{author}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Blocks that were asked for during a round of posts, each heard by everybody before the next.
fn round(poster: &mut Wire, request: &str, listeners: &mut [Wire]) -> f64 {
    let before = dhat::HeapStats::get().total_blocks;
    for _ in 0..ROUNDS {
        poster.says(request);
        assert!(poster.hears(b"}").starts_with("HTTP/1.1 201"));
        for listener in listeners.iter_mut() {
            listener.hears(b"}\n\n");
        }
    }
    let blocks = dhat::HeapStats::get().total_blocks - before;
    f64::from(u32::try_from(blocks).unwrap()) / f64::from(ROUNDS)
}

#[test]
fn a_post_and_a_delivery_ask_for_memory_so_often() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let address = serves();
    let mut poster = Wire::to(address);
    poster.says(&post("/v1/chats", "", "{\"admission\":\"open\"}"));
    let answer = poster.hears(b"}}");
    let opened: Value = serde_json::from_str(&answer[answer.find("\r\n\r\n").unwrap()..]).unwrap();
    let path = format!("/v1/chats/{}", opened["chat_id"].as_str().unwrap());
    let author = format!("authorization: Bearer {}\r\n", opened["author_id"].as_str().unwrap());
    let message = post(&path, &author, &format!("{{\"text\":\"{}\"}}", "x".repeat(200)));
    let alone: Vec<f64> = (0..3).map(|_| round(&mut poster, &message, &mut [])).collect();
    let mut listeners: Vec<Wire> = (0..LISTENERS).map(|_| Wire::to(address)).collect();
    for listener in &mut listeners {
        listener.says(&format!("GET {path}/events HTTP/1.1\r\nhost: x\r\n\r\n"));
        listener.hears(b"}\n\n");
    }
    let heard: Vec<f64> = (0..3).map(|_| round(&mut poster, &message, &mut listeners)).collect();
    let delivery = (heard[2] - alone[2]) / f64::from(LISTENERS);
    eprintln!("allocations a post: {:.2}, a delivery: {delivery:.2}", alone[2]);
    for (rounds, most) in [(&alone, PER_POST), (&heard, PER_POST + PER_DELIVERY * f64::from(LISTENERS))] {
        assert!(rounds[2] <= most, "{rounds:?} exceed {most}");
        assert!((rounds[2] - rounds[1]).abs() < 1.0, "{rounds:?} are not steady");
    }
}
