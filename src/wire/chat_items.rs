//! Wire types of chat items: your chats as a list shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::chats::Chat;
use super::messages::Message;
use super::time::Time;

/// A chat of yours as a list shows it. `title` is the one to show: without a title of its own, the name of the other or of the owner.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatItem {
    /// The chat, without its messages.
    #[serde(flatten)]
    pub summary: ChatSummary,
    /// The last message that you can read.
    pub last_message: Option<Message>,
}

/// A chat item without its last message.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChatSummary {
    /// The chat as you see it.
    #[serde(flatten)]
    pub chat: Chat,
    /// The epoch that the sequence numbers belong to.
    #[schema(example = "9f4e21c0")]
    pub epoch: String,
    /// Messages of others after `read` that you can read and that were not deleted.
    #[schema(example = 2)]
    pub unread: u64,
    /// The sequence number of the last entry that you have read. It begins with your joining.
    #[schema(example = 5)]
    pub read: u64,
    /// The sequence number of the last entry that one of your clients has received.
    #[schema(example = 7)]
    pub delivered: u64,
    /// True if you muted the chat.
    pub muted: bool,
    /// Knocks that wait for a decision; null if you may not decide.
    pub pending: Option<u64>,
    /// When the last message was posted, or the last member joined.
    pub updated_at: Time,
}
