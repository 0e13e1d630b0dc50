//! A clock that moves only when a test advances it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parlor::domain::clock::{Clock, Sleep, Timestamp};
use tokio::sync::watch;

/// Noon of an arbitrary day.
const NOON: i64 = 1_795_176_000_000;

/// Stands still until [`TestClock::advance`].
#[derive(Debug)]
pub struct TestClock {
    now: watch::Sender<Timestamp>,
    /// The offset of the wall clock, in milliseconds.
    set: AtomicI64,
}

impl TestClock {
    pub fn new() -> Self {
        Self { now: watch::Sender::new(Timestamp::from_millis(NOON)), set: AtomicI64::new(0) }
    }

    /// Sets the wall clock this many milliseconds ahead of its start.
    pub fn set_wall(&self, millis: i64) {
        self.set.store(millis, Ordering::Relaxed);
    }

    /// Advances the clock and wakes every sleep that is due.
    pub fn advance(&self, span: Duration) {
        self.now.send_modify(|now| *now = *now + span);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn wall(&self, moment: Timestamp) -> Timestamp {
        moment.shifted(self.set.load(Ordering::Relaxed))
    }

    fn sleep_until(&self, moment: Timestamp) -> Sleep {
        let mut times = self.now.subscribe();
        Box::pin(async move {
            if times.wait_for(|now| *now >= moment).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
