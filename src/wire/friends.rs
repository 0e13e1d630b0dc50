//! Wire types of friend requests, friends and blocks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::accounts::User;
use super::time::Time;

/// A friend request to send.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "ben", "note": "It's Ana from the library"}))]
pub struct NewFriendRequest {
    /// Whom to ask.
    pub username: String,
    /// A note to them: 1 to 280 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The status of a friend request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FriendRequestStatus {
    /// It waits for an answer.
    Pending,
    /// You became friends. It stays so when the friendship ends.
    Accepted,
    /// The receiver rejected it.
    Rejected,
    /// The sender withdrew it: in events only, since it is gone.
    Withdrawn,
}

/// A friend request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FriendRequest {
    /// Its id.
    pub id: Uuid,
    /// Who asked.
    pub from: User,
    /// Who was asked.
    pub to: User,
    /// The sender's note.
    #[schema(example = "It's Ana from the library")]
    pub note: Option<String>,
    /// Its status.
    pub status: FriendRequestStatus,
    /// When it was sent.
    pub created_at: Time,
    /// When it was accepted or rejected.
    pub answered_at: Option<Time>,
}

/// An answer to a friend request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FriendRequestAnswer {
    /// Become friends.
    Accepted,
    /// Do not.
    Rejected,
}

/// The receiver's answer to a friend request.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "accepted"}))]
pub struct FriendRequestChange {
    /// The answer.
    pub status: FriendRequestAnswer,
}

/// A friend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Friend {
    /// The friend.
    pub user: User,
    /// Since when you are friends.
    pub since: Time,
}

/// An account that you block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Block {
    /// The account.
    pub user: User,
    /// Since when you block it.
    pub since: Time,
}
