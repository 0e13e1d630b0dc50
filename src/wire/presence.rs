//! Wire types of presence.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::time::Time;

/// `presence`: who is online in a chat, all of them, yourself included: members with a stream open that carries the chat, and 10 seconds longer. It has no
/// `id`, comes after `hello` and when it changes, at most once a second, and a later one replaces it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatPresence {
    /// The id of the chat.
    #[schema(example = "0XzDtBcfNnZ5bdCXmDR0kQ3cdRDmbKUcP0aqKLWMvnM")]
    pub chat_id: String,
    /// The members' numbers in the chat; empty in chats of more than 100 members.
    #[schema(example = json!([1, 2]))]
    pub members: Vec<u32>,
    /// How many members are online.
    #[schema(example = 2)]
    pub count: usize,
}

/// `friend_presence`: a friend went online or offline. Those who are online when the stream begins are told after `state`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FriendPresence {
    /// The friend.
    #[schema(example = "ben")]
    pub username: String,
    /// Whether they are online.
    pub online: bool,
    /// When they were online last, in steps of five minutes; null if they hide it now.
    pub last_seen_at: Option<Time>,
}
