//! Frames: entries in their wire format, rendered once and concatenated for subscribers at the same position.

use std::fmt::Debug;

use bytes::Bytes;

use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::{EndsStreamsOf, Entry, Topic};
use crate::domain::id::{ChatId, Epoch};

/// A subscriber's position after an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The sequence number in the conversation.
    pub seq: u64,
    /// The sequence number in the door's log, for an owner.
    pub door: Option<u64>,
}

/// How the ids of the events of a stream begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdPrefix {
    /// The chat, on a stream that carries several.
    pub chat: Option<ChatId>,
    /// The epoch of the sequence numbers.
    pub epoch: Epoch,
}

/// Renders entries and positions. Injected, so that the hub does not know the wire format.
pub trait Render: Send + Sync + Debug {
    /// Renders an entry of `topic` without its position.
    fn entry(&self, topic: Topic, entry: &Entry) -> Bytes;

    /// Renders an ephemeral event of `topic`.
    fn ephemeral(&self, topic: Topic, event: &EphemeralEvent) -> Bytes;

    /// Renders an entry for readers who cannot read the message that it changes, without its position.
    fn redacted(&self, topic: Topic, entry: &Entry) -> Bytes;

    /// Writes the position that precedes the entry leading to it.
    fn position(&self, out: &mut Vec<u8>, prefix: IdPrefix, position: Position);
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
    /// Set for an entry that changes an earlier message.
    pub redaction: Option<Box<Redaction>>,
}

/// How readers who cannot read the message that an entry changes see the entry.
#[derive(Clone, Debug)]
pub struct Redaction {
    /// The sequence number of the message.
    pub target: u64,
    /// The rendered bytes that follow the position.
    pub body: Bytes,
}

impl Frame {
    /// Renders an entry of `topic`.
    #[must_use]
    pub fn new(render: &dyn Render, topic: Topic, entry: &Entry) -> Self {
        let redaction = entry.target().map(|target| Box::new(Redaction { target, body: render.redacted(topic, entry) }));
        Self { seq: entry.seq, ends_streams_of: entry.ends_streams_of(), body: render.entry(topic, entry), redaction }
    }

    /// Returns the rendered bytes for a reader who can read the conversation from `visible_from` on.
    #[must_use]
    pub fn body_for(&self, visible_from: u64) -> &Bytes {
        self.redaction.as_ref().filter(|redaction| redaction.target < visible_from).map_or(&self.body, |redaction| &redaction.body)
    }

    /// Returns its size in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len() + self.redaction.as_ref().map_or(0, |redaction| redaction.body.len())
    }
}

/// Concatenates frames for a reader who can read the conversation from `visible_from` on, each preceded by its position.
pub fn join<'a>(
    render: &dyn Render,
    prefix: IdPrefix,
    visible_from: u64,
    frames: impl Iterator<Item = &'a Frame>,
    position: impl Fn(u64) -> Position,
) -> Bytes {
    let mut out = Vec::with_capacity(1_024);
    for frame in frames {
        render.position(&mut out, prefix, position(frame.seq));
        out.extend_from_slice(frame.body_for(visible_from));
    }
    out.into()
}
