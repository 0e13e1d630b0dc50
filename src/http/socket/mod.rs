//! The socket (API 4.4): a WebSocket on which one client follows several chats and sends commands.
//!
//! `upgrade.rs` answers the request, `session.rs` runs in the task of the connection. A subscription is a stream of `service/streams`, whose events
//! `subscriptions.rs` polls and `encode.rs` turns from server-sent events into frames, so that their data is rendered once for both. A command is
//! carried out by the function that its HTTP operation calls, under the row of that operation (`commands.rs`, `admission.rs`).

mod admission;
mod close;
mod commands;
mod connection;
mod credentials;
mod encode;
mod obey;
mod pulse;
mod session;
mod subscriptions;
pub(in crate::http) mod upgrade;

use std::time::Duration;

/// Maximum size of a frame and of a message that a client sends, in bytes (SEC-091).
pub const MAX_MESSAGE_BYTES: usize = 64 << 10;
/// Maximum number of credentials of a socket.
pub const MAX_CREDENTIALS: usize = 20;
/// Maximum number of subscriptions of a socket.
pub const MAX_SUBSCRIPTIONS: usize = 100;
/// Time until the first credential.
pub const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(5);
/// Interval of pings.
pub const PING_INTERVAL: Duration = Duration::from_secs(25);
/// Time without a pong after which a socket is closed.
pub const PONG_TIMEOUT: Duration = Duration::from_secs(50);
/// Time during which a client reads nothing before it is told that it is slow; a second later the connection is reset.
pub const SLOW_TIMEOUT: Duration = Duration::from_secs(29);
