//! What the parts of the server cost alone: reading an id, rendering, posting, following.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::sync::Arc;

use clap::Parser;
use divan::Bencher;
use parlor::config::{Config, PublicUrl};
use parlor::domain::address::ClientAddress;
use parlor::domain::chat::{Admission, History, Lifetime};
use parlor::domain::clock::Timestamp;
use parlor::domain::dice::SystemDice;
use parlor::domain::entry::{Entry, Event, Topic};
use parlor::domain::id::{ChatId, Credential, Epoch};
use parlor::domain::message::Message;
use parlor::domain::text::MessageText;
use parlor::http::present::Present;
use parlor::http::sse;
use parlor::live::frame::Position;
use parlor::server::{Parts, Server};
use parlor::service::Service;
use parlor::service::access::Caller;
use parlor::service::charge::{Charge, Metering};
use parlor::service::chats::Opening;
use parlor::service::clock::SystemClock;
use parlor::service::moment::Moments as _;
use parlor::service::stream::{Pass, Resume};
use tokio::runtime::Runtime;

/// Chats are as roomy as in the saturated runs of the load program.
const FLAGS: &str = "parts --rate-factor 1000000 --chat-entries 100000000 --chat-content 17179869184 --total-memory 17179869184";

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

fn main() {
    divan::main();
}

/// The server's use cases, with an open chat in which its owner posts.
struct Scene {
    runtime: Runtime,
    service: Arc<Service>,
    chat: ChatId,
    author: Credential,
    address: ClientAddress,
}

impl Scene {
    fn set() -> Self {
        let config = Flags::parse_from(FLAGS.split(' ')).config;
        let service = Server::build(&config, (Ipv4Addr::LOCALHOST, 8080).into(), Parts::in_memory(&config)).service().clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let address = ClientAddress::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
        let opening = Opening { name: None, title: None, admission: Admission::Open, history: History::All, expires_in: Lifetime::DEFAULT };
        let opened = runtime.block_on(service.open_chat(opening, address, None)).unwrap().made;
        Self { runtime, service, chat: opened.chat.id, author: opened.author, address }
    }

    /// A request of the author's, with an account of its own.
    fn author(&self) -> Caller {
        Caller::showing(&self.author.reveal().to_string(), Charge::new(self.address, Metering::Metered))
    }

    async fn posts(&self, text: MessageText) {
        self.service.post_message(self.chat, &self.author(), text, None, None).await.unwrap();
    }
}

fn text() -> MessageText {
    MessageText::parse(&"x".repeat(200)).unwrap()
}

#[divan::bench]
fn reading_a_chat_id(bencher: Bencher<'_, '_>) {
    let id = ChatId::random(&SystemDice).to_string();
    bencher.bench(|| ChatId::read(black_box(&id)));
}

#[divan::bench]
fn reading_a_message_text(bencher: Bencher<'_, '_>) {
    let text = "x".repeat(200);
    bencher.bench(|| MessageText::parse(black_box(&text)));
}

#[divan::bench]
fn rendering_a_message(bencher: Bencher<'_, '_>) {
    let present = Present::new(&PublicUrl::of((Ipv4Addr::LOCALHOST, 8080).into()), Arc::new(SystemClock::default()));
    let topic = Topic::Conversation(ChatId::random(&SystemDice));
    let message = Message { member: None, text: text(), client_ref: None };
    let entry = Entry { number: 7, at: Timestamp::from_millis(1_795_176_000_000), event: Event::Message(message) };
    bencher.bench(|| sse::entry(&present, topic, black_box(&entry)));
}

#[divan::bench]
fn writing_a_position(bencher: Bencher<'_, '_>) {
    let (epoch, mut out) = (Epoch::random(&SystemDice), Vec::with_capacity(64));
    bencher.bench_local(|| {
        out.clear();
        sse::position(&mut out, epoch, black_box(Position { seq: 1_234, door: None }));
    });
}

#[divan::bench]
fn posting(bencher: Bencher<'_, '_>) {
    let (scene, text) = (Scene::set(), text());
    bencher.bench_local(|| scene.runtime.block_on(scene.posts(text.clone())));
}

/// A post, and handing it to each of so many who follow.
#[divan::bench(args = [1, 10, 100])]
fn posting_to_followers(bencher: Bencher<'_, '_>, followers: usize) {
    let (scene, text) = (Scene::set(), text());
    let mut all = Vec::new();
    for _ in 0..followers {
        let visitor = Caller::anonymous(Charge::new(scene.address, Metering::Metered));
        let mut follower = scene.runtime.block_on(scene.service.follow(scene.chat, Pass::Caller(visitor), Resume::AtHead)).unwrap();
        scene.runtime.block_on(follower.next());
        all.push(follower);
    }
    bencher.bench_local(|| {
        scene.runtime.block_on(async {
            scene.posts(text.clone()).await;
            for follower in &mut all {
                follower.next().await.unwrap();
            }
        });
    });
}
