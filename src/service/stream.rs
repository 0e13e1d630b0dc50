//! Opening a stream of a chat: who may, and where they want to go on.

use std::sync::Arc;

use super::Service;
use super::access::Caller;
use super::charge::Charge;
use super::cursor::Cursor;
use super::error::{Error, Result};
use super::follower::Follower;
use crate::domain::entry::Topic;
use crate::domain::id::{ChatId, Epoch, TicketId};
use crate::domain::ticket::TicketStream;
use crate::live::frame::Position;

/// What opens a stream: a credential, or a ticket in the URL.
#[derive(Clone, Debug)]
pub enum Pass {
    /// Whoever asks, as everywhere.
    Caller(Caller),
    /// Whoever the ticket was issued to.
    Ticket(TicketId, Charge),
}

/// Where a listener wants to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// They say nothing: at the head.
    AtHead,
    /// After this position; of whichever numbering, where they do not say.
    After(Option<Epoch>, Position),
    /// They say something that is no position.
    Nowhere,
}

impl Service {
    /// Follows a chat, for whoever may read it.
    pub async fn follow(self: &Arc<Self>, chat: ChatId, pass: Pass, resume: Resume) -> Result<Follower> {
        let (caller, hold) = match pass {
            Pass::Caller(caller) => (caller, None),
            Pass::Ticket(ticket, charge) => {
                let (credential, hold) = self.take_ticket(chat, TicketStream::Chat, ticket).await?;
                (Caller::with_ticket(credential, charge), Some(hold))
            }
        };
        let view = self.view(chat, &caller).await?;
        let conversation = self.cursor(Topic::Conversation(chat)).await?;
        let door = if view.is_owners() { Some(self.cursor(Topic::Door(chat)).await?) } else { None };
        let oldest = match door {
            Some(_) => self.store.entries_after(Topic::Door(chat), 0, 0, self.now()).await?.ok_or(Error::NotFound)?.oldest,
            None => 1,
        };
        let permit = self.permit_stream(caller.charge(), Topic::Conversation(chat))?;
        let mut follower = Follower::new(self.clone(), &view, conversation, door, permit, hold);
        follower.begin(&view, oldest, resume);
        Ok(follower)
    }

    /// Begins to listen; what was committed before is known afterwards.
    async fn cursor(self: &Arc<Self>, topic: Topic) -> Result<Cursor> {
        let listener = self.live.join(topic);
        let heads = self.store.heads(&[topic], self.now()).await?;
        listener.room().raise(heads.into_iter().next().flatten().ok_or(Error::NotFound)?);
        Ok(Cursor { listener, at: 0 })
    }
}
