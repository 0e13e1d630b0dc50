//! What a reader has available for its stream.

/// What a reader has available.
#[derive(Debug)]
pub(super) enum Readiness<T> {
    /// An event.
    Event(T),
    /// Nothing yet.
    Pending,
    /// A store read is needed.
    NeedsStore,
    /// Nothing more: the stream has ended.
    Ended,
}
