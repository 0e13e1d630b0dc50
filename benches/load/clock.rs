//! The load program's clock and its pauses: the only place that asks the machine for the time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND: u64 = 1_000_000;

/// Counts nanoseconds from when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    /// Begins at nothing.
    #[expect(clippy::disallowed_methods, reason = "what is measured is real time")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Nanoseconds since then.
    pub(crate) fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The time of day, in milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the server whose chats expire goes by this clock")]
pub(crate) fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Does nothing for so many nanoseconds.
#[expect(clippy::disallowed_methods, reason = "the load program has one thread and nothing else to do")]
pub(crate) fn pause(nanoseconds: u64) {
    std::thread::sleep(Duration::from_nanos(nanoseconds));
}
