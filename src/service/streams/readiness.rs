//! What a reader has available for its stream.

use super::event::StreamEvent;

/// What a reader has available.
#[derive(Debug)]
pub(super) enum Readiness {
    /// An event.
    Event(StreamEvent),
    /// Nothing yet.
    Pending,
    /// A store read is needed.
    NeedsStore,
    /// Nothing more: the stream has ended.
    Ended,
}
