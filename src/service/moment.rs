//! What streams say, before anybody writes it down.

use std::time::Duration;

use bytes::Bytes;

use super::Service;
use crate::domain::chat::End;
use crate::domain::clock::Timestamp;
use crate::domain::id::Epoch;
use crate::domain::knock::{KnockStatus, Knocked};
pub use crate::live::frame::Position;

/// How often a stream says that it is alive.
pub const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a stream says.
#[derive(Debug)]
pub enum Moment {
    /// First of all: where the logs stand, whether the stream goes on where the listener wanted.
    Hello {
        /// Where they stand.
        heads: Heads,
        /// Whether it does.
        resumed: bool,
    },
    /// It cannot go on there: it goes on from the head, and the listener reads the chat anew.
    Reset(Heads),
    /// Entries of the door's log that are no longer kept, both ends included.
    Gap(u64, u64),
    /// Entries, ready to be written.
    Entries(Bytes),
    /// It is alive.
    Heartbeat(Heads, Timestamp),
    /// The chat has ended, and so does the stream.
    Closed(End),
    /// First of all to a guest who waits: how their knock stands.
    Waiting(KnockStatus),
    /// A waiting guest's stream is alive.
    Pulse(Timestamp),
    /// The knock ended, and so does the guest's stream.
    Decided(Box<Knocked>),
    /// The node goes away, and so does the stream: come back after this many milliseconds.
    Bye(u64),
}

/// Somebody's stream.
pub trait Moments: Send {
    /// What it says next; `None` after its end.
    fn next(&mut self) -> impl Future<Output = Option<Moment>> + Send;
}

/// Where the logs of a chat stand.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// Which numbering.
    pub epoch: Epoch,
    /// The conversation, and for the owner the door.
    pub position: Position,
}

impl Service {
    /// Good-bye, with a time to come back that differs from listener to listener.
    pub(super) fn bye(&self) -> Moment {
        Moment::Bye(self.dice.between(1_000, 10_000))
    }

    /// How long a listener waits before it comes back after an interruption, in milliseconds.
    #[must_use]
    pub fn retry(&self) -> u64 {
        self.dice.between(1_000, 5_000)
    }
}
