//! Opens a chat's stream: authorization, and the position to resume at.

use std::sync::Arc;

use super::chat::ChatStream;
use super::cursor::Cursor;
use super::position::{Resume, StreamAuth};
use super::reader::ChatReader;
use crate::domain::event_log::Topic;
use crate::domain::id::ChatId;
use crate::domain::ticket::TicketStream;
use crate::service::Service;
use crate::service::authorization::Caller;
use crate::service::error::{Error, Result};

impl Service {
    /// Opens a stream of a chat for a caller who may read it.
    pub async fn open_chat_stream(self: &Arc<Self>, chat: ChatId, auth: StreamAuth, resume: Resume) -> Result<ChatStream> {
        let (caller, ticket_guard) = match auth {
            StreamAuth::Caller(caller) => (caller, None),
            StreamAuth::Ticket(ticket, charge) => {
                let (holder, ticket_guard) = self.redeem_ticket(chat, TicketStream::Chat, ticket).await?;
                (Caller::with_ticket(holder, charge), Some(ticket_guard))
            }
        };
        let view = self.require_reader(chat, &caller).await?;
        let conversation = self.cursor(Topic::Conversation(chat)).await?;
        let door = if view.is_owner() { Some(self.cursor(Topic::Door(chat)).await?) } else { None };
        let oldest = match door {
            Some(_) => self.store.entries_after(Topic::Door(chat), 0, 0, self.now()).await?.ok_or(Error::NotFound)?.oldest,
            None => 1,
        };
        let permit = self.permit_stream(&caller, Topic::Conversation(chat)).await?;
        let mut reader = ChatReader::new(self.clone(), &view, conversation, door, permit, ticket_guard);
        reader.begin(&view, oldest, resume);
        Ok(ChatStream::new(reader))
    }

    /// Subscribes to a log, then reads its head, so that no commit in between is missed.
    async fn cursor(self: &Arc<Self>, topic: Topic) -> Result<Cursor> {
        let subscription = self.hub.join(topic);
        let heads = self.store.heads(&[topic], self.now()).await?;
        subscription.room().advance_head(heads.into_iter().next().flatten().ok_or(Error::NotFound)?);
        Ok(Cursor { subscription, at: 0 })
    }
}
