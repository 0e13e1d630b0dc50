//! The viewer of a stream: which entries end it.

use super::frame::Frame;
use crate::domain::event_log::EndsStreamsOf;
use crate::domain::id::MemberId;
use crate::domain::member::LeaveReason;

/// The reader of a stream, as far as it determines where the stream ends.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    /// The member; `None` for a visitor.
    pub member: Option<MemberId>,
    /// The head when the stream was opened: earlier entries that end streams do not end this one.
    pub came_at: u64,
    /// The first sequence number of the conversation that it can read.
    pub visible_from: u64,
}

impl Viewer {
    /// Returns true if this viewer's stream ends with `frame`.
    #[must_use]
    pub fn ends_with(&self, frame: &Frame) -> bool {
        let is_theirs = match (frame.ends_streams_of, self.member) {
            (Some(EndsStreamsOf::Member(member, _) | EndsStreamsOf::Reauthorized(member)), Some(own)) => member == own,
            (Some(EndsStreamsOf::Visitors), None) => true,
            _ => false,
        };
        is_theirs && frame.seq > self.came_at
    }

    /// Returns what becomes of this viewer's stream after `frame`.
    #[must_use]
    pub fn fate_after(&self, frame: &Frame) -> StreamFate {
        match frame.ends_streams_of {
            _ if !self.ends_with(frame) => StreamFate::GoesOn,
            Some(EndsStreamsOf::Reauthorized(_)) => StreamFate::Reauthorized,
            Some(EndsStreamsOf::Member(_, reason)) => StreamFate::Left(reason),
            _ => StreamFate::Ends,
        }
    }
}

/// What becomes of a stream after an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamFate {
    /// It goes on.
    GoesOn,
    /// The entry is its last event.
    Ends,
    /// The entry is its last event: the viewer is no longer a member.
    Left(LeaveReason),
    /// The viewer was given the right to the door, or lost it: `bye` follows on the stream of the chat.
    Reauthorized,
}
