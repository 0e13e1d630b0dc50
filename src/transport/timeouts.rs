//! Every time limit of a connection.

use std::time::Duration;

/// Time until the first byte of a new connection (SEC-103).
pub const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for the head of a request, from its first byte (SEC-103).
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
/// Time a connection may be idle between requests (SEC-103). It is longer than the minute for which proxies keep a connection by default, so that they do
/// not send a request into a connection that is being closed.
pub const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(75);
/// Time a trusted proxy's connection may be idle. Proxies open connections ahead and share them among clients.
pub(super) const PROXY_KEEP_ALIVE_TIMEOUT: Duration = Duration::from_mins(5);
/// Time a connection over the limit has after its refusal was written.
pub(super) const DRAIN_GRACE: Duration = Duration::from_secs(5);
/// Time a client may read nothing while output is pending (SEC-104).
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long input is read and discarded after the last response, if a head or a body is incomplete, and how many bytes of it.
pub(super) const LINGERING_CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
pub(super) const LINGERING_CLOSE_BYTES: usize = 256 << 10;

/// Time before the minimum rate of a request body applies (SEC-103).
pub const MIN_RATE_GRACE: Duration = Duration::from_secs(10);
/// Minimum rate of a request body after the grace time, in bytes per second (SEC-103).
pub const MIN_RATE: u64 = 1 << 10;
/// Interval of HTTP/2 keep-alive pings, and the time a client has to answer one.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(20);
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(10);
