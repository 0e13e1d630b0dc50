//! Wire types of the events on the stream of an account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{Me, User};
use super::friends::FriendRequest;
use super::time::Time;

/// `hello`: the first event of your stream.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountHello {
    /// When it was sent.
    pub sent_at: Time,
}

/// `state`: what later events change. It follows `hello`, and comes again where events are missing or an account was deleted: then read your lists again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountState {
    /// Your account.
    pub me: Me,
    /// The friend requests that wait for your answer, the newest 200 first.
    pub friend_requests: Vec<FriendRequest>,
}

/// `friend_request`: one arrived, was accepted, or was withdrawn. A rejection is not told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FriendRequestChanged {
    /// The request. If it was withdrawn, its status says so.
    pub request: FriendRequest,
}

/// `friendship`: one began or ended.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FriendshipChanged {
    /// The other one.
    pub user: User,
    /// Since when you are friends, if it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// True if it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<bool>,
}

/// `me_updated`: your account changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MeUpdated {
    /// Your account.
    pub me: Me,
}
