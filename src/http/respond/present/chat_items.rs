//! Presents chat items.

use super::{Present, message_status};
use crate::domain::chat_item::{ChatItem, Notifications};
use crate::wire;

impl Present {
    /// Presents a chat of an account as a list shows it.
    pub(in crate::http) fn chat_item(&self, item: &ChatItem) -> wire::chat_items::ChatItem {
        let posted = item.last_message.as_ref().and_then(|entry| self.posted(item.view.chat.id, entry));
        let last_message = posted.map(|message| wire::messages::Message { status: item.status.map(message_status), ..message });
        wire::chat_items::ChatItem { summary: self.chat_summary(item), last_message }
    }

    /// Presents a chat of an account without its last message.
    pub(super) fn chat_summary(&self, item: &ChatItem) -> wire::chat_items::ChatSummary {
        let mut chat = self.view(&item.view);
        chat.facts.title = Some(item.title.clone());
        wire::chat_items::ChatSummary {
            chat,
            epoch: item.view.chat.epoch.to_string(),
            unread: item.unread,
            read: item.read,
            delivered: item.delivered,
            muted: item.notifications == Notifications::Muted,
            pending: item.pending,
            updated_at: self.time(item.updated_at),
        }
    }
}
