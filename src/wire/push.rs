//! Wire types of push subscriptions, and of what they are sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::time::Time;

/// The public key that browsers subscribe with.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PushKey {
    /// The key for `applicationServerKey`: an uncompressed point of P-256, in base64url.
    #[schema(example = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")]
    pub key: String,
}

/// The keys of a browser's subscription.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushKeys {
    /// The browser's public key: 65 bytes in base64url.
    pub p256dh: String,
    /// The browser's secret: 16 bytes in base64url.
    pub auth: String,
}

/// A push subscription to save: what `PushSubscription.toJSON()` returns, and whose it is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg"
    },
    "chat_url": "https://chat.example.org/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM"
}))]
pub struct NewPushSubscription {
    /// Where to send: `https`, port 443, a host of FCM, Mozilla, Apple or WNS, or one that the operator allows; at most 2,048 bytes.
    pub endpoint: String,
    /// The browser's keys.
    pub keys: PushKeys,
    /// When the subscription ends, in milliseconds since 1970.
    #[serde(default, rename = "expirationTime", skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<u64>,
    /// For a member of a link chat without an account: the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_url: Option<String>,
    /// For a guest who waits, without an account: the link. Once approved, the subscription goes on as the member's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_url: Option<String>,
    /// Whether to send the beginning of messages. Default: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<bool>,
}

/// A push subscription.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PushSubscription {
    /// Its id.
    #[schema(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    pub id: Uuid,
    /// The host of its endpoint.
    #[schema(example = "updates.push.services.mozilla.com")]
    pub host: String,
    /// When it was created.
    pub created_at: Time,
    /// The chat; null for the subscription of an account, which is told of all its chats, and while a guest waits.
    pub chat_id: Option<String>,
    /// Whether it is sent the beginning of messages.
    pub text: bool,
}

/// What a push is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PushKind {
    /// A message.
    Message,
    /// A knock to decide.
    Knock,
    /// One's knock was approved.
    Approved,
    /// A friend request.
    FriendRequest,
}

/// What the page of a browser is sent.
#[derive(Clone, Debug, Serialize)]
pub struct Push {
    /// What it is about.
    pub kind: PushKind,
    /// The chat, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// The title of the chat as it is shown; the name of the account that asks to be friends.
    pub title: String,
    /// The name of the one who wrote, knocked, or owns the chat; the username of the account that asks to be friends.
    pub from: String,
    /// The beginning of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many messages are unread in the chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<u64>,
}
