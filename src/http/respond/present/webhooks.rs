//! Presents webhooks.

use super::Present;
use crate::domain::webhook::{Webhook, WebhookFormat};
use crate::wire;
use crate::wire::secret::Secret;
use crate::wire::webhooks::WebhookEvent;

impl Present {
    /// Presents a webhook, without its secret.
    pub(in crate::http) fn webhook(&self, webhook: &Webhook) -> wire::webhooks::Webhook {
        let events = [(webhook.events.knock, WebhookEvent::Knock), (webhook.events.message, WebhookEvent::Message)];
        wire::webhooks::Webhook {
            id: webhook.id.uuid(),
            url: webhook.url.as_str().into(),
            events: events.into_iter().filter(|(is_sent, _)| *is_sent).map(|(_, event)| event).collect(),
            format: match webhook.format {
                WebhookFormat::Json => wire::webhooks::WebhookFormat::Json,
                WebhookFormat::Slack => wire::webhooks::WebhookFormat::Slack,
                WebhookFormat::Plain => wire::webhooks::WebhookFormat::Plain,
            },
            created_at: self.time(webhook.created_at),
            disabled_at: webhook.disabled_at.map(|at| self.time(at)),
            secret: None,
        }
    }

    /// Presents a webhook to its creator, with its secret.
    pub(in crate::http) fn created_webhook(&self, webhook: &Webhook) -> wire::webhooks::Webhook {
        wire::webhooks::Webhook { secret: Some(Secret::new(&webhook.secret)), ..self.webhook(webhook) }
    }
}
