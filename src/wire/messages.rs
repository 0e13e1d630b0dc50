//! Messages as others see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::members::Member;
use super::secret::Secret;
use super::time::Time;

/// A message that is to be posted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Shall we meet at ten?"}))]
pub struct NewMessage {
    /// What you say: 1 to 8,192 bytes, at most 500 lines, something in it that can be seen. It arrives unchanged.
    pub text: String,
    /// Your own name for it, given back with it: 1 to 64 visible ASCII characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// Your credential, where you do not send it as a header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub user_id: Option<Secret>,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Text.
    Text,
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its number in the conversation.
    #[schema(example = 7)]
    pub seq: u64,
    /// Where it was posted.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// Who wrote it; nobody that is known, where somebody posted into an open chat without a credential.
    pub member: Option<Member>,
    /// What it is.
    pub kind: MessageKind,
    /// What they wrote.
    #[schema(example = "Shall we meet at ten?")]
    pub text: String,
    /// The sender's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// When it was posted.
    pub created_at: Time,
}
