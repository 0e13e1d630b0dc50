//! Presents chat items.

use super::Present;
use crate::domain::chat_item::{ChatItem, Notifications};
use crate::wire;

impl Present {
    /// Presents a chat of an account as a list shows it.
    pub(in crate::http) fn chat_item(&self, item: &ChatItem) -> wire::chat_items::ChatItem {
        let mut chat = self.view(&item.view);
        chat.facts.title = Some(item.title.clone());
        let last_message = item.last_message.as_ref().and_then(|entry| self.posted(item.view.chat.id, entry));
        wire::chat_items::ChatItem {
            chat,
            epoch: item.view.chat.epoch.to_string(),
            last_message,
            unread: item.unread,
            read: item.read,
            delivered: item.delivered,
            muted: item.notifications == Notifications::Muted,
            pending: item.pending,
            updated_at: self.time(item.updated_at),
        }
    }
}
