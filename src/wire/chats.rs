//! Chats as others see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::members::Member;
use super::messages::Message;
use super::secret::Secret;
use super::time::Time;

/// How people get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// They knock, and the owner decides.
    Knock,
    /// Whoever has the chat's URL reads and writes.
    Open,
}

/// How much of the past those read who are admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// All of it.
    All,
    /// What came since they joined.
    SinceJoin,
}

/// What a chat is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatKind {
    /// People who came by links.
    Link,
}

/// A chat that is to be opened. Everything may be left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ana", "title": "Plans for Sunday"}))]
pub struct NewChat {
    /// What you are called in it: 1 to 40 characters, without spaces around them, `Owner` where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is called: 1 to 120 characters, without spaces around them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How people get in; `knock` where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// How much of the past those read who are admitted; `all` where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// How long it lives after the last message or admission, in seconds: 60 to 2,592,000 (30 days), 86,400 (a day) where left out.
    #[serde(default, deserialize_with = "super::number::whole", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// What is to be different about a chat. What is left out stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "Plans for Monday", "expires_in": 3600}))]
pub struct ChatChange {
    /// A new title: 1 to 120 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Another kind of admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
    /// Another history, for those admitted afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// A new lifetime in seconds, counted from now: 60 to 2,592,000 (30 days).
    #[serde(default, deserialize_with = "super::number::whole", skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
}

/// What is the same about a chat for everybody in it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatFacts {
    /// Its name in addresses: 43 characters that nobody guesses.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// What it is made of.
    pub kind: ChatKind,
    /// What it is called.
    #[schema(example = "Plans for Sunday")]
    pub title: Option<String>,
    /// How people get in.
    pub admission: Admission,
    /// How much of the past those read who are admitted from now on.
    pub history: History,
    /// When it was opened.
    pub created_at: Time,
    /// How long it lives after the last message or admission, in seconds.
    #[schema(example = 86_400)]
    pub expires_in: u64,
    /// When it will be gone, if nothing happens.
    pub expires_at: Time,
}

/// A chat as it is to whoever asks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Chat {
    /// What is the same for everybody.
    #[serde(flatten)]
    pub facts: ChatFacts,
    /// The number of the last entry in its conversation.
    #[schema(example = 1)]
    pub head: u64,
    /// Who you are in it; nobody, if you read an open chat without a credential.
    pub me: Option<Member>,
}

/// A chat that was opened. `author_id` is yours alone: it is what makes you its owner, and nobody else is shown it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OpenedChat {
    /// Its name in addresses.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// Where the API has it.
    #[schema(example = "http://127.0.0.1:8080/v1/chats/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_url: String,
    /// Where a browser shows it.
    #[schema(example = "http://127.0.0.1:8080/c/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub page_url: String,
    /// Your credential as its owner: send it as `Authorization: Bearer …`.
    #[schema(value_type = Uuid)]
    pub author_id: Secret,
    /// The chat.
    pub chat: Chat,
}

/// A chat with some or all of its messages.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatPage {
    /// The chat.
    pub chat: Chat,
    /// Its messages, oldest first.
    pub messages: Vec<Message>,
    /// The number of the last entry in its conversation: follow the chat from here, and nothing is missed.
    #[schema(example = 7)]
    pub head: u64,
    /// Whether there are more messages in the direction that was asked for.
    pub has_more: bool,
}
