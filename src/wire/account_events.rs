//! Wire types of the events on the stream of an account.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{Me, User};
use super::chat_items::{ChatItem, ChatSummary};
use super::friends::FriendRequest;
use super::knocks::Exchange;
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
    /// Your chats, the 200 latest first. The events of each follow from its `head` on.
    pub chats: Vec<ChatSummary>,
    /// True if you have more chats: list them. Their events follow too.
    pub more: bool,
    /// The friend requests that wait for your answer, the newest 200 first.
    pub friend_requests: Vec<FriendRequest>,
    /// Your knocks that wait for a decision.
    pub knocks: Vec<Exchange>,
}

/// `chat_added`: you came to a chat, or one that you cleared begins anew.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatAdded {
    /// The chat before what brought you in: the events after its `head` follow.
    pub chat: ChatItem,
}

/// Why a chat is no longer in your list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatRemoval {
    /// You left.
    Left,
    /// You were removed.
    Removed,
    /// The link was revoked that let you in.
    Evicted,
    /// The chat was closed.
    Closed,
    /// The chat expired.
    Expired,
    /// You cleared it.
    Cleared,
}

/// `chat_removed`: a chat is no longer in your list. It is the last event that names the chat, until the chat is added again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatRemoved {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// Why.
    pub reason: ChatRemoval,
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
