//! SEC-199: a panic in a request becomes a response, reveals nothing, and affects no other request.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use parlor::domain::event_log::LogUpdate;
use parlor::domain::random::{RandomSource, SystemRandom};
use parlor::hub::Hub;
use parlor::hub::bus::Bus;
use parlor::hub::bus::in_process::InProcessBus;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{StreamPath, TestServer};

/// A panic message: text that people wrote.
const WORDS: &str = "whispered-words";

/// A source of random bytes that panics once, on demand, while the id of a chat or a link is drawn.
#[derive(Debug, Default)]
struct Brittle {
    breaks: AtomicBool,
}

impl RandomSource for Brittle {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(bytes.len() < 20 || !self.breaks.swap(false, Ordering::Relaxed), "{WORDS}");
        SystemRandom.fill(bytes);
    }
}

/// A bus that panics at the first message and notifies from then on.
#[derive(Debug)]
struct Breaking {
    bus: InProcessBus,
    whole: AtomicBool,
}

impl Bus for Breaking {
    fn notify(&self, news: LogUpdate) {
        let posted = matches!(&news, LogUpdate::Appended { head, .. } if head.seq > 1);
        assert!(!posted || self.whole.swap(true, Ordering::Relaxed), "{WORDS}");
        self.bus.notify(news);
    }
}

/// The log output.
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
    /// Captures the log of this thread.
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
    let server = TestServer::built(&[], |parts| parts.random = brittle).await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    for (path, body) in [("/v1/chats", json!({})), ("/v1/links", json!({"chat_url": chat.url})), ("/v1/links", json!({"chat_url": chat.url}))] {
        dice.breaks.store(true, Ordering::Relaxed);
        let reply = ana.posts(path, body).await.is_problem(500, "internal");
        assert!(!dice.breaks.load(Ordering::Relaxed), "no panic occurred");
        assert!(!reply.text.contains(WORDS) && reply.json["detail"] == "The server failed to process the request.", "{}", reply.text);
    }
    assert_eq!(ana.says(&chat, "and on").await, 2);
    assert_eq!(stream.expect("message").await.data["text"], "and on");
    ana.shares(&chat).await;
    server.person().creates_a_chat().await;
    assert!(log.text().contains("status=500") && !log.text().contains(WORDS), "{}", log.text());
}

#[tokio::test]
async fn sec_199_a_panic_after_the_commit_loses_nothing() {
    let (log, _heard) = Log::open();
    let server =
        TestServer::with_bus(StreamPath::Fanout, |live: Arc<Hub>| Arc::new(Breaking { bus: InProcessBus::new(live), whole: AtomicBool::new(false) }))
            .await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let mut stream = ana.follows(&chat).await;
    let reply = ana.posts(&chat.path, json!({"text": "committed"})).await.is_problem(500, "internal");
    assert!(!reply.text.contains(WORDS), "{}", reply.text);
    assert_eq!(ana.texts(&chat).await, ["committed"], "what was committed stays");
    assert_eq!(ana.says(&chat, "and on").await, 3);
    server.service.audit_heads().await.unwrap();
    for text in ["committed", "and on"] {
        assert_eq!(stream.expect("message").await.data["text"], text);
    }
    assert!(log.text().contains("the write panicked") && !log.text().contains(WORDS), "{}", log.text());
}
