//! Opens a chat's stream: authorization, and the position to resume at. Tickets are redeemed here for all streams.

use std::sync::Arc;

use super::chat::ChatStream;
use super::chat_logs::{ChatLogs, IdScope};
use super::cursor::Cursor;
use super::position::{Resume, StreamAuth};
use super::reader::ChatReader;
use crate::domain::event_log::Topic;
use crate::domain::id::ChatId;
use crate::domain::ticket::TicketStream;
use crate::service::Service;
use crate::service::authorization::Caller;
use crate::service::error::{Error, Result};
use crate::service::stream_permits::Carrier;
use crate::service::tickets::OpenTicket;

/// Who opens a stream, and how.
pub(super) struct Authorized {
    pub(super) caller: Caller,
    pub(super) ticket: Option<OpenTicket>,
    pub(super) carrier: Carrier,
}

impl Authorized {
    pub(super) const fn without_ticket(caller: Caller, carrier: Carrier) -> Self {
        Self { caller, ticket: None, carrier }
    }
}

impl Service {
    /// Opens a stream of a chat for a caller who may read it.
    pub async fn open_chat_stream(self: &Arc<Self>, chat: ChatId, auth: StreamAuth, resume: Resume) -> Result<ChatStream> {
        let Authorized { caller, ticket, carrier } = self.authorize_stream(auth, TicketStream::Chat(chat)).await?;
        let view = self.require_reader(chat, &caller).await?;
        let conversation = self.cursor(Topic::Conversation(chat)).await?;
        let door = if view.has_door() { Some(self.cursor(Topic::Door(chat)).await?) } else { None };
        let oldest = match door {
            Some(_) => self.store.entries_after(Topic::Door(chat), 0, 0, self.now()).await?.ok_or(Error::NotFound)?.oldest,
            None => 1,
        };
        let permit = self.permit_carrier(&caller, Topic::Conversation(chat), carrier).await?;
        let size = self.store.count_members(&[chat], self.now()).await?.pop().unwrap_or_default();
        let mut logs = ChatLogs::new(self.clone(), IdScope::Chat, &view, conversation, door);
        logs.register_presence(&permit, size);
        let mut reader = ChatReader::new(logs, permit, ticket, carrier);
        reader.begin(&view, oldest, resume);
        Ok(ChatStream::new(reader))
    }

    /// Returns who opens a stream: the caller, or the holder of the ticket, with the guard of the ticket.
    pub(super) async fn authorize_stream(self: &Arc<Self>, auth: StreamAuth, stream: TicketStream) -> Result<Authorized> {
        match auth {
            StreamAuth::Caller(caller) => Ok(Authorized::without_ticket(caller, Carrier::Stream)),
            StreamAuth::Socket(caller) => Ok(Authorized::without_ticket(caller, Carrier::Subscription)),
            StreamAuth::Ticket(ticket, charge) => {
                let (holder, ticket) = self.redeem_ticket(stream, ticket).await?;
                Ok(Authorized { caller: Caller::with_ticket(holder, charge), ticket: Some(ticket), carrier: Carrier::Stream })
            }
        }
    }

    async fn cursor(self: &Arc<Self>, topic: Topic) -> Result<Cursor> {
        self.subscribe(topic).await?.ok_or(Error::NotFound)
    }

    /// Subscribes to a log, then reads its head, so that no commit in between is missed; `None` if the log has ended.
    pub(super) async fn subscribe(self: &Arc<Self>, topic: Topic) -> Result<Option<Cursor>> {
        let subscription = self.hub.join(topic);
        let Some(head) = self.store.heads(&[topic], self.now()).await?.into_iter().next().flatten() else { return Ok(None) };
        subscription.room().advance_head(head);
        Ok(Some(Cursor { subscription, at: 0 }))
    }
}
