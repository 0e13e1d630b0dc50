//! A writer alone, turn by turn, with real sockets at the other end.

use std::net::{IpAddr, Ipv4Addr};
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use clap::Parser as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio_util::task::TaskTracker;

use super::writer::{MAX_BYTES_PER_PASS, Writer};
use super::*;
use crate::config::{Config, PublicUrl};
use crate::domain::chat::{Admission, HistoryVisibility, Lifetime};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::domain::id::ChatId;
use crate::domain::message::MessageDraft;
use crate::domain::text::MessageText;
use crate::http::middleware::request_metrics::RequestMetrics;
use crate::http::respond::event_stream::EncodedSource;
use crate::http::respond::present::Present;
use crate::server::{Dependencies, Server};
use crate::service::Service;
use crate::service::authorization::Caller;
use crate::service::charge::{Charge, Metering};
use crate::service::chats::NewChatParams;
use crate::service::clock::SystemClock;
use crate::service::streams::position::{Resume, StreamAuth};
use crate::transport::admission::ConnectionPermits;
use crate::transport::handover::{DetachedConnection, StreamSource, TopicWaker};
use crate::transport::peer::PeerKind;

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
    back: mpsc::UnboundedSender<DetachedConnection>,
    _returning: mpsc::UnboundedReceiver<DetachedConnection>,
    open: TaskTracker,
    free: Arc<Semaphore>,
}

impl Scene {
    async fn opens() -> Self {
        let config = Flags::parse_from(["parlor", "--rate-factor", "0"]).config;
        let service = Server::build(&config, config.listen, Dependencies::in_memory(&config)).service().clone();
        let (back, returning) = mpsc::unbounded_channel();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (open, free, clock) = (TaskTracker::new(), Arc::new(Semaphore::new(1_000)), Arc::new(SystemClock::default()));
        Self { service, clock, listener, back, _returning: returning, open, free }
    }

    fn caller() -> Caller {
        Caller::anonymous(Charge::new(IpAddr::V4(Ipv4Addr::LOCALHOST).into(), Metering::Metered))
    }

    async fn chat(&self) -> ChatId {
        let opening =
            NewChatParams { name: None, title: None, admission: Admission::Open, history: HistoryVisibility::All, expires_in: Lifetime::DEFAULT };
        self.service.open_chat(&Self::caller(), opening, None).await.unwrap().value.chat.id
    }

    async fn says(&self, chat: ChatId, text: &str) {
        self.service.post_message(chat, &Self::caller(), MessageDraft::of_text(MessageText::parse(text).unwrap()), None).await.unwrap();
    }

    fn present(&self) -> Present {
        Present::new(&PublicUrl::of(([127, 0, 0, 1], 80).into()), self.clock.clone())
    }

    /// Somebody who follows the chat from its head, with the other end of their connection.
    async fn follows(&self, chat: ChatId) -> (HandedOver, TcpStream) {
        let follower = self.service.open_chat_stream(chat, StreamAuth::Caller(Self::caller()), Resume::AtHead).await.unwrap();
        self.taken(Box::new(EncodedSource::new(self.present(), 1_000, follower))).await
    }

    async fn taken(&self, source: Box<dyn StreamSource>) -> (HandedOver, TcpStream) {
        let other = TcpStream::connect(self.listener.local_addr().unwrap()).await.unwrap();
        let (socket, address) = self.listener.accept().await.unwrap();
        let permits =
            ConnectionPermits { peer: PeerKind::Proxy, permits: None, _refusal: None, _free: self.free.clone().acquire_owned().await.unwrap() };
        let connection = DetachedConnection { socket, unread: Box::default(), address, permits, counted: self.open.token() };
        (HandedOver { connection, response: Response::new(Body::empty()), source, back: self.back.clone() }, other)
    }

    fn writer(&self) -> (Writer, mpsc::UnboundedSender<HandedOver>) {
        let (inbox, taken) = mpsc::unbounded_channel();
        (Writer::new(taken, self.clock.clone(), Arc::new(RequestMetrics::default())), inbox)
    }
}

/// A source that panics when it is polled.
struct Panics;

impl StreamSource for Panics {
    fn topic(&self) -> Option<Topic> {
        None
    }

    fn waker(&self) -> Option<Box<dyn TopicWaker>> {
        None
    }

    fn detach_waker(&mut self) {}

    fn wake(&mut self) -> bool {
        true
    }

    fn heartbeat_at(&self) -> Option<Timestamp> {
        None
    }

    fn request_heartbeat(&mut self) {}

    fn poll_next(&mut self, _: Timestamp, _: &dyn Fn() -> Waker) -> Poll<Option<Bytes>> {
        panic!("the first event of a stream goes wrong")
    }
}

/// One turn, whether or not there is anything to do.
fn turns(writer: &mut Writer) {
    let _ = writer.poll_pass(&mut Context::from_waker(Waker::noop()));
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
    let mut group = Vec::new();
    for _ in 0..100 {
        let (taken, other) = scene.follows(large).await;
        assert!(inbox.send(taken).is_ok());
        group.push(other);
    }
    let (taken, one) = scene.follows(small).await;
    assert!(inbox.send(taken).is_ok());
    for other in group.iter().chain([&one]) {
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
        most = most.max(written(&group));
        if heard(&one).contains("Here it is") {
            last = turn + 1;
            break;
        }
    }
    assert!((1..200).contains(&last), "the small chat is heard");
    let one_listener = 8 * (text.len() + 1_000);
    assert!(most > 0 && most <= MAX_BYTES_PER_PASS + one_listener, "{most} bytes in one part of a turn");
}

/// How much has come to all of these since this was asked last.
fn written(group: &[TcpStream]) -> usize {
    group.iter().map(|other| heard(other).len()).sum()
}

#[tokio::test]
async fn who_panics_with_their_first_words_is_nobody_elses_end() {
    let scene = Scene::opens().await;
    let chat = scene.chat().await;
    let (mut writer, inbox) = scene.writer();
    let (taken, other) = scene.follows(chat).await;
    assert!(inbox.send(taken).is_ok());
    let (broken, mut gone) = scene.taken(Box::new(Panics)).await;
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
    let writers = WriterPool { inboxes: vec![gone.clone(), inbox], next: AtomicUsize::new(0) };
    for _ in 0..4 {
        let (taken, other) = scene.follows(chat).await;
        writers.accept(taken);
        until_heard(&mut writer, &other, "event: hello").await;
    }
    let none = WriterPool { inboxes: vec![gone], next: AtomicUsize::new(0) };
    let (taken, mut other) = scene.follows(chat).await;
    none.accept(taken);
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(std::time::Duration::from_secs(30), other.read_to_end(&mut rest)).await.expect("it is closed");
    assert!(closed.is_err() || rest.is_empty());
}
