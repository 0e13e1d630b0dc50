//! Wire types of webhooks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::events::{EventData, EventName};
use super::secret::Secret;
use super::time::Time;

/// What a webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEvent {
    /// A guest knocked, and somebody has to decide.
    Knock,
    /// A message was posted.
    Message,
}

/// The form of what a webhook is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookFormat {
    /// `{type, timestamp, data}`, with the data of the event of a stream.
    #[default]
    Json,
    /// `{text}`, as Slack, Mattermost and others take it.
    Slack,
    /// One line of text, as ntfy and others take it.
    Plain,
}

/// A webhook to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://ntfy.example.org/market", "events": ["knock"], "format": "plain"}))]
pub struct NewWebhook {
    /// Where to send: `https`, a host by name, without user name, password and fragment; at most 2,048 bytes. It must lead to public addresses, unless
    /// the operator allows others.
    pub url: String,
    /// What to send: `knock`, `message`, or both.
    pub events: Vec<WebhookEvent>,
    /// In which form. Default: `json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<WebhookFormat>,
}

/// A webhook.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    #[schema(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    pub id: Uuid,
    /// Where it sends.
    #[schema(example = "https://ntfy.example.org/market")]
    pub url: String,
    /// What it sends.
    pub events: Vec<WebhookEvent>,
    /// In which form.
    pub format: WebhookFormat,
    /// When it was created. It sends what happens afterwards.
    pub created_at: Time,
    /// When it was disabled, because its receiver answered 410 or accepted nothing for a day; null while it sends.
    pub disabled_at: Option<Time>,
    /// The secret that signs its deliveries (Standard Webhooks); only in the response to the request that created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")]
    pub secret: Option<Secret>,
}

/// What a webhook with the format `json` is sent.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookMessage {
    /// The name of the event.
    #[serde(rename = "type")]
    pub kind: EventName,
    /// When it happened.
    pub timestamp: Time,
    /// The data of the event, as streams have it.
    pub data: EventData,
}

/// What a webhook with the format `slack` is sent.
#[derive(Clone, Debug, Serialize)]
pub struct SlackMessage {
    /// What happened, in one line.
    pub text: String,
}
