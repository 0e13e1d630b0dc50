//! The clock of the machine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::clock::{Alarm, Clock, Timestamp};

/// The wall clock, held still while somebody sets it back.
#[derive(Debug, Default)]
pub struct SystemClock {
    latest: AtomicI64,
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let wall = i64::try_from(wall.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(self.latest.fetch_max(wall, Ordering::Relaxed).max(wall))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn alarm(&self, moment: Timestamp) -> Alarm {
        Box::pin(tokio::time::sleep(moment.since(self.now())))
    }
}
