//! The streams of one member or account that are open, and how long it is online after the last one.

use crate::domain::clock::Timestamp;
use crate::domain::presence::PRESENCE_GRACE;

/// Long before everything.
pub(super) const LONG_AGO: Timestamp = Timestamp::from_millis(i64::MIN / 2);

/// Streams that are open, or the moment at which the last one closed.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) open: u32,
    pub(super) left_at: Timestamp,
}

impl Streams {
    pub(super) const fn first() -> Self {
        Self { open: 1, left_at: LONG_AGO }
    }

    /// Closes one. Returns true if it was the last.
    pub(super) const fn close(&mut self, now: Timestamp) -> bool {
        self.open = self.open.saturating_sub(1);
        self.left_at = now;
        self.open == 0
    }

    pub(super) fn online_until(&self) -> Timestamp {
        if self.open > 0 { Timestamp::NEVER } else { self.left_at + PRESENCE_GRACE }
    }
}
