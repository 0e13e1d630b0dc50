//! SEC-171, 172, 173: requests that the server itself makes go to admitted addresses only, and no receiver harms others.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use parlor::domain::clock::Clock as _;
use parlor::outbound::resolver::Resolver;
use serde_json::json;

use crate::support::{Behaviour, Chat, Person, Received, Sink, TestServer, seconds, within};

/// Answers each look-up with the next addresses.
#[derive(Debug, Default)]
struct Flipping {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    names: Mutex<Vec<String>>,
}

impl Flipping {
    fn to(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |addresses: &&[&str]| addresses.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().map(parse).collect()), names: Mutex::default() })
    }

    /// Waits until the server has looked up a name this many times.
    async fn asked(&self, times: usize) {
        within(async {
            while self.names.lock().len() < times {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[async_trait]
impl Resolver for Flipping {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.names.lock().push(host.to_owned());
        self.answers.lock().pop_front().ok_or_else(|| io::Error::other("no address"))
    }
}

async fn server_with(resolver: &Arc<Flipping>, allow: &str) -> TestServer {
    let resolver = resolver.clone();
    TestServer::built(&["--webhook-allow", allow, "--rate-factor", "0"], move |parts| parts.resolver = resolver).await
}

/// A chat with a webhook that sends messages to this URL.
async fn hooked(server: &TestServer, url: &str) -> (Person, Chat) {
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    ana.hooks_so(&chat, json!({"url": url, "events": ["message"], "format": "plain"})).await;
    (ana, chat)
}

fn id(received: &Received) -> &str {
    received.header("webhook-id")
}

#[tokio::test]
async fn sec_171_a_name_that_leads_elsewhere_at_the_next_look_up_is_followed_only_where_it_may() {
    let mut sink = Sink::open().await;
    let resolver = Flipping::to(&[&["127.0.0.1"], &["127.0.0.9"], &["127.0.0.9", "127.0.0.1"]]);
    let server = server_with(&resolver, "127.0.0.1/32").await;
    // The same port on both addresses, so that only the address decides.
    let port = sink.address.port();
    let inside = Sink::on(&format!("127.0.0.9:{port}")).await;
    let (ana, chat) = hooked(&server, &format!("http://rebinding.example:{port}/")).await;
    ana.says(&chat, "one").await;
    sink.next().await;
    assert_eq!(resolver.names.lock().len(), 1, "what is connected to is what was judged");
    ana.says(&chat, "two").await;
    resolver.asked(2).await;
    let retried = server.advance_until(&mut sink, 1).await;
    assert!(retried.text().ends_with("two"), "{}", retried.text());
    assert_eq!(*resolver.names.lock(), ["rebinding.example"; 3], "one look-up for each attempt");
    assert!(inside.is_untouched());
    assert!(!ana.is_disabled(&chat).await);
}

#[tokio::test]
async fn sec_171_no_connection_is_made_to_a_private_address_by_name() {
    let v4 = Sink::open().await;
    let v6 = Sink::on(&format!("[::1]:{}", v4.address.port())).await;
    let private =
        ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "10.0.0.1", "169.254.169.254"];
    let resolver = Flipping::to(&[&private]);
    let server = server_with(&resolver, "10.9.9.0/24").await;
    let (ana, chat) = hooked(&server, &format!("http://private.example:{}/", v4.address.port())).await;
    ana.says(&chat, "one").await;
    resolver.asked(1).await;
    // The attempt has failed once its retry looks the name up again.
    within(async {
        while resolver.names.lock().len() < 2 {
            server.clock.advance(seconds(1));
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(v4.is_untouched() && v6.is_untouched());
}

#[tokio::test]
async fn sec_172_redirects_are_not_followed() {
    let server = TestServer::with_local_webhooks().await;
    let (mut sink, other) = (Sink::open().await, Sink::open().await);
    let (ana, chat) = hooked(&server, &sink.url("/")).await;
    for status in [301, 302, 303, 307, 308] {
        sink.becomes(Behaviour::with(status, &format!("Location: {}\r\n", other.url("/"))));
        ana.says(&chat, "Hello").await;
        let first = server.advance_until(&mut sink, 1).await;
        sink.becomes(Behaviour::status(204));
        let second = server.advance_until(&mut sink, 1).await;
        assert_eq!(id(&first), id(&second), "{status} is a failure");
    }
    assert!(other.is_untouched());
}

#[tokio::test]
async fn sec_172_a_gigabyte_is_not_read() {
    let server = TestServer::with_local_webhooks().await;
    let mut sink = Sink::that(Behaviour::Flood).await;
    let (ana, chat) = hooked(&server, &sink.url("/")).await;
    for text in ["one", "two"] {
        ana.says(&chat, text).await;
        assert!(sink.next().await.text().ends_with(text), "the answer was 200, whatever follows it");
    }
    let written = sink.flooded().await;
    assert!(written < 16 << 20, "{written} bytes, of which the sockets hold most");
}

#[tokio::test]
async fn sec_172_a_receiver_that_hangs_is_left_after_five_seconds_and_holds_nobody_up() {
    let server = TestServer::with_local_webhooks().await;
    let (mut hanging, mut sink) = (Sink::that(Behaviour::Hang).await, Sink::open().await);
    let (ana, slow) = hooked(&server, &hanging.url("/")).await;
    let (ben, fast) = hooked(&server, &sink.url("/")).await;
    ana.says(&slow, "Hello").await;
    let first = hanging.next().await;
    ben.says(&fast, "Hello").await;
    sink.next().await;
    let began = server.clock.now();
    hanging.becomes(Behaviour::status(204));
    let second = server.advance_until(&mut hanging, 1).await;
    assert_eq!(id(&first), id(&second));
    let waited = server.clock.now().since(began).as_secs();
    assert!((10..=13).contains(&waited), "5 seconds until it was given up, 5 until the retry: {waited}");
}

#[tokio::test]
async fn sec_172_a_host_has_sixteen_requests_at_one_time_and_other_hosts_go_on() {
    let server = TestServer::with_local_webhooks().await;
    let (mut hanging, mut sink) = (Sink::that(Behaviour::Hang).await, Sink::on("127.0.0.8:0").await);
    for _ in 0..20 {
        let (ana, chat) = hooked(&server, &hanging.url("/")).await;
        ana.says(&chat, "Hello").await;
    }
    for _ in 0..16 {
        hanging.next().await;
    }
    let (ben, fast) = hooked(&server, &sink.url("/")).await;
    ben.says(&fast, "Hello").await;
    sink.next().await;
    assert!(hanging.is_quiet());
    hanging.becomes(Behaviour::status(204));
    for _ in 0..4 {
        server.advance_until(&mut hanging, 1).await;
    }
}

#[tokio::test]
async fn sec_172_nobody_learns_how_a_receiver_answered() {
    let server = TestServer::with_local_webhooks().await;
    let mut failing = Sink::that(Behaviour::status(500)).await;
    let mut lists = Vec::new();
    // Nothing listens on the first port.
    for url in ["http://127.0.0.1:1/".to_owned(), failing.url("/")] {
        let (ana, chat) = hooked(&server, &url).await;
        ana.says(&chat, "Hello").await;
        let list = ana.gets(&format!("{}/webhooks", chat.path)).await.is(200).json["items"][0].clone();
        lists.push(list.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    }
    failing.next().await;
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0], ["created_at", "disabled_at", "events", "format", "id", "url"]);
}

#[tokio::test]
async fn sec_173_a_receiver_says_how_long_to_wait_up_to_an_hour() {
    let server = TestServer::with_local_webhooks().await;
    for (status, asked, expected) in [(429, "600", 600), (503, "1200", 1_200), (429, "86400", 3_600), (500, "Fri, 31 Dec 9999 23:59:59 GMT", 3_600)] {
        let mut sink = Sink::that(Behaviour::with(status, &format!("Retry-After: {asked}\r\n"))).await;
        let (ana, chat) = hooked(&server, &sink.url("/")).await;
        ana.says(&chat, "one").await;
        let first = sink.next().await;
        let began = server.clock.now();
        sink.becomes(Behaviour::status(204));
        // Another message does not shorten the wait.
        ana.says(&chat, "two").await;
        let second = server.advance_until(&mut sink, expected / 10).await;
        let waited = server.clock.now().since(began).as_secs();
        assert!((expected..=expected * 13 / 10).contains(&waited), "{waited} instead of {expected}");
        assert_eq!(id(&first), id(&second));
        assert!(server.advance_until(&mut sink, 1).await.text().ends_with("two"));
    }
}

#[tokio::test]
async fn sec_173_what_a_chat_had_to_send_ends_with_the_chat() {
    let server = TestServer::with_local_webhooks().await;
    let mut sink = Sink::that(Behaviour::status(500)).await;
    for ends in ["closed", "expired", "deleted"] {
        let (ana, chat) = hooked(&server, &sink.url("/")).await;
        ana.says(&chat, "Hello").await;
        sink.next().await;
        match ends {
            "closed" => drop(ana.deletes(&chat.path).await.is(204)),
            "expired" => server.advance(seconds(86_400)).await,
            _ => {
                let list = ana.gets(&format!("{}/webhooks", chat.path)).await.json;
                ana.deletes(&format!("{}/webhooks/{}", chat.path, list["items"][0]["id"].as_str().unwrap())).await.is(204);
            }
        }
    }
    sink.becomes(Behaviour::status(204));
    let (ana, chat) = hooked(&server, &sink.url("/")).await;
    server.advance(seconds(7_200)).await;
    ana.says(&chat, "The only one").await;
    assert!(sink.next().await.text().ends_with("The only one"));
    assert!(sink.is_quiet());
}
