//! Chat items: the chats of an account, each as one line of its list.

use std::sync::Arc;

use super::chat::{ChatKind, ChatView};
use super::clock::Timestamp;
use super::event_log::Entry;
use super::id::{AccountId, ChatId};
use super::receipt::MessageStatus;

/// A chat as its member sees it in a list.
#[derive(Clone, Debug)]
pub struct ChatItem {
    /// The chat, with the membership.
    pub view: ChatView,
    /// The title to show: its own, else the name of the group, of the other in a direct chat, or of the owner.
    pub title: String,
    /// The last message that the member can read, deleted or not.
    pub last_message: Option<Arc<Entry>>,
    /// How far the last message got, if the member wrote it.
    pub status: Option<MessageStatus>,
    /// Messages of others after `read` that the member can read and that were not deleted.
    pub unread: u64,
    /// The last entry that the member has read.
    pub read: u64,
    /// The last entry that a client of the member has received.
    pub delivered: u64,
    /// Whether the member gets notifications.
    pub notifications: Notifications,
    /// Knocks that wait for a decision; `None` for a member who may not decide.
    pub pending: Option<u64>,
    /// When the last message was posted, or the last member joined.
    pub updated_at: Timestamp,
}

/// Whether a member is notified of messages in a chat while no stream of theirs is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notifications {
    /// They are.
    #[default]
    On,
    /// They muted the chat.
    Muted,
}

impl ChatItem {
    /// Returns its position in lists, which begin with the latest.
    #[must_use]
    pub const fn position(&self) -> ChatPosition {
        ChatPosition { updated_at: self.updated_at, chat: self.view.chat.id }
    }
}

/// All chats of which an account is a member, but for those that it cleared.
#[derive(Clone, Debug, Default)]
pub struct AccountChats {
    /// The latest ones, the latest first.
    pub latest: Vec<ChatItem>,
    /// The others, with the memberships.
    pub others: Vec<ChatView>,
}

/// Where a chat is in the list of an account, which begins with the greatest position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChatPosition {
    /// When it was updated.
    pub updated_at: Timestamp,
    /// The chat.
    pub chat: ChatId,
}

/// Which chats of an account a list contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChatFilter {
    /// Only chats of this kind.
    pub kind: Option<ChatKind>,
    /// Only chats of which this account is a member too.
    pub participant: Option<AccountId>,
}

/// A request for a page of chats: `limit` of them that come after `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecentPage {
    /// The position of the last chat read; `None` for the first page.
    pub after: Option<ChatPosition>,
    /// The maximum number of chats.
    pub limit: usize,
}
