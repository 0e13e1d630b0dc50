//! Frames: entries in their wire format, rendered once and concatenated for subscribers at the same position.

use std::fmt::Debug;

use bytes::Bytes;

use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::{EndsStreamsOf, Entry, Topic};
use crate::domain::id::Epoch;

/// A subscriber's position after an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The sequence number in the conversation.
    pub seq: u64,
    /// The sequence number in the door's log, for an owner.
    pub door: Option<u64>,
}

/// Renders entries and positions. Injected, so that the hub does not know the wire format.
pub trait Render: Send + Sync + Debug {
    /// Renders an entry of `topic` without its position.
    fn entry(&self, topic: Topic, entry: &Entry) -> Bytes;

    /// Renders an ephemeral event of `topic`.
    fn ephemeral(&self, topic: Topic, event: &EphemeralEvent) -> Bytes;

    /// Writes the position that precedes the entry leading to it.
    fn position(&self, out: &mut Vec<u8>, epoch: Epoch, position: Position);
}

/// A rendered entry.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its sequence number.
    pub seq: u64,
    /// Whose streams end with it.
    pub ends_streams_of: Option<EndsStreamsOf>,
    /// The rendered bytes that follow the position.
    pub body: Bytes,
}

impl Frame {
    /// Renders an entry of `topic`.
    #[must_use]
    pub fn new(render: &dyn Render, topic: Topic, entry: &Entry) -> Self {
        Self { seq: entry.seq, ends_streams_of: entry.ends_streams_of(), body: render.entry(topic, entry) }
    }
}

/// Concatenates frames, each preceded by its position.
pub fn join<'a>(render: &dyn Render, epoch: Epoch, frames: impl Iterator<Item = &'a Frame>, position: impl Fn(u64) -> Position) -> Bytes {
    let mut out = Vec::with_capacity(1_024);
    for frame in frames {
        render.position(&mut out, epoch, position(frame.seq));
        out.extend_from_slice(&frame.body);
    }
    out.into()
}
