//! The load program's clock and pauses: the only file that reads the system's time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds in a second.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// Nanoseconds in a millisecond.
pub(crate) const MILLISECOND: u64 = 1_000_000;

/// Counts nanoseconds since its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    /// Starts at zero.
    #[expect(clippy::disallowed_methods, reason = "the load program measures real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the nanoseconds since the start.
    pub(crate) fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Returns the time of day in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the server's chats expire by this clock")]
pub(crate) fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Sleeps for this many nanoseconds.
#[expect(clippy::disallowed_methods, reason = "the load program has one thread and nothing else to do")]
pub(crate) fn pause(nanoseconds: u64) {
    std::thread::sleep(Duration::from_nanos(nanoseconds));
}
