//! Members as others see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody may do in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Opened it; decides who gets in.
    Owner,
    /// Reads and writes.
    Member,
}

/// A person inside a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Their number in the chat, counted from 1 (the owner) in the order of admission. It proves nothing.
    #[schema(example = 2)]
    pub id: u32,
    /// What they are called there; no two members have the same.
    #[schema(example = "Ben")]
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their account, if they have one.
    pub username: Option<String>,
}

/// Why somebody is no longer a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// They left.
    Left,
    /// The owner removed them.
    Removed,
    /// The owner revoked the link that had let them in, and everybody with it.
    Evicted,
}
