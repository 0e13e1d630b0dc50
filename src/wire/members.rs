//! Wire types of members.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::Secret;

/// What a member may do in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Decides on admission and on all else: who created the chat, or was handed a group.
    Owner,
    /// Decides on admission to a group, and keeps order there.
    Admin,
    /// Reads and writes.
    Member,
}

/// A member of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The number within the chat, counted from 1 in the order of admission; who opened the chat has 1. It is not a credential.
    #[schema(example = 2)]
    pub id: u32,
    /// The name, unique among the members.
    #[schema(example = "Ben")]
    pub name: String,
    /// The role.
    pub role: Role,
    /// The member's account, if any.
    pub username: Option<String>,
}

/// A membership to bind to your account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"chat_url": "http://127.0.0.1:8080/c/0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM", "credential": "3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"}))]
pub struct MembershipBinding {
    /// The chat: its `chat_url`, its `page_url`, or the bare id.
    pub chat_url: String,
    /// The `author_id` or `client_id` that you used in it. It is dead afterwards.
    #[schema(value_type = String)]
    pub credential: Secret,
}

/// Why a membership ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// The member left.
    Left,
    /// The owner removed the member.
    Removed,
    /// The owner revoked the member's link and evicted everyone it had admitted.
    Evicted,
    /// The member's account was deleted.
    Deleted,
}
