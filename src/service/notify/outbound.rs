//! Requests to the servers of others. The port is a trait; `server.rs` provides the client.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// The longest time that a request may take in all.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The most requests in flight to one host, and to one address.
pub const MAX_PER_HOST: u32 = 16;
/// The most bytes of a response's body that are read (SEC-172). What it says changes nothing.
pub const MAX_RESPONSE_BYTES: usize = 4 << 10;

/// A POST to a URL that a user entered.
#[derive(Clone, Debug)]
pub struct OutboundRequest {
    /// The URL, which was validated when it was entered. What it leads to is judged when it is connected to.
    pub url: Arc<str>,
    /// The headers besides those of HTTP itself.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What became of a request. It says no more than what follows from it: a receiver is not described to users (SEC-172).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboundResult {
    /// The receiver answered.
    Answered {
        /// The status code.
        status: u16,
        /// How long the receiver asks to wait, if it does.
        retry_after: Option<Duration>,
    },
    /// The receiver could not be reached, may not be, or did not answer in time.
    Unanswered,
    /// Nothing was sent, since the host has too many requests in flight or was not reached lately. To be tried again after this time.
    Busy(Duration),
}

/// Sends requests to the servers of others.
#[async_trait]
pub trait OutboundClient: Send + Sync + Debug {
    /// Sends a request, within [`REQUEST_TIMEOUT`].
    async fn post(&self, request: OutboundRequest) -> OutboundResult;
}
