//! Wire types of accounts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;
use super::time::Time;

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Everyone.
    Open,
    /// Those who know the registration code.
    Code,
    /// No one; the operator of the server creates accounts.
    Closed,
}

/// What this server offers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"registration": "open", "mail": false, "push": true}))]
pub struct Instance {
    /// Who may sign up.
    pub registration: Registration,
    /// Whether it sends mail: only then accounts may have an e-mail address.
    pub mail: bool,
    /// Whether it sends push notifications.
    pub push: bool,
}

/// An account to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ana", "password": "plum-tree-42", "name": "Ana"}))]
pub struct NewUser {
    /// The username: 2 to 32 letters, digits, dots, hyphens and underscores, in any case. It is unique and final.
    pub username: String,
    /// The password: 8 characters to 1,024 bytes, none of the common ones.
    #[schema(value_type = String)]
    pub password: Secret,
    /// An e-mail address, where the server sends mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The name that others see: 1 to 40 characters. Default: the username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The registration code, where the server asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<Secret>,
}

/// Who may write to an account directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DirectMessages {
    /// Its friends.
    Friends,
    /// Every account.
    Anyone,
    /// No one.
    Nobody,
}

/// Your account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a field of its own on the wire")]
pub struct Me {
    /// The username.
    #[schema(example = "ana")]
    pub username: String,
    /// The name that others see.
    #[schema(example = "Ana")]
    pub name: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// A new address that waits to be verified.
    pub email_pending: Option<String>,
    /// When the account was created.
    pub created_at: Time,
    /// Who may write to you directly.
    pub direct_messages: DirectMessages,
    /// Whether others find you in lists and searches.
    pub findable: bool,
    /// Whether you show what you have read, and see what others have.
    pub read_receipts: bool,
    /// Whether you show when you are online, and see when others are.
    pub presence: bool,
}

/// A change of your account. Omitted fields stay as they are.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ana B.", "direct_messages": "anyone"}))]
pub struct MeChange {
    /// A new name: 1 to 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new e-mail address; null removes it. It needs `current_password`, or a sign-in within the last 10 minutes.
    #[serde(default, deserialize_with = "super::nullable::nullable", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Who may write to you directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct_messages: Option<DirectMessages>,
    /// Whether others find you.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findable: Option<bool>,
    /// Whether you show what you have read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_receipts: Option<bool>,
    /// Whether you show when you are online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<bool>,
    /// Your current password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub current_password: Option<Secret>,
}

/// The confirmation of a deletion.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "plum-tree-42"}))]
pub struct MeDeletion {
    /// Your current password, unless you signed in within the last 10 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub current_password: Option<Secret>,
}

/// A new password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "plum-tree-42", "new_password": "pear-tree-43"}))]
pub struct PasswordChange {
    /// Your current password.
    #[schema(value_type = String)]
    pub current_password: Secret,
    /// The new password: 8 characters to 1,024 bytes, none of the common ones.
    #[schema(value_type = String)]
    pub new_password: Secret,
}

/// An account as the operator sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManagedUser {
    /// The username.
    pub username: String,
    /// The name.
    pub name: String,
    /// Whether its e-mail address is verified.
    pub email_verified: bool,
    /// When it was created.
    pub created_at: Time,
    /// When it was used last, to the minute.
    pub last_seen_at: Time,
    /// Since when it is suspended.
    pub suspended_at: Option<Time>,
    /// The number of chats in which it is or was a member, or knocked.
    pub chats: usize,
}

/// Where the owner of an account sets a new password.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssuedPasswordReset {
    /// The URL of the page. It works once, for 30 minutes.
    pub url: Secret,
}

/// How somebody is related to you.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Friendship {
    /// Not at all.
    None,
    /// They asked to be your friend.
    Incoming,
    /// You asked to be theirs.
    Outgoing,
    /// You are friends.
    Friends,
    /// It is you.
    #[serde(rename = "self")]
    Oneself,
}

/// When somebody was online.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Presence {
    /// Whether they are online.
    pub online: bool,
    /// When they were online last, in steps of five minutes.
    pub last_seen_at: Option<Time>,
}

/// An account as you see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// The username.
    #[schema(example = "ben")]
    pub username: String,
    /// The name; the username if you may not see it.
    #[schema(example = "Ben")]
    pub name: String,
    /// How they are related to you.
    pub friendship: Friendship,
    /// Whether you may write to them directly.
    pub accepts_messages: bool,
    /// When they were online; null unless you are friends who both show it.
    pub presence: Option<Presence>,
}
