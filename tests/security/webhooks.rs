//! SEC-177, 178: webhooks go to public hosts, are signed, tell nothing of the server; nothing else that people write is called.

use std::time::{SystemTime, UNIX_EPOCH};

use parlor::domain::clock::Clock as _;
use serde_json::json;

use crate::support::{Sink, TestServer};

#[tokio::test]
async fn sec_177_no_url_that_people_write_is_called() {
    let server = TestServer::with_local_webhooks().await;
    let sink = Sink::open().await;
    let mut ana = server.person();
    let chat = ana.creates(json!({"name": "Ana", "title": sink.url("/title")})).await;
    let link = ana.shares_so(&chat, json!({"label": sink.url("/label")})).await;
    ana.says(&chat, &format!("{} [x]({}) ![y]({})", sink.url("/bare"), sink.url("/link"), sink.url("/image"))).await;
    let image = sink.url("/picture").replace("http:", "https:");
    ana.posts(&chat.path, json!({"image": {"url": image}})).await.is(201);
    ana.posts(&chat.path, json!({"video": {"url": image}})).await.is(201);
    server.person().posts(&format!("{}/knocks", link.path), json!({"name": "Ben", "note": sink.url("/note")})).await.is(201);
    let mut hooked = Sink::open().await;
    ana.hooks(&chat, &hooked, &["message"], "json").await;
    ana.says(&chat, &sink.url("/last")).await;
    hooked.next().await;
    assert!(sink.is_untouched());
}

#[tokio::test]
async fn sec_178_a_webhook_names_a_public_host() {
    let server = TestServer::with(&["--rate-factor", "0"]).await;
    let sink = Sink::open().await;
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let port = sink.address.port();
    for url in [
        format!("https://127.0.0.1:{port}/a.example.org/"),
        format!("https://example.org@127.0.0.1:{port}/"),
        format!("https://2130706433:{port}/"),
        format!("https://0x7f000001:{port}/"),
        format!("https://0177.0.0.1:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:7f00:1]:{port}/"),
        format!("http://localhost:{port}/"),
        sink.url("/"),
    ] {
        let reply = ana.posts(&format!("{}/webhooks", chat.path), json!({"url": url, "events": ["message"]})).await.is_problem(422, "invalid");
        assert_eq!(reply.json["field"], "url", "{url}");
    }
    // A name is judged when it is connected to.
    let hook = json!({"url": format!("https://localhost:{port}/"), "events": ["message"]});
    ana.posts(&format!("{}/webhooks", chat.path), hook).await.is(201);
    let before = server.service.counters().failed_webhooks.get();
    ana.says(&chat, "Hello").await;
    crate::support::within(async {
        while server.service.counters().failed_webhooks.get() == before {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(sink.is_untouched());
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "receivers compare with the time of day")]
async fn sec_178_a_delivery_is_accepted_by_a_library_for_receivers_and_has_no_other_header() {
    let server = TestServer::with_local_webhooks().await;
    let mut sink = Sink::open().await;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    server.clock.set_wall(now - server.clock.now().millis());
    let mut ana = server.person();
    let chat = ana.creates_a_chat().await;
    let hook = ana.hooks(&chat, &sink, &["message"], "json").await;
    ana.says(&chat, "Grüße").await;
    let received = sink.next().await;
    let pairs = received.headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let headers: reqwest::header::HeaderMap = pairs.collect();
    let verifier = standardwebhooks::Webhook::new(&hook.secret).unwrap();
    verifier.verify(&received.body, &headers).unwrap();
    let mut forged = received.body.clone();
    *forged.last_mut().unwrap() = b' ';
    assert!(verifier.verify(&forged, &headers).is_err());
    let other = ana.hooks(&chat, &sink, &["knock"], "json").await;
    assert!(standardwebhooks::Webhook::new(&other.secret).unwrap().verify(&received.body, &headers).is_err(), "each has a secret of its own");
    let names: Vec<_> = received.headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["connection", "content-length", "content-type", "host", "user-agent", "webhook-id", "webhook-signature", "webhook-timestamp"]);
    assert_eq!((received.header("user-agent"), received.header("host")), ("Parlor", sink.address.to_string().as_str()));
    let text = received.text();
    assert!(!text.contains(&chat.author) && !text.contains("whsec_"), "{text}");
}
