//! Presents messages.

use super::Present;
use super::members::member;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::ChatId;
use crate::domain::message::{DeletedMessage, Message};
use crate::wire;

impl Present {
    /// Presents an entry as a message, if it is one.
    pub(in crate::http) fn posted(&self, chat: ChatId, entry: &Entry) -> Option<wire::messages::Message> {
        match &entry.event {
            Event::Message(said) => Some(self.message(chat, entry, said)),
            Event::DeletedMessage(deleted) => Some(self.deleted_message(chat, entry, deleted)),
            _ => None,
        }
    }

    pub(super) fn message(&self, chat: ChatId, entry: &Entry, message: &Message) -> wire::messages::Message {
        wire::messages::Message {
            seq: entry.seq,
            chat_id: chat.to_string(),
            member: message.member.as_deref().map(member),
            kind: wire::messages::MessageKind::Text,
            text: Some(message.text.as_str().into()),
            client_ref: message.client_ref.as_ref().map(|reference| reference.as_str().into()),
            created_at: self.time(entry.at),
            deleted_at: None,
            status: None,
        }
    }

    pub(super) fn deleted_message(&self, chat: ChatId, entry: &Entry, message: &DeletedMessage) -> wire::messages::Message {
        wire::messages::Message {
            seq: entry.seq,
            chat_id: chat.to_string(),
            member: message.member.as_deref().map(member),
            kind: wire::messages::MessageKind::Deleted,
            text: None,
            client_ref: None,
            created_at: self.time(entry.at),
            deleted_at: Some(self.time(message.deleted_at)),
            status: None,
        }
    }
}
