//! Micro-benchmarks of single operations: parsing an id, rendering, posting, following.

#![expect(clippy::unwrap_used, reason = "a failed unwrap stops the benchmark")]

use std::future::poll_fn;
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::sync::Arc;

use clap::Parser;
use divan::Bencher;
use parlor::config::{Config, PublicUrl};
use parlor::domain::chat::{Admission, HistoryVisibility, Lifetime};
use parlor::domain::client_address::ClientAddress;
use parlor::domain::clock::Timestamp;
use parlor::domain::event_log::{Entry, Event, Topic};
use parlor::domain::id::{ChatId, Epoch};
use parlor::domain::markdown::render;
use parlor::domain::message::MessageDraft;
use parlor::domain::principal::Principal;
use parlor::domain::random::SystemRandom;
use parlor::domain::text::MessageText;
use parlor::http::respond::present::Present;
use parlor::http::respond::sse;
use parlor::hub::frame::{IdPrefix, Position};
use parlor::server::{Dependencies, Server};
use parlor::service::Service;
use parlor::service::authorization::Caller;
use parlor::service::charge::{Charge, Metering};
use parlor::service::chats::NewChatParams;
use parlor::service::clock::SystemClock;
use parlor::service::streams::chat::ChatStream;
use parlor::service::streams::event::{EventSource as _, StreamEvent};
use parlor::service::streams::position::{Resume, StreamAuth};
use tokio::runtime::Runtime;

/// Chats are as large as in the saturated runs of the load program.
const FLAGS: &str = "micro --rate-factor 1000000 --chat-entries 100000000 --chat-content 17179869184 --total-memory 17179869184";

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

fn main() {
    divan::main();
}

/// The service, with an open chat in which its owner posts.
struct Fixture {
    runtime: Runtime,
    service: Arc<Service>,
    chat: ChatId,
    author: Principal,
    address: ClientAddress,
}

impl Fixture {
    fn set() -> Self {
        let config = Flags::parse_from(FLAGS.split(' ')).config;
        let service = Server::build(&config, (Ipv4Addr::LOCALHOST, 8080).into(), Dependencies::in_memory(&config)).service().clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let address = ClientAddress::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
        let opening =
            NewChatParams { name: None, title: None, admission: Admission::Open, history: HistoryVisibility::All, expires_in: Lifetime::DEFAULT };
        let opened = runtime.block_on(service.open_chat(&Caller::anonymous(Charge::new(address, Metering::Metered)), opening, None)).unwrap().value;
        Self { runtime, service, chat: opened.chat.id, author: opened.author, address }
    }

    /// Returns the owner as the caller of a request, with its own rate accounting.
    fn author(&self) -> Caller {
        Caller::from_token(&self.author.credential().unwrap().expose().to_string(), Charge::new(self.address, Metering::Metered))
    }

    async fn posts(&self, text: MessageText) {
        self.service.post_message(self.chat, &self.author(), MessageDraft::of_text(text), None).await.unwrap();
    }
}

fn text() -> MessageText {
    MessageText::parse(&"x".repeat(200)).unwrap()
}

#[divan::bench]
fn reading_a_chat_id(bencher: Bencher<'_, '_>) {
    let id = ChatId::random(&SystemRandom).to_string();
    bencher.bench(|| ChatId::parse_or_nil(black_box(&id)));
}

#[divan::bench]
fn reading_a_message_text(bencher: Bencher<'_, '_>) {
    let text = "x".repeat(200);
    bencher.bench(|| MessageText::parse(black_box(&text)));
}

/// The hardest texts of the largest length for a parser of Markdown, with a plain and a usual one.
const MARKDOWN: [(&str, &str); 20] = [
    ("plain", "Hello, world! It is 12:30; are you coming to the park, or would you rather stay (and read)? "),
    ("usual", "**Hello**, see https://example.org/a_b and `code`; *or*:\n- one\n- [two](https://example.org)\n\n"),
    ("quotes", ">"),
    ("quotes and lists", "> - "),
    ("lists", "- "),
    ("ordered lists", "1. "),
    ("emphasis", "*a_ "),
    ("nested emphasis", "*a **b "),
    ("strikethrough", "~~a ~b "),
    ("brackets", "["),
    ("closing brackets", "[a](https://b.c)]"),
    ("links", "[a]("),
    ("images", "![a]("),
    ("angles", "<"),
    ("comments", "<!-- a <![CDATA[ <? <!A "),
    ("tags", "<a b=\"c "),
    ("references", "[a]: b\n\n[a][a] "),
    ("escapes", "\\*&amp;&#42;"),
    ("URLs", "https://a.b/*c*~~d~~"),
    ("schemes", "https://@http://"),
];

