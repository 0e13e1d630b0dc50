//! What people do with webhooks.

use serde_json::{Value, json};

use super::person::text;
use super::sink::{Received, Sink, settle};
use super::{Chat, Person, TestServer, seconds, within};

/// A webhook as its creator received it.
#[derive(Clone, Debug)]
pub struct Hook {
    pub path: String,
    pub secret: String,
    pub json: Value,
}

impl Hook {
    /// Returns true if a delivery is signed at this time, by the library for receivers.
    pub fn signed(&self, received: &Received, seconds: i64) -> bool {
        let (id, timestamp) = (received.header("webhook-id"), received.header("webhook-timestamp"));
        let signature = standardwebhooks::Webhook::new(&self.secret).unwrap().sign(id, seconds, &received.body).unwrap();
        timestamp == seconds.to_string() && received.header("webhook-signature") == signature
    }
}

impl Person {
    /// Creates a webhook from this body.
    pub async fn hooks_so(&self, chat: &Chat, body: Value) -> Hook {
        let json = self.posts(&format!("{}/webhooks", chat.path), body).await.is(201).json;
        let path = format!("{}/webhooks/{}", chat.path, text(&json, "id"));
        Hook { path, secret: text(&json, "secret"), json }
    }

    /// Creates a webhook that sends these events to a sink.
    pub async fn hooks(&self, chat: &Chat, sink: &Sink, events: &[&str], format: &str) -> Hook {
        self.hooks_so(chat, json!({"url": sink.url("/hook"), "events": events, "format": format})).await
    }

    /// Returns whether the only webhook of a chat is disabled.
    pub async fn is_disabled(&self, chat: &Chat) -> bool {
        let list = self.gets(&format!("{}/webhooks", chat.path)).await.is(200).json;
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
        !list["items"][0]["disabled_at"].is_null()
    }
}

impl TestServer {
    /// Starts a server that may send webhooks to this machine.
    pub async fn with_local_webhooks() -> Self {
        Self::with(&["--webhook-allow", "127.0.0.0/8", "--rate-factor", "0"]).await
    }

    /// Advances the clock until the sink receives something.
    pub async fn advance_until(&self, sink: &mut Sink, step: u64) -> Received {
        within(async {
            loop {
                tokio::select! {
                    biased;
                    received = sink.next() => return received,
                    () = settle() => self.clock.advance(seconds(step)),
                }
            }
        })
        .await
    }
}
