//! Wire types of messages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::members::Member;
use super::secret::Secret;
use super::time::Time;

/// A message to post.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Shall we meet at ten?"}))]
pub struct NewMessage {
    /// The text: 1 to 8,192 bytes, at most 500 lines, with at least one visible character. It is delivered unchanged.
    pub text: String,
    /// Your own reference for the message, returned with it: 1 to 64 visible ASCII characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// Your credential, unless it is sent as a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub user_id: Option<Secret>,
}

/// A message to post, with its receiver.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": "@ben", "text": "Shall we meet at ten?"}))]
pub struct AddressedMessage {
    /// The receiver: `@` and a username.
    pub to: String,
    /// The text: 1 to 8,192 bytes, at most 500 lines, with at least one visible character. It is delivered unchanged.
    pub text: String,
    /// Your own reference for the message, returned with it: 1 to 64 visible ASCII characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Text.
    Text,
    /// What is left of a deleted message.
    Deleted,
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// The sequence number in the conversation.
    #[schema(example = 7)]
    pub seq: u64,
    /// The id of its chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The author; null if it was posted into an open chat without a credential.
    pub member: Option<Member>,
    /// The kind of the message.
    pub kind: MessageKind,
    /// The text; absent if the message was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Shall we meet at ten?")]
    pub text: Option<String>,
    /// The sender's own reference for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// When it was posted.
    pub created_at: Time,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
}
