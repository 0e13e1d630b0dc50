//! Events as they stand in streams and, without message bodies, in the activity.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::chats::ChatFacts;
use super::knocks::{Knock, KnockStatus};
use super::links::Link;
use super::members::{Departure, Member};
use super::messages::Message;
use super::time::Time;

/// `hello`: the first event of a chat's stream.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Hello {
    /// Which numbering.
    #[schema(example = "9f4e21c0")]
    pub epoch: String,
    /// The number of the last entry in the conversation.
    pub head: u64,
    /// For the owner: the number of the last entry in the door's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<u64>,
    /// Whether the stream goes on where you wanted.
    pub resumed: bool,
}

/// `hello` to a guest who waits.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaitingHello {
    /// How the knock stands.
    pub status: KnockStatus,
}

/// `reset`: the stream could not go on where you wanted, and goes on from the head. Read the chat anew.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Reset {
    /// Which numbering.
    pub epoch: String,
    /// The number of the last entry in the conversation.
    pub head: u64,
    /// For the owner: the number of the last entry in the door's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<u64>,
}

/// Which log of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogName {
    /// The conversation.
    Chat,
    /// The door.
    Door,
}

/// `gap`: entries that are no longer kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    /// Of which log.
    pub log: LogName,
    /// The first of them.
    pub from: u64,
    /// The last of them.
    pub to: u64,
}

/// `heartbeat`: the stream is alive. A waiting guest's has no numbers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Heartbeat {
    /// The number of the last entry in the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<u64>,
    /// For the owner: the number of the last entry in the door's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<u64>,
    /// When it was sent.
    pub sent_at: Time,
}

/// `bye`: the server goes away.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct Bye {
    /// When to come back, in milliseconds from now.
    pub retry_ms: u64,
}

/// `member_joined`: somebody was let in. Entry 1 of every chat is its owner's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberJoined {
    /// The entry's number.
    pub seq: u64,
    /// Who.
    pub member: Member,
    /// Who let them in, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
}

/// `member_left`: somebody is no longer a member. It is the last event of their own streams.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberLeft {
    /// The entry's number.
    pub seq: u64,
    /// Who.
    pub member: Member,
    /// Who made them leave; themselves, where they left.
    pub by: Member,
    /// Why.
    pub reason: Departure,
}

/// `chat_updated`: the owner changed the chat. Where it is no longer open, it is the last event for those without a credential.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatUpdated {
    /// The entry's number.
    pub seq: u64,
    /// The chat after this entry.
    pub chat: ChatFacts,
    /// The owner.
    pub by: Member,
}

/// Why a chat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Its owner closed it.
    Closed,
    /// Its time was up.
    Expired,
}

/// `chat_closed`: the chat is gone, and so is its log. It is the last event.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatClosed {
    /// Why.
    pub reason: End,
}

/// `knock`, to the owner: somebody knocked. Whoever was let in at once stands as `approved` already.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Knocked {
    /// The entry's number in the door's log.
    pub door: u64,
    /// The knock.
    pub knock: Knock,
}

/// `knock_decided`, to the owner: a knock ended. (To the guest it is the `Exchange`.)
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KnockDecided {
    /// The entry's number in the door's log.
    pub door: u64,
    /// Which.
    pub knock_id: Uuid,
    /// How.
    pub status: KnockStatus,
    /// Who decided it, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
}

/// `link_created` and `link_revoked`, to the owner.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkChanged {
    /// The entry's number in the door's log.
    pub door: u64,
    /// The link.
    pub link: Link,
}

/// The name of an entry's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventName {
    /// Somebody said something.
    Message,
    /// Somebody was let in.
    MemberJoined,
    /// Somebody is no longer a member.
    MemberLeft,
    /// The owner changed the chat.
    ChatUpdated,
    /// Somebody knocked.
    Knock,
    /// A knock ended.
    KnockDecided,
    /// Somebody made a link.
    LinkCreated,
    /// A link was revoked.
    LinkRevoked,
}

impl EventName {
    /// As it stands in a stream.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::MemberJoined => "member_joined",
            Self::MemberLeft => "member_left",
            Self::ChatUpdated => "chat_updated",
            Self::Knock => "knock",
            Self::KnockDecided => "knock_decided",
            Self::LinkCreated => "link_created",
            Self::LinkRevoked => "link_revoked",
        }
    }
}

/// An entry's data, as it stands in a stream under the event's name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventData {
    /// `message`.
    Message(Message),
    /// `member_joined`.
    MemberJoined(MemberJoined),
    /// `member_left`.
    MemberLeft(MemberLeft),
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
    /// The event's name.
    pub event: String,
    /// Its data.
    pub data: T,
}

/// An entry of a log without message bodies. What does not apply is left out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Activity {
    /// Its number in the log that was asked for.
    pub seq: u64,
    /// The event's name.
    pub kind: EventName,
    /// When it happened.
    pub at: Time,
    /// Whom it is about, or who wrote the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
    /// Why somebody is no longer a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Departure>,
    /// The chat after it was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatFacts>,
    /// The knock that arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock: Option<Knock>,
    /// The knock that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_id: Option<Uuid>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<KnockStatus>,
    /// The link that was made or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}
