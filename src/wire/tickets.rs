//! Wire types of stream tickets.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;
use super::time::Time;

/// The stream a ticket is requested for: one of `chat_id`, `link_id`, `me`; or `socket`, of a member with `chat_id`, of an account alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"chat_id": "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM"}))]
pub struct NewTicket {
    /// The stream of this chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// The stream of a guest waiting on this link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_id: Option<String>,
    /// `true` for the stream of your account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<bool>,
    /// `true` for a socket: of your account, or beside `chat_id` of a member of that chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<bool>,
    /// Beside `me`: where the stream goes on in up to 200 of your chats. The others start at their heads, and chats that are not yours are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<ChatPosition>,
}

/// Where your stream goes on in a chat.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatPosition {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The `id` of the last event that you received of the chat, on its own stream or on yours, or a sequence number; 0 replays all that you may read.
    #[schema(example = "9f4e21c0-7")]
    pub after: String,
}

/// A ticket: append `?ticket=…` to the stream's URL. It opens one stream at a time, first within 30 s, again within 60 s of an interruption.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// The ticket.
    #[schema(example = "p2dN0lGZ1ZhFZ2mcAzBnqIQqBb4")]
    #[schema(value_type = String)]
    pub ticket: Secret,
    /// When it must first be used by.
    pub expires_at: Time,
}
