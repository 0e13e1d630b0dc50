//! A writer alone, turn by turn, with real sockets at the other end.

use std::net::{IpAddr, Ipv4Addr};
use std::task::Waker;

use axum::body::Body;
use axum::response::Response;
use clap::Parser as _;
use futures_util::stream::{self, StreamExt as _};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::*;
use crate::config::{Config, PublicUrl};
use crate::domain::chat::{Admission, History, Lifetime};
use crate::domain::id::ChatId;
use crate::domain::text::MessageText;
use crate::http::connection::Hold;
use crate::http::connection::course::Peer;
use crate::http::handover::{Listening, Words};
use crate::http::present::Present;
use crate::server::{Parts, Server};
use crate::service::Service;
use crate::service::access::Caller;
use crate::service::charge::{Charge, Metering};
use crate::service::chats::Opening;
use crate::service::clock::SystemClock;
use crate::service::stream::{Pass, Resume};

#[derive(clap::Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// A server's use cases, and connections to hand over.
struct Scene {
    service: Arc<Service>,
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    back: mpsc::UnboundedSender<Resting>,
    _returning: mpsc::UnboundedReceiver<Resting>,
    open: TaskTracker,
    free: Arc<Semaphore>,
}

impl Scene {
    async fn opens() -> Self {
        let config = Flags::parse_from(["parlor", "--rate-factor", "0"]).config;
        let service = Server::build(&config, config.listen, Parts::in_memory(&config)).service().clone();
        let (back, returning) = mpsc::unbounded_channel();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (open, free, clock) = (TaskTracker::new(), Arc::new(Semaphore::new(1_000)), Arc::new(SystemClock::default()));
        Self { service, clock, listener, back, _returning: returning, open, free }
    }

    fn caller() -> Caller {
        Charge::new(IpAddr::V4(Ipv4Addr::LOCALHOST).into(), Metering::Metered).anonymous()
    }

    async fn chat(&self) -> ChatId {
        let opening = Opening { name: None, title: None, admission: Admission::Open, history: History::All, expires_in: Lifetime::DEFAULT };
        self.service.open_chat(opening, IpAddr::V4(Ipv4Addr::LOCALHOST).into(), None).await.unwrap().made.chat.id
    }

    async fn says(&self, chat: ChatId, text: &str) {
        self.service.post_message(chat, &Self::caller(), MessageText::parse(text).unwrap(), None, None).await.unwrap();
    }

    fn present(&self) -> Present {
        Present::new(&PublicUrl::of(([127, 0, 0, 1], 80).into()), self.clock.clone())
    }

    /// Somebody who follows the chat from its head, with the other end of their connection.
    async fn follows(&self, chat: ChatId) -> (Taken, TcpStream) {
        let follower = self.service.follow(chat, Pass::Caller(Self::caller()), Resume::AtHead).await.unwrap();
        self.taken(follower.into()).await
    }

    async fn taken(&self, words: Words) -> (Taken, TcpStream) {
        let other = TcpStream::connect(self.listener.local_addr().unwrap()).await.unwrap();
        let (socket, address) = self.listener.accept().await.unwrap();
        let hold = Hold { peer: Peer::Proxy, permits: None, _refusal: None, _free: self.free.clone().acquire_owned().await.unwrap() };
        let resting = Resting { socket, address, hold, counted: self.open.token() };
        let listening = Listening::new(self.present(), 1_000, words);
        (Taken { resting, response: Response::new(Body::empty()), listening, back: self.back.clone() }, other)
    }

    fn writer(&self) -> (Writer, mpsc::UnboundedSender<Taken>) {
        let (inbox, taken) = mpsc::unbounded_channel();
        (Writer::new(taken, self.clock.clone(), Arc::default()), inbox)
    }
}

/// One turn, whether or not there is anything to do.
fn turns(writer: &mut Writer) {
    let _ = writer.poll_turn(&mut Context::from_waker(Waker::noop()));
}

