//! Wire types of the socket: frames of both directions.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::integer::whole_number;
use super::messages::required_nullable;
use super::problem::Problem;
use super::secret::Secret;
use super::tickets::ChatPosition;

/// An event, as over server-sent events.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SocketEvent {
    /// The name of the event.
    #[schema(example = "message")]
    pub event: String,
    /// Its position, if it is an entry of a log: where a subscription resumes after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "9f4e21c0-7")]
    pub id: Option<String>,
    /// Its data.
    pub data: Value,
}

/// The answer to a command: `ok` or `problem`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SocketAnswer {
    /// The reference that the command has.
    #[serde(rename = "ref")]
    pub reference: Value,
    /// What HTTP would answer; an empty object, where that is an empty body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<Value>,
    /// Why the command failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// `authenticate`: shows a credential.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Authenticate {
    /// An `author_id`, a `client_id` or an access token.
    #[schema(value_type = String)]
    pub credential: Secret,
}

/// `subscribe`: follows a chat.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeChat {
    /// The id of the chat.
    pub chat_id: String,
    /// The `id` of the last event that you received of the chat, or a sequence number; 0 replays all that you may read.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "position")]
    pub after: Option<String>,
}

/// `subscribe`: follows your account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscribeAccount {
    /// Must be `true`.
    pub me: bool,
    /// Where the stream goes on in up to 200 of your chats. The others start at their heads, and chats that are not yours are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<ChatPosition>,
}

/// `unsubscribe`: ends a subscription. Again changes nothing.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsubscribe {
    /// The id of the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// `true` for your account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<bool>,
}

/// `edit`: edits a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditMessage {
    /// The id of the chat.
    pub chat_id: String,
    /// The sequence number of the message.
    #[serde(deserialize_with = "whole_number")]
    pub seq: u64,
    /// The new text. Null removes the caption of an image or a video.
    #[serde(deserialize_with = "required_nullable")]
    #[schema(required = true)]
    pub text: Option<String>,
}

/// `delete`: deletes a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteMessage {
    /// The id of the chat.
    pub chat_id: String,
    /// The sequence number of the message.
    #[serde(deserialize_with = "whole_number")]
    pub seq: u64,
}

/// `react`: adds a reaction, or takes it back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct React {
    /// The id of the chat.
    pub chat_id: String,
    /// The sequence number of the message.
    #[serde(deserialize_with = "whole_number")]
    pub seq: u64,
    /// The emoji.
    #[schema(example = "👍")]
    pub emoji: String,
    /// Whether you react with it from now on.
    pub added: bool,
}

/// `bye`: a subscription ends, although its chat goes on: subscribe again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SubscriptionEnded {
    /// The id of the chat; absent for that of your account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// `true` for the subscription of your account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<bool>,
}

/// Reads a position that may be a number.
fn position<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "the id of an event or a sequence number")]
    enum Position {
        Text(String),
        Number(u64),
    }
    Ok(Option::<Position>::deserialize(deserializer)?.map(|position| match position {
        Position::Text(text) => text,
        Position::Number(number) => number.to_string(),
    }))
}
