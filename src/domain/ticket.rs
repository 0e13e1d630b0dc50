//! A ticket: opens one stream for a client that cannot send headers.

use std::sync::Arc;

use super::clock::Timestamp;
use super::id::{ChatId, Epoch, LinkId, SessionId, TicketId};
use super::limits::{TICKET_FIRST_USE_TIMEOUT, TICKET_NEXT_USE_TIMEOUT};
use super::principal::Principal;

/// Chats in which a ticket says where the stream of an account goes on.
pub const MAX_CURSORS: usize = 200;

/// The stream that a ticket opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketStream {
    /// The stream of this chat.
    Chat(ChatId),
    /// The waiting stream of a guest on this link of the chat.
    Link(ChatId, LinkId),
    /// The stream of the holder's account.
    Account,
    /// The socket of a member of this chat, or of the holder's account.
    Socket(Option<ChatId>),
}

impl TicketStream {
    /// Returns the chat that the stream belongs to; none for that of an account.
    #[must_use]
    pub const fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Chat(chat) | Self::Link(chat, _) => Some(*chat),
            Self::Account => None,
            Self::Socket(chat) => *chat,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TicketState {
    Unused { until: Timestamp },
    Open,
}

/// Whose ticket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketHolder {
    /// The person; `None` for a visitor of an open chat.
    pub principal: Option<Principal>,
    /// The session it was issued in, if the person is an account: the stream ends with it.
    pub session: Option<SessionId>,
}

/// Where the stream of an account goes on reading one of its chats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatCursor {
    /// The chat.
    pub chat: ChatId,
    /// The position; `None` if the client gave something else.
    pub at: Option<LogPosition>,
}

/// A position in the logs of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPosition {
    /// The epoch of the sequence numbers; `None` for the current one.
    pub epoch: Option<Epoch>,
    /// The sequence number in the conversation.
    pub seq: u64,
    /// The sequence number in the door's log.
    pub door: Option<u64>,
}

/// What a ticket opens its stream with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedTicket {
    /// Whose ticket it is.
    pub holder: TicketHolder,
    /// Where a stream of several chats goes on.
    pub cursors: Option<Arc<[ChatCursor]>>,
}

/// A snapshot of a ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Its id in the URL.
    pub id: TicketId,
    /// The stream it opens.
    pub stream: TicketStream,
    /// Whose ticket it is.
    pub holder: TicketHolder,
    /// Where a stream of several chats goes on.
    pub cursors: Option<Arc<[ChatCursor]>>,
    state: TicketState,
}

/// Error: the ticket's stream is already open; it opens one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamOpen;

impl Ticket {
    /// Creates a ticket, valid for 30 s.
    #[must_use]
    pub fn new(id: TicketId, stream: TicketStream, holder: TicketHolder, now: Timestamp) -> Self {
        Self { id, stream, holder, cursors: None, state: TicketState::Unused { until: now + TICKET_FIRST_USE_TIMEOUT } }
    }

    /// Adds where its stream goes on.
    #[must_use]
    pub fn with_cursors(self, cursors: Vec<ChatCursor>) -> Self {
        Self { cursors: Some(cursors.into()), ..self }
    }

    /// Returns when it expires; never while its stream is open.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        match self.state {
            TicketState::Unused { until } => until,
            TicketState::Open => Timestamp::NEVER,
        }
    }

    /// Returns true if it has expired.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at()
    }

    /// Opens its stream.
    pub fn open(&mut self) -> Result<OpenedTicket, StreamOpen> {
        if self.state == TicketState::Open {
            return Err(StreamOpen);
        }
        self.state = TicketState::Open;
        Ok(OpenedTicket { holder: self.holder, cursors: self.cursors.clone() })
    }

    /// Marks the stream as interrupted at `now`: it may be reopened within 60 s.
    pub fn interrupt(&mut self, now: Timestamp) {
        self.state = TicketState::Unused { until: now + TICKET_NEXT_USE_TIMEOUT };
    }
}
