//! Wire types of messages.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::integer::whole;
use super::members::Member;
use super::secret::Secret;
use super::time::Time;

/// A message to post: a `text`, or an `image` or `video`, whose caption `text` is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Shall we meet at **ten**?"}))]
pub struct NewMessage {
    /// The text, in Markdown: 1 to 8,192 bytes, at most 500 lines, with at least one visible character. It is kept as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// An image by its URL; not together with `video`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// A video by its URL; not together with `image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<NewVideo>,
    /// The sequence number of the message that this one replies to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub reply_to: Option<u64>,
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
    /// The receiver: `@` and a username, or `#` and the name of a group of yours.
    pub to: String,
    /// The text, in Markdown: 1 to 8,192 bytes, at most 500 lines, with at least one visible character. It is kept as typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// An image by its URL; not together with `video`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// A video by its URL; not together with `image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<NewVideo>,
    /// The sequence number of the message that this one replies to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub reply_to: Option<u64>,
    /// Your own reference for the message, returned with it: 1 to 64 visible ASCII characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
}

impl AddressedMessage {
    /// Splits into the receiver and the message.
    #[must_use]
    pub fn split(self) -> (String, NewMessage) {
        let Self { to, text, image, video, reply_to, client_ref } = self;
        (to, NewMessage { text, image, video, reply_to, client_ref, user_id: None })
    }
}

/// An edit of a message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "Shall we meet at **eleven**?"}))]
pub struct MessageEdit {
    /// The new text. Null removes the caption of an image or a video.
    #[serde(deserialize_with = "required_nullable")]
    #[schema(required = true)]
    pub text: Option<String>,
}

/// Reads a value that must be there, but may be null.
pub(super) fn required_nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// An image that a message shows. The server never fetches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://example.com/map.png", "width": 1_200, "height": 800, "alt": "The way to the park"}))]
pub struct Image {
    /// Its URL: https, at most 2,048 bytes, without a user name or password. It is kept as sent.
    pub url: String,
    /// Its width in pixels: 1 to 20,000.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub width: Option<u64>,
    /// Its height in pixels: 1 to 20,000.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub height: Option<u64>,
    /// What it shows, for those who do not see it: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}

/// A video to post.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://youtu.be/dQw4w9WgXcQ", "duration_seconds": 212}))]
pub struct NewVideo {
    /// Its URL: https, at most 2,048 bytes, without a user name or password. It is kept as sent.
    pub url: String,
    /// Its length in seconds: 1 to 86,400.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub duration_seconds: Option<u64>,
}

/// A video that a message shows. The server never fetches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Video {
    /// Its URL.
    #[schema(example = "https://youtu.be/dQw4w9WgXcQ")]
    pub url: String,
    /// Its length in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// Where it comes from: `youtube`, `vimeo`, `vevo`, `dailymotion`, `twitch`, `file`, or the host of the URL.
    #[schema(example = "youtube")]
    pub source: String,
}

/// All reactions to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageReaction {
    /// The emoji.
    #[schema(example = "👍")]
    pub emoji: String,
    /// How many members reacted with it.
    pub count: u64,
    /// Their numbers, the first 100.
    pub members: Vec<u32>,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Text.
    Text,
    /// An image.
    Image,
    /// A video.
    Video,
    /// What is left of a deleted message.
    Deleted,
}

/// How far a message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Not all recipients have received it, or there are none.
    Sent,
    /// All recipients have received it.
    Delivered,
    /// All recipients have read it, but for those who hide that.
    Read,
}

/// A message as it now is. Fields that do not apply are absent.
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
    /// The text as typed, or the caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Shall we meet at **ten**?")]
    pub text: Option<String>,
    /// The text rendered to safe HTML, if its Markdown has more than text and line breaks.
    ///
    /// Elements: `p br strong em del code pre blockquote ul ol li a`; attributes: `start` of `ol`, `href` and `rel` of `a`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "<p>Shall we meet at <strong>ten</strong>?</p>")]
    pub html: Option<String>,
    /// The image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The video.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video: Option<Video>,
    /// The sequence number of the message that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// The sender's own reference for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_ref: Option<String>,
    /// The reactions, in the order in which each emoji was first used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<MessageReaction>,
    /// When it was posted.
    pub created_at: Time,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Time>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// Who deleted it; null if it was deleted with its author's account.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::nullable::nullable")]
    #[schema(value_type = Option<Member>)]
    pub deleted_by: Option<Option<Member>>,
    /// How far it got: for its author, in the answers about this one message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MessageStatus>,
}
