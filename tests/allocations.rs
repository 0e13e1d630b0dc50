//! Allocations per post and per delivery: constant, however long the server runs.
//!
//! The whole program except its log runs in this process; the client does not allocate while allocations are counted.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use parlor::config::Config;
use parlor::domain::clock::{Clock, Sleep, Timestamp};
use parlor::http::middleware::load_shedding::{LagProbe, Measured};
use parlor::server::{Dependencies, Server};
use parlor::shutdown::Shutdown;
use parlor::transport::server;
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Posts before counting, and while counting.
const ROUNDS: u32 = 500;
/// The number of listeners.
const LISTENERS: u32 = 20;

/// Allocations for a post without listeners, and for a delivery to one more listener.
const PER_POST: f64 = 50.0;
const PER_DELIVERY: f64 = 1.0;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// A clock that does not advance: periodic work is not counted.
#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(0)
    }

    fn wall(&self, moment: Timestamp) -> Timestamp {
        moment
    }

    fn sleep_until(&self, _: Timestamp) -> Sleep {
        Box::pin(std::future::pending())
    }
}

impl LagProbe for Standing {
    fn measured(&self) -> Measured {
        Box::pin(std::future::pending())
    }
}

/// Serves in its own thread for the lifetime of the process.
fn serves() -> SocketAddr {
    let config = Flags::parse_from(["allocations", "--rate-factor", "100000"]).config;
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async move {
            let listener = server::listen("127.0.0.1:0".parse().unwrap()).unwrap();
            let address = listener.local_addr().unwrap();
            let server = Server::build(
                &config,
                address,
                Dependencies { clock: Arc::new(Standing), lag: Arc::new(Standing), ..Dependencies::in_memory(&config) },
            );
            tell.send(address).unwrap();
            server.run(listener, Shutdown::default()).await;
        });
    });
    told.recv().unwrap()
}

/// A connection with its receive buffer.
struct Client(TcpStream, Box<[u8]>);

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self(socket, vec![0; 1 << 16].into())
    }

    fn send(&mut self, request: &str) {
        self.0.write_all(request.as_bytes()).unwrap();
    }

    /// Reads until `end` has arrived.
    fn read_until(&mut self, end: &[u8]) -> &str {
        let mut filled = 0;
        while !self.1[..filled].windows(end.len()).any(|window| window == end) {
            let read = self.0.read(&mut self.1[filled..]).unwrap();
            assert!(read > 0, "the server closed the connection");
            filled += read;
        }
        std::str::from_utf8(&self.1[..filled]).unwrap()
    }
}

fn post(path: &str, author: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: x\r\n{author}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Returns the blocks allocated during a round of posts, each received by all listeners before the next.
fn round(poster: &mut Client, request: &str, listeners: &mut [Client]) -> f64 {
    let before = dhat::HeapStats::get().total_blocks;
    for _ in 0..ROUNDS {
        poster.send(request);
        assert!(poster.read_until(b"}").starts_with("HTTP/1.1 201"));
        for listener in listeners.iter_mut() {
            listener.read_until(b"}\n\n");
        }
    }
    let blocks = dhat::HeapStats::get().total_blocks - before;
    f64::from(u32::try_from(blocks).unwrap()) / f64::from(ROUNDS)
}

#[test]
fn a_post_and_a_delivery_ask_for_memory_so_often() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let address = serves();
    let mut poster = Client::connect(address);
    poster.send(&post("/v1/chats", "", "{\"admission\":\"open\"}"));
    let answer = poster.read_until(b"}}");
    let opened: Value = serde_json::from_str(&answer[answer.find("\r\n\r\n").unwrap()..]).unwrap();
    let path = format!("/v1/chats/{}", opened["chat_id"].as_str().unwrap());
    let author = format!("authorization: Bearer {}\r\n", opened["author_id"].as_str().unwrap());
    let message = post(&path, &author, &format!("{{\"text\":\"{}\"}}", "x".repeat(200)));
    let alone: Vec<f64> = (0..3).map(|_| round(&mut poster, &message, &mut [])).collect();
    let mut listeners: Vec<Client> = (0..LISTENERS).map(|_| Client::connect(address)).collect();
    for listener in &mut listeners {
        listener.send(&format!("GET {path}/events HTTP/1.1\r\nhost: x\r\n\r\n"));
        listener.read_until(b"}\n\n");
    }
    let heard: Vec<f64> = (0..3).map(|_| round(&mut poster, &message, &mut listeners)).collect();
    let delivery = (heard[2] - alone[2]) / f64::from(LISTENERS);
    eprintln!("allocations a post: {:.2}, a delivery: {delivery:.2}", alone[2]);
    for (rounds, most) in [(&alone, PER_POST), (&heard, PER_POST + PER_DELIVERY * f64::from(LISTENERS))] {
        assert!(rounds[2] <= most, "{rounds:?} exceed {most}");
        assert!((rounds[2] - rounds[1]).abs() < 1.0, "{rounds:?} are not steady");
    }
}