/// Texts that are not a repetition: deep lines, backticks of many lengths, uses of one long reference.
fn other_markdown() -> [(&'static str, String); 7] {
    let closed = |opening: &str, closing| format!("{}{closing}", opening.repeat(8_000));
    let deep = format!("{}a\n", ">".repeat(79)).repeat(100);
    let deep_lists = (0..88).map(|depth| format!("{}- a\n", "  ".repeat(depth))).collect::<Vec<_>>().concat();
    let backticks = (1..125).map(|length| format!("{} ", "`".repeat(length))).collect::<Vec<_>>().concat();
    let reference = format!("[a]: https://b.c/{}\n\n{}", "x".repeat(4_000), "[a] ".repeat(1_000));
    let labels = (0..700).map(|number| format!("[{number}]: b\n")).chain(["[1] ".repeat(200)]).collect();
    [
        ("closed brackets", closed("[", "]")),
        ("closed angles", closed("<", ">")),
        ("deep quotes", deep),
        ("deep lists", deep_lists),
        ("backticks", backticks),
        ("one reference", reference),
        ("many references", labels),
    ]
}

fn markdown_names() -> Vec<&'static str> {
    MARKDOWN.iter().map(|(name, _)| *name).chain(other_markdown().map(|(name, _)| name)).collect()
}

#[divan::bench(args = markdown_names())]
fn markdown(bencher: Bencher<'_, '_>, name: &str) {
    let repeated = |(_, unit): &(&str, &str)| unit.repeat(MessageText::MAX_BYTES / unit.len());
    let other = || other_markdown().into_iter().find(|(other, _)| *other == name).unwrap().1;
    let text = MARKDOWN.iter().find(|(repeated, _)| *repeated == name).map_or_else(other, repeated);
    assert!(text.len() <= MessageText::MAX_BYTES);
    bencher.bench(|| render(black_box(&text)));
}

/// A usual message without markup.
#[divan::bench]
fn markdown_of_a_plain_message(bencher: Bencher<'_, '_>) {
    let text = "x".repeat(200);
    bencher.bench(|| render(black_box(&text)));
}

#[divan::bench]
fn rendering_a_message(bencher: Bencher<'_, '_>) {
    let present = Present::new(&PublicUrl::of((Ipv4Addr::LOCALHOST, 8080).into()), Arc::new(SystemClock::default()));
    let topic = Topic::Conversation(ChatId::random(&SystemRandom));
    let message = MessageDraft::of_text(text()).by(None);
    let entry = Entry { seq: 7, at: Timestamp::from_millis(1_795_176_000_000), event: Event::Message(message) };
    bencher.bench(|| sse::entry(&present, topic, black_box(&entry)));
}

#[divan::bench]
fn writing_a_position(bencher: Bencher<'_, '_>) {
    let (prefix, mut out) = (IdPrefix { chat: None, epoch: Epoch::random(&SystemRandom) }, Vec::with_capacity(64));
    bencher.bench_local(|| {
        out.clear();
        sse::position(&mut out, prefix, black_box(Position { seq: 1_234, door: None }));
    });
}

#[divan::bench]
fn posting(bencher: Bencher<'_, '_>) {
    let (fixture, text) = (Fixture::set(), text());
    bencher.bench_local(|| fixture.runtime.block_on(fixture.posts(text.clone())));
}

async fn next(fixture: &Fixture, stream: &mut ChatStream) -> Option<StreamEvent> {
    poll_fn(|cx| stream.poll_next(fixture.service.now(), &|| cx.waker().clone())).await
}

/// Posts, and delivers to each of this many followers.
#[divan::bench(args = [1, 10, 100])]
fn posting_to_followers(bencher: Bencher<'_, '_>, followers: usize) {
    let (fixture, text) = (Fixture::set(), text());
    let mut all = Vec::new();
    for _ in 0..followers {
        let visitor = Caller::anonymous(Charge::new(fixture.address, Metering::Metered));
        let mut follower =
            fixture.runtime.block_on(fixture.service.open_chat_stream(fixture.chat, StreamAuth::Caller(visitor), Resume::AtHead)).unwrap();
        fixture.runtime.block_on(next(&fixture, &mut follower));
        all.push(follower);
    }
    bencher.bench_local(|| {
        fixture.runtime.block_on(async {
            fixture.posts(text.clone()).await;
            for follower in &mut all {
                next(&fixture, follower).await.unwrap();
            }
        });
    });
}
