//! What a webhook sends: the body, and its signature by Standard Webhooks.

use std::fmt::{self, Debug};
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::watch;

use super::outbound::{OutboundClient, OutboundRequest, OutboundResult};
use crate::domain::clock::Timestamp;
use crate::domain::destination::Destinations;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::ChatId;
use crate::domain::text::Title;
use crate::domain::webhook::{WebhookFormat, WebhookSecret};
use crate::store::webhooks::{Delivery, DeliveryKey, DeliveryOutcome};

/// The body of a delivery.
#[derive(Clone, Debug)]
pub struct WebhookBody {
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Writes the bodies of deliveries.
pub trait WebhookBodies: Send + Sync + Debug {
    /// Writes an entry of a chat with this title in this format.
    fn body(&self, chat: ChatId, title: Option<&Title>, entry: &Entry, format: WebhookFormat) -> WebhookBody;
}

/// What the service sends webhooks with.
pub struct WebhookSender {
    client: Arc<dyn OutboundClient>,
    bodies: Arc<dyn WebhookBodies>,
    pub(in crate::service) destinations: Destinations,
    /// How many deliveries are being sent.
    pub(in crate::service) in_flight: watch::Sender<usize>,
}

impl Debug for WebhookSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSender").field("destinations", &self.destinations).finish_non_exhaustive()
    }
}

impl WebhookSender {
    /// Creates a sender that may send to these destinations.
    #[must_use]
    pub fn new(client: Arc<dyn OutboundClient>, bodies: Arc<dyn WebhookBodies>, destinations: Destinations) -> Self {
        Self { client, bodies, destinations, in_flight: watch::Sender::new(0) }
    }

    /// Sends a delivery; `wall` is the time that its receiver compares with its own.
    pub(in crate::service) async fn send(&self, delivery: &Delivery, wall: Timestamp) -> DeliveryOutcome {
        let Delivery { chat, title, webhook, entry, .. } = delivery;
        let WebhookBody { content_type, bytes } = self.bodies.body(*chat, title.as_ref(), entry, webhook.format);
        let (id, seconds) = (message_id(&delivery.key), wall.millis() / 1_000);
        let signature = signature(&webhook.secret, &id, seconds, &bytes);
        let headers = vec![
            ("content-type", content_type.to_owned()),
            ("webhook-id", id),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        outcome(self.client.post(OutboundRequest { url: webhook.url.as_str().into(), headers, body: bytes }).await)
    }
}

/// Returns what a receiver recognizes a delivery by: the same at each attempt, on each node.
fn message_id(key: &DeliveryKey) -> String {
    let log = match key.topic {
        Topic::Door(_) => "door",
        Topic::Conversation(_) | Topic::Account(_) => "chat",
    };
    format!("msg_{}_{log}_{}", key.webhook.uuid().simple(), key.seq)
}

/// Returns the signature of a message (Standard Webhooks 1.0, symmetric).
fn signature(secret: &WebhookSecret, id: &str, seconds: i64, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()));
    context.update(format!("{id}.{seconds}.").as_bytes());
    context.update(body);
    format!("v1,{}", STANDARD.encode(context.sign()))
}

const fn outcome(result: OutboundResult) -> DeliveryOutcome {
    match result {
        OutboundResult::Answered { status: 200..=299, .. } => DeliveryOutcome::Accepted,
        OutboundResult::Answered { status: 410, .. } => DeliveryOutcome::Gone,
        OutboundResult::Answered { retry_after, .. } => DeliveryOutcome::Failed(retry_after),
        OutboundResult::Unanswered => DeliveryOutcome::Failed(None),
        OutboundResult::Busy(wait) => DeliveryOutcome::Postponed(wait),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::random::RandomSource;

    #[derive(Debug)]
    struct Sevens;

    impl RandomSource for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn a_signature_covers_id_time_and_body() {
        let secret = WebhookSecret::random(&Sevens);
        let signed = signature(&secret, "msg_1", 1_700_000_000, b"{}");
        // python3: base64(hmac.digest(b"\x07" * 32, b"msg_1.1700000000.{}", "sha256"))
        assert_eq!(signed, "v1,nuLLyheCKcS2N8JNOFt5stk98R+umYWr26/ZTfdtGM8=");
        for other in [
            signature(&secret, "msg_2", 1_700_000_000, b"{}"),
            signature(&secret, "msg_1", 1_700_000_001, b"{}"),
            signature(&secret, "msg_1", 1_700_000_000, b"[]"),
        ] {
            assert_ne!(other, signed);
        }
    }

    #[test]
    fn sec_173_only_410_ends_a_webhook_at_once_and_only_2xx_is_accepted() {
        let answered = |status| outcome(OutboundResult::Answered { status, retry_after: Some(Duration::from_secs(9)) });
        assert!([200, 202, 204, 299].into_iter().all(|status| answered(status) == DeliveryOutcome::Accepted));
        assert_eq!(answered(410), DeliveryOutcome::Gone);
        let failed = DeliveryOutcome::Failed(Some(Duration::from_secs(9)));
        assert!([100, 199, 300, 301, 302, 307, 308, 400, 401, 403, 404, 429, 500, 503, 599].into_iter().all(|status| answered(status) == failed));
        assert_eq!(outcome(OutboundResult::Unanswered), DeliveryOutcome::Failed(None));
        assert_eq!(outcome(OutboundResult::Busy(Duration::from_secs(1))), DeliveryOutcome::Postponed(Duration::from_secs(1)));
    }
}
