//! What is at the other end of a connection, as far as its limits depend on it.

/// The kind of client at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerKind {
    /// A client within its limits.
    Client,
    /// A client over its connection limit: it gets one refusal.
    OverLimit,
    /// A trusted proxy, whose connection carries requests of many clients.
    Proxy,
}
