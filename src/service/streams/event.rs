//! Stream events before encoding, and the trait of their sources.

use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::account_event::AccountStreamEvent;
use crate::domain::chat::EndReason;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Topic;
use crate::domain::id::{ChatId, Epoch};
use crate::domain::knock::{GuestKnock, KnockStatus};
use crate::domain::session::SessionEnd;
use crate::hub::Subscription;
pub use crate::hub::frame::Position;
use crate::service::Service;
use crate::service::chats::LogName;

/// Interval of heartbeats.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// An event of a stream.
#[derive(Debug)]
pub enum StreamEvent {
    /// The first event of a chat's stream.
    Hello {
        /// The heads of its logs.
        heads: Heads,
        /// Whether the stream resumes at the requested position.
        resumed: bool,
    },
    /// The requested position is unusable: the stream starts at the head, and the client reads the chat again.
    Reset(Heads),
    /// A range of entries of a log that are no longer kept, inclusive.
    Gap(ChatId, LogName, u64, u64),
    /// Encoded entries.
    Entries(Bytes),
    /// Encoded ephemeral events.
    Ephemeral(Bytes),
    /// A heartbeat with the heads of the logs.
    Heartbeat(Heads, Timestamp),
    /// The chat has ended; the last event.
    Closed(ChatId, EndReason),
    /// The first event of a guest's stream: the status of the knock.
    Waiting(KnockStatus),
    /// A heartbeat of the stream of a guest or an account.
    GuestHeartbeat(Timestamp),
    /// The knock has ended; the last event of a guest's stream.
    Decided(Box<GuestKnock>),
    /// An event of an account's stream.
    Account(Box<AccountStreamEvent>),
    /// The session has ended; the last event.
    SignedOut(SessionEnd),
    /// The server ends the stream: reconnect after this many milliseconds.
    Bye(u64),
}

/// A source of stream events, polled by hyper's body or by a fan-out writer that wakes all sources of one log at once.
pub trait EventSource: Send {
    /// Returns the log whose updates wake it; `None` for a source that cannot be detached from its own waker.
    fn topic(&self) -> Option<Topic> {
        None
    }

    /// Returns another subscription to its topic.
    fn subscription(&self) -> Option<Subscription> {
        None
    }

    /// Detaches its waker, if it has a topic: from now on [`EventSource::wake`] signals updates.
    fn detach_waker(&mut self) {}

    /// Signals that its topic has changed. Returns whether it can be polled for more.
    fn wake(&mut self) -> bool {
        true
    }

    /// Returns when [`EventSource::request_heartbeat`] must be called, while it is detached.
    fn heartbeat_at(&self) -> Option<Timestamp> {
        None
    }

    /// Requests a heartbeat: it becomes the next event, unless another one is ready.
    fn request_heartbeat(&mut self) {}

    /// Polls for the next event; `None` after the last one. While pending, it keeps the waker that `waker` returns.
    fn poll_next(&mut self, now: Timestamp, waker: &dyn Fn() -> Waker) -> Poll<Option<StreamEvent>>;
}

/// The heads of a chat's logs.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// The chat.
    pub chat: ChatId,
    /// The epoch of the sequence numbers.
    pub epoch: Epoch,
    /// The head of the conversation, and for the owner of the door's log.
    pub position: Position,
}

impl Service {
    /// Returns a `bye` event with a random delay, so that clients do not reconnect at the same time.
    pub(in crate::service) fn bye(&self) -> StreamEvent {
        StreamEvent::Bye(self.bye_delay_ms())
    }

    /// Returns a random delay before a reconnect after an interruption, in milliseconds.
    #[must_use]
    pub fn reconnect_delay_ms(&self) -> u64 {
        self.random.in_range(1_000, 5_000)
    }
}
