//! The clock of the machine.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::clock::{Alarm, Clock, Timestamp};

/// The wall's time at the start, and what has gone by since: whoever sets the machine's clock meanwhile makes no chat older.
#[derive(Debug)]
pub struct SystemClock {
    began: Instant,
    wall: Timestamp,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn default() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { began: Instant::now(), wall: Timestamp::from_millis(0) + wall }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.wall + self.began.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn alarm(&self, moment: Timestamp) -> Alarm {
        Box::pin(tokio::time::sleep(moment.since(self.now())))
    }
}
