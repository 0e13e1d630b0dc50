//! Wire types of chats.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::members::Member;
use super::messages::Message;
use super::secret::Secret;
use super::time::Time;

/// How people join a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// Guests knock, and the owner decides.
    Knock,
    /// Anyone with the chat's URL reads and writes.
    Open,
    /// No one can ask to join. Not for link chats.
    Invite,
}

/// How much history new members can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// All of it.
    All,
    /// Entries since they joined.
    SinceJoin,
}

/// The kind of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// People join by links, without an account.
    Link,
    /// Two accounts, found by their usernames.
    Direct,
    /// Accounts and guests, found by the group's name.
    Group,
}

/// A chat to create. All fields are optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ana", "title": "Plans for Sunday"}))]
pub struct NewChat {
    /// Your name in the chat: 1 to 40 characters, without surrounding spaces. Default: `Owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The title: 1 to 120 characters, without surrounding spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How people join. Default: `knock`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// How much history new members can read. Default: `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// Lifetime after the last message or admission, in seconds: 60 to 2,592,000 (30 days). Default: 86,400 (a day).
    #[serde(default, deserialize_with = "super::integer::whole", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// A change of a chat's settings. Omitted fields stay as they are; null removes a title, a description, or the lifetime of a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Plans for Monday", "expires_in": 3600}))]
pub struct ChatChange {
    /// A new title: 1 to 120 characters.
    #[serde(default, deserialize_with = "super::nullable::nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub title: Option<Option<String>>,
    /// A new name, for a group: it has the form of a username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new description, for a group: 1 to 1,000 characters, with line breaks.
    #[serde(default, deserialize_with = "super::nullable::nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub description: Option<Option<String>>,
    /// A new kind of admission; `invite` is for groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// A new history visibility, for members admitted afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// A new lifetime in seconds, counted from now: 60 to 2,592,000 (30 days).
    #[serde(default, deserialize_with = "super::nullable::nullable_integer", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub expires_in: Option<Option<u64>>,
}

/// What a group has besides other chats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChatGroup {
    /// Its unique name.
    #[schema(example = "book-club")]
    pub name: String,
    /// What it is about.
    #[schema(example = "We read one book a month.")]
    pub description: Option<String>,
    /// How many members it has.
    #[schema(example = 4)]
    pub members: u32,
}

/// The data of a chat that is the same for all readers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatFacts {
    /// The id in URLs: 43 unguessable characters.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The chat's URL in the API.
    #[schema(example = "http://127.0.0.1:8080/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_url: String,
    /// The chat's URL in a browser.
    #[schema(example = "http://127.0.0.1:8080/c/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub page_url: String,
    /// The kind of the chat.
    pub kind: ChatKind,
    /// The title.
    #[schema(example = "Plans for Sunday")]
    pub title: Option<String>,
    /// What a group has besides; null for other chats.
    pub group: Option<ChatGroup>,
    /// How people join.
    pub admission: Admission,
    /// How much history members admitted from now on can read.
    pub history: History,
    /// When it was created.
    pub created_at: Time,
    /// Lifetime after the last message or admission, in seconds; null if it does not expire.
    #[schema(example = 86_400)]
    pub expires_in: Option<u64>,
    /// When it expires unless it is renewed; null if it does not.
    pub expires_at: Option<Time>,
}

/// The other of the two in a direct chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChatPartner {
    /// The username; null if the account was deleted.
    #[schema(example = "ben")]
    pub username: Option<String>,
    /// The name.
    #[schema(example = "Ben")]
    pub name: String,
}

/// A chat as seen by the caller.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Chat {
    /// The data that is the same for all readers.
    #[serde(flatten)]
    pub facts: ChatFacts,
    /// The oldest sequence number that you can read.
    #[schema(example = 1)]
    pub first: u64,
    /// The sequence number of the last entry in the conversation.
    #[schema(example = 1)]
    pub head: u64,
    /// In a direct chat, the other one.
    pub with: Option<ChatPartner>,
    /// Your membership; null if you read an open chat without a credential.
    pub me: Option<Member>,
}

/// A newly created chat. `author_id` is secret: it makes you the owner and is shown to no one else.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenedChat {
    /// The id in URLs.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The chat's URL in the API.
    #[schema(example = "http://127.0.0.1:8080/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_url: String,
    /// The chat's URL in a browser.
    #[schema(example = "http://127.0.0.1:8080/c/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub page_url: String,
    /// Your credential as the owner: send it as `Authorization: Bearer …`. Null if you are signed in: your access token is your credential.
    #[schema(value_type = Option<Uuid>)]
    pub author_id: Option<Secret>,
    /// The chat.
    pub chat: Chat,
}

/// A chat with some or all of its messages.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatPage {
    /// The chat.
    pub chat: Chat,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// The sequence number of the last entry in the conversation: follow the chat from here to miss nothing.
    #[schema(example = 7)]
    pub head: u64,
    /// True if there are more messages in the requested direction.
    pub has_more: bool,
}
