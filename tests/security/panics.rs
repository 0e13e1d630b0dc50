//! SEC-199: a panic in a request is an answer, tells nothing, and leaves everything as it was for everybody else.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use parlor::domain::dice::{Dice, SystemDice};
use parlor::domain::entry::News;
use parlor::live::Live;
use parlor::live::bus::{Bus, InProcess};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::World;

/// What a panic says: text that people wrote.
const WORDS: &str = "whispered-words";

/// Dice that break once, when they are told to, where the id of a chat or a link is thrown.
#[derive(Debug, Default)]
struct Brittle {
    breaks: AtomicBool,
}

impl Dice for Brittle {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(bytes.len() < 20 || !self.breaks.swap(false, Ordering::Relaxed), "{WORDS}");
        SystemDice.fill(bytes);
    }
}

/// A bus that breaks at the first message, and rings from then on.
#[derive(Debug)]
struct Breaking {
    bus: InProcess,
    whole: AtomicBool,
}

impl Bus for Breaking {
    fn ring(&self, news: News) {
        let posted = matches!(&news, News::Grown { head, .. } if head.number > 1);
        assert!(!posted || self.whole.swap(true, Ordering::Relaxed), "{WORDS}");
        self.bus.ring(news);
    }
}

/// What was logged.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Hears what this thread logs.
    fn open() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let lines = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
        (log, tracing::subscriber::set_default(lines))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().clone()).unwrap()
    }
}

#[tokio::test]
async fn sec_199_a_panic_in_a_handler_is_an_answer_that_tells_nothing() {
    let (log, _heard) = Log::open();
    let dice = Arc::new(Brittle::default());
    let brittle = dice.clone();
    let world = World::built(&[], |parts| parts.dice = brittle).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let mut hearing = ana.follows(&chat).await;
    for (path, body) in [("/v1/chats", json!({})), ("/v1/links", json!({"chat_url": chat.url})), ("/v1/links", json!({"chat_url": chat.url}))] {
        dice.breaks.store(true, Ordering::Relaxed);
        let reply = ana.posts(path, body).await.is_problem(500, "internal");
        assert!(!dice.breaks.load(Ordering::Relaxed), "nothing broke");
        assert!(!reply.text.contains(WORDS) && reply.json["detail"] == "It could not be done, and it is not your fault.", "{}", reply.text);
    }
    assert_eq!(ana.says(&chat, "and on").await, 2);
    assert_eq!(hearing.hears("message").await.data["text"], "and on");
    ana.shares(&chat).await;
    world.person().creates_a_chat().await;
    assert!(log.text().contains("status=500") && !log.text().contains(WORDS), "{}", log.text());
}

#[tokio::test]
async fn sec_199_a_panic_after_the_commit_loses_nothing() {
    let (log, _heard) = Log::open();
    let world = World::with_bus(|live: Arc<Live>| Arc::new(Breaking { bus: InProcess::new(live), whole: AtomicBool::new(false) })).await;
    let mut ana = world.person();
    let chat = ana.creates_a_chat().await;
    let mut hearing = ana.follows(&chat).await;
    let reply = ana.posts(&chat.path, json!({"text": "committed"})).await.is_problem(500, "internal");
    assert!(!reply.text.contains(WORDS), "{}", reply.text);
    assert_eq!(ana.texts(&chat).await, ["committed"], "what was committed stays");
    assert_eq!(ana.says(&chat, "and on").await, 3);
    world.service.audit().await.unwrap();
    for text in ["committed", "and on"] {
        assert_eq!(hearing.hears("message").await.data["text"], text);
    }
    assert!(log.text().contains("broke off") && !log.text().contains(WORDS), "{}", log.text());
}