/// What has come so far.
fn heard(other: &TcpStream) -> String {
    let (mut all, mut space) = (Vec::new(), vec![0; 1 << 20]);
    while let Ok(bytes @ 1..) = other.try_read(&mut space) {
        all.extend_from_slice(&space[..bytes]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Turns until the other end has heard this.
async fn until_heard(writer: &mut Writer, other: &TcpStream, text: &str) -> String {
    let mut all = String::new();
    let hearing = async {
        while !all.contains(text) {
            turns(writer);
            yield_now().await;
            let _ = tokio::time::timeout(std::time::Duration::from_millis(1), other.readable()).await;
            all.push_str(&heard(other));
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), hearing).await.expect("it is heard");
    all
}

#[tokio::test]
async fn a_part_of_a_turn_is_bounded_in_bytes() {
    let scene = Scene::opens().await;
    let (large, small) = (scene.chat().await, scene.chat().await);
    let (mut writer, inbox) = scene.writer();
    let mut crowd = Vec::new();
    for _ in 0..100 {
        let (taken, other) = scene.follows(large).await;
        assert!(inbox.send(taken).is_ok());
        crowd.push(other);
    }
    let (taken, one) = scene.follows(small).await;
    assert!(inbox.send(taken).is_ok());
    for other in crowd.iter().chain([&one]) {
        until_heard(&mut writer, other, "event: hello").await;
    }
    let text = "x".repeat(8_000);
    for _ in 0..8 {
        scene.says(large, &text).await;
    }
    scene.says(small, "Here it is").await;
    let (mut most, mut last) = (0, 0);
    for turn in 0..200 {
        turns(&mut writer);
        tokio::time::timeout(std::time::Duration::from_millis(1), one.readable()).await.ok();
        most = most.max(written(&crowd));
        if heard(&one).contains("Here it is") {
            last = turn + 1;
            break;
        }
    }
    assert!((1..200).contains(&last), "the small chat is heard");
    let one_listener = 8 * (text.len() + 1_000);
    assert!(most > 0 && most <= PART_BYTES + one_listener, "{most} bytes in one part of a turn");
}

/// How much has come to all of these since this was asked last.
fn written(crowd: &[TcpStream]) -> usize {
    crowd.iter().map(|other| heard(other).len()).sum()
}

#[tokio::test]
async fn who_panics_with_their_first_words_is_nobody_elses_end() {
    let scene = Scene::opens().await;
    let chat = scene.chat().await;
    let (mut writer, inbox) = scene.writer();
    let (taken, other) = scene.follows(chat).await;
    assert!(inbox.send(taken).is_ok());
    let broken = stream::once(async { panic!("a listener's first words go wrong") });
    let (broken, mut gone) = scene.taken(Words::Own(broken.boxed())).await;
    assert!(inbox.send(broken).is_ok());
    until_heard(&mut writer, &other, "event: hello").await;
    let mut rest = Vec::new();
    tokio::time::timeout(std::time::Duration::from_secs(30), gone.read_to_end(&mut rest)).await.unwrap().ok();
    assert!(!String::from_utf8_lossy(&rest).contains("event:"), "it is closed without a word");
    scene.says(chat, "Others go on").await;
    until_heard(&mut writer, &other, "Others go on").await;
}

#[tokio::test]
async fn where_a_writer_is_gone_another_takes_its_streams() {
    let scene = Scene::opens().await;
    let chat = scene.chat().await;
    let (mut writer, inbox) = scene.writer();
    let (gone, dropped) = mpsc::unbounded_channel();
    drop(dropped);
    let writers = Writers { inboxes: vec![gone.clone(), inbox], next: AtomicUsize::new(0) };
    for _ in 0..4 {
        let (taken, other) = scene.follows(chat).await;
        writers.take(taken);
        until_heard(&mut writer, &other, "event: hello").await;
    }
    let none = Writers { inboxes: vec![gone], next: AtomicUsize::new(0) };
    let (taken, mut other) = scene.follows(chat).await;
    none.take(taken);
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(std::time::Duration::from_secs(30), other.read_to_end(&mut rest)).await.expect("it is closed");
    assert!(closed.is_err() || rest.is_empty());
}
