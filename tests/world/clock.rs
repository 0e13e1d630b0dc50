//! A clock that stands still until somebody turns it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use parlor::domain::clock::{Alarm, Clock, Timestamp};
use tokio::sync::watch;

/// Noon of some day.
const NOON: i64 = 1_795_176_000_000;

/// Stands still until [`TestClock::advance`].
#[derive(Debug)]
pub struct TestClock {
    now: watch::Sender<Timestamp>,
    /// How far the wall clock was set, in milliseconds.
    set: AtomicI64,
}

impl TestClock {
    pub fn new() -> Self {
        Self { now: watch::Sender::new(Timestamp::from_millis(NOON)), set: AtomicI64::new(0) }
    }

    /// Somebody sets the wall clock so many milliseconds ahead of where it was at the start.
    pub fn set_wall(&self, millis: i64) {
        self.set.store(millis, Ordering::Relaxed);
    }

    /// So much later; whoever waits for a moment until then is woken.
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

    fn alarm(&self, moment: Timestamp) -> Alarm {
        let mut times = self.now.subscribe();
        Box::pin(async move {
            if times.wait_for(|now| *now >= moment).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
