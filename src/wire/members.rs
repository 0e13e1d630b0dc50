//! Wire types of members.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member may do in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Created the chat and decides on admission.
    Owner,
    /// Reads and writes.
    Member,
}

/// A member of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The number within the chat, counted from 1 (the owner) in the order of admission. It is not a credential.
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
