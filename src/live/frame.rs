//! Entries as they go over the wire: rendered once, joined for those who stand at the same number.

use std::fmt::Debug;

use bytes::Bytes;

use crate::domain::entry::{Closes, Entry, Topic};
use crate::domain::id::Epoch;

/// Where a listener stands after an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Their number in the conversation.
    pub seq: u64,
    /// An owner's number in the door's log.
    pub door: Option<u64>,
}

/// How entries and positions are written; handed in by whoever knows the format.
pub trait Render: Send + Sync + Debug {
    /// An entry of `topic`, without its position.
    fn entry(&self, topic: Topic, entry: &Entry) -> Bytes;

    /// Writes a position in front of the entry that leads to it.
    fn position(&self, out: &mut Vec<u8>, epoch: Epoch, position: Position);
}

/// A rendered entry.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its number.
    pub number: u64,
    /// Whose streams end with it.
    pub closes: Option<Closes>,
    /// What is written, after the position.
    pub body: Bytes,
}

impl Frame {
    /// Renders an entry of `topic`.
    #[must_use]
    pub fn new(render: &dyn Render, topic: Topic, entry: &Entry) -> Self {
        Self { number: entry.number, closes: entry.closes(), body: render.entry(topic, entry) }
    }
}

/// Frames in one piece, each behind its position.
pub fn join<'a>(render: &dyn Render, epoch: Epoch, frames: impl Iterator<Item = &'a Frame>, position: impl Fn(u64) -> Position) -> Bytes {
    let mut out = Vec::with_capacity(1_024);
    for frame in frames {
        render.position(&mut out, epoch, position(frame.number));
        out.extend_from_slice(&frame.body);
    }
    out.into()
}
