//! A clock that stands still until somebody turns it.

use std::time::Duration;

use parlor::domain::clock::{Alarm, Clock, Timestamp};
use tokio::sync::watch;

/// Noon of some day.
const NOON: i64 = 1_795_176_000_000;

/// Stands still until [`TestClock::advance`].
#[derive(Debug)]
pub struct TestClock(watch::Sender<Timestamp>);

impl TestClock {
    pub fn new() -> Self {
        Self(watch::Sender::new(Timestamp::from_millis(NOON)))
    }

    /// So much later; whoever waits for a moment until then is woken.
    pub fn advance(&self, span: Duration) {
        self.0.send_modify(|now| *now = *now + span);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn alarm(&self, moment: Timestamp) -> Alarm {
        let mut times = self.0.subscribe();
        Box::pin(async move {
            if times.wait_for(|now| *now >= moment).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}
