//! Wire types of stream events that are in no log: the beginning of a stream, gaps, heartbeats, its end.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::knocks::KnockStatus;
use super::time::Time;

/// `hello`: the first event of a chat's stream.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Hello {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The epoch of the sequence numbers.
    #[schema(example = "9f4e21c0")]
    pub epoch: String,
    /// The sequence number of the last entry in the conversation.
    pub head: u64,
    /// For the owner: the sequence number of the last entry in the door's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<u64>,
    /// True if the stream resumes at the requested position.
    pub resumed: bool,
}

/// `hello` on the stream of a waiting guest.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaitingHello {
    /// The status of the knock.
    pub status: KnockStatus,
}

/// `reset`: the stream could not resume at the requested position and continues from the head. Read the chat again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reset {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The epoch of the sequence numbers.
    pub epoch: String,
    /// The sequence number of the last entry in the conversation.
    pub head: u64,
    /// For the owner: the sequence number of the last entry in the door's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<u64>,
}

/// A log of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogName {
    /// The conversation.
    Chat,
    /// The door.
    Door,
}

/// `gap`: entries that are no longer stored.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The log.
    pub log: LogName,
    /// The first missing sequence number.
    pub from: u64,
    /// The last missing sequence number.
    pub to: u64,
}

/// `heartbeat`: the stream is alive. On a guest's stream it has no sequence numbers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Heartbeat {
    /// The id of the chat; absent on the streams of guests and accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// The sequence number of the last entry in the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<u64>,
    /// For the owner: the sequence number of the last entry in the door's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<u64>,
    /// When it was sent.
    pub sent_at: Time,
}

/// `bye`: the server is shutting down.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Bye {
    /// When to reconnect, in milliseconds from now.
    pub retry_ms: u64,
}
