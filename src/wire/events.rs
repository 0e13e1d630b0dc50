//! Wire types of the entries of logs, as events of streams and lines of exports.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::chats::ChatFacts;
use super::knocks::{Knock, KnockStatus};
use super::links::Link;
use super::members::{Departure, Member};
use super::messages::Message;

/// `message_edited` and `message_deleted`: the message as it now is, at its own sequence number.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageChanged {
    /// The sequence number of the entry.
    pub seq: u64,
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number of the message.
    pub target: u64,
    /// The message; absent if you cannot read it, or if the chat has forgotten it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// Who changed it; absent if you cannot read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
}

/// `reaction`: a member added a reaction or took it back. Without the other fields if you cannot read the message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reaction {
    /// The sequence number of the entry.
    pub seq: u64,
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number of the message.
    pub target: u64,
    /// The emoji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "👍")]
    pub emoji: Option<String>,
    /// Who reacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// True if it was added, false if it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<bool>,
    /// How many members react with this emoji now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// `member_joined`: a member was admitted. Entry 1 of every chat is its owner's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberJoined {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number of the entry.
    pub seq: u64,
    /// The new member.
    pub member: Member,
    /// Who admitted the member, if a member did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
}

/// `member_left`: a member left or was removed. It is the last event of the member's own streams.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberLeft {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number of the entry.
    pub seq: u64,
    /// The former member.
    pub member: Member,
    /// Who caused it; the member itself if it left.
    pub by: Member,
    /// Why.
    pub reason: Departure,
}

/// `member_updated`: a member's role or name changed, or it has an account now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberUpdated {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number of the entry.
    pub seq: u64,
    /// The member after the change.
    pub member: Member,
    /// Who caused it, if a member did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
}

/// `chat_updated`: the owner changed the chat. If it is no longer open, this is the last event for callers without a credential.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatUpdated {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number of the entry.
    pub seq: u64,
    /// The chat after the change.
    pub chat: ChatFacts,
    /// The owner.
    pub by: Member,
}

/// Why a chat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The owner closed it.
    Closed,
    /// Its lifetime ended.
    Expired,
}

/// `chat_closed`: the chat and its log are gone. It is the last event.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatClosed {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// Why.
    pub reason: End,
}

/// `knock`, to the owner: a guest knocked. A guest admitted at once already has status `approved`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Knocked {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number in the door's log.
    pub door: u64,
    /// The knock.
    pub knock: Knock,
}

/// `knock_decided`, to the owner: a knock ended. (To the guest it is the `Exchange`.)
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnockDecided {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number in the door's log.
    pub door: u64,
    /// The knock.
    pub knock_id: Uuid,
    /// Its final status.
    pub status: KnockStatus,
    /// Who decided it, if a member did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
}

/// `link_created` and `link_revoked`, to the owner.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkChanged {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The sequence number in the door's log.
    pub door: u64,
    /// The link.
    pub link: Link,
}

/// The event name of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventName {
    /// A message was posted.
    Message,
    /// A message was edited.
    MessageEdited,
    /// A message was deleted.
    MessageDeleted,
    /// A member added a reaction or took it back.
    Reaction,
    /// A member was admitted.
    MemberJoined,
    /// A member left or was removed.
    MemberLeft,
    /// A member's role or name changed, or it has an account now.
    MemberUpdated,
    /// The owner changed the chat.
    ChatUpdated,
    /// A guest knocked.
    Knock,
    /// A knock ended.
    KnockDecided,
    /// A link was created.
    LinkCreated,
    /// A link was revoked.
    LinkRevoked,
}

impl EventName {
    /// Returns the name used in streams.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::MessageEdited => "message_edited",
            Self::MessageDeleted => "message_deleted",
            Self::Reaction => "reaction",
            Self::MemberJoined => "member_joined",
            Self::MemberLeft => "member_left",
            Self::MemberUpdated => "member_updated",
            Self::ChatUpdated => "chat_updated",
            Self::Knock => "knock",
            Self::KnockDecided => "knock_decided",
            Self::LinkCreated => "link_created",
            Self::LinkRevoked => "link_revoked",
        }
    }
}

/// The data of an entry, as sent in streams under the event's name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventData {
    /// `message`.
    Message(Message),
    /// `message_edited`, `message_deleted`.
    MessageChanged(MessageChanged),
    /// `reaction`.
    Reaction(Reaction),
    /// `member_joined`.
    MemberJoined(MemberJoined),
    /// `member_left`.
    MemberLeft(MemberLeft),
    /// `member_updated`.
    MemberUpdated(MemberUpdated),
    /// `chat_updated`.
    ChatUpdated(ChatUpdated),
    /// `knock`.
    Knock(Knocked),
    /// `knock_decided`.
    KnockDecided(KnockDecided),
    /// `link_created`, `link_revoked`.
    Link(LinkChanged),
}

/// A line of a chat's transcript: first `chat` with the chat, then each entry as in the stream.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TranscriptLine<T> {
    /// The event name.
    pub event: String,
    /// Its data.
    pub data: T,
}
