//! Expiry: removes expired chats, knocks, keys and sessions in small batches.

use std::sync::Arc;
use std::time::Duration;

use super::log_failure;
use crate::domain::clock::Timestamp;
use crate::service::Service;
use crate::service::error::Result;

/// Interval between passes.
const EXPIRY_INTERVAL: Duration = Duration::from_millis(250);
/// Chats removed before the task yields.
const BATCH: usize = 8;
/// Chats removed before a pause, if more are due. The allocator consolidates freed memory at the next allocation, which waits for it: so each pass is
/// small.
const MAX_PER_PASS: usize = 128;
/// Pause between two full passes.
const PAUSE: Duration = Duration::from_millis(1);

/// A fixed time, whose displayed value changes when the wall clock is set.
const EPOCH: Timestamp = Timestamp::from_millis(0);

impl Service {
    /// Removes expired items periodically, until the task is dropped.
    pub async fn run_expiry(self: Arc<Self>) {
        let mut interval = EXPIRY_INTERVAL;
        loop {
            self.clock.sleep_until(self.now() + interval).await;
            let outcome = self.expire_due().await;
            interval = if matches!(outcome, Ok(true)) { PAUSE } else { EXPIRY_INTERVAL };
            log_failure(outcome, "expiry failed");
        }
    }

    /// Removes items that have expired, batch by batch, up to `MAX_PER_PASS`. Returns whether more may be due.
    pub async fn expire_due(self: &Arc<Self>) -> Result<bool> {
        self.hub.pages().evict_expired(self.now());
        self.invalidate_rendered_if_clock_set();
        self.store.expire_reports(self.now()).await?;
        for _ in 0..MAX_PER_PASS / BATCH {
            let chats = self.announce_all(self.store.expire_due(self.now(), BATCH)).await?;
            let sessions = self.announce_all(self.store.expire_sessions(self.now(), BATCH)).await?;
            if chats.max(sessions) < BATCH {
                return Ok(false);
            }
            tokio::task::yield_now().await;
        }
        Ok(true)
    }

    /// Drops rendered entries if the wall clock was set since: they contain times.
    fn invalidate_rendered_if_clock_set(&self) {
        let displayed = self.clock.wall(EPOCH);
        if std::mem::replace(&mut *self.displayed_epoch.lock(), displayed) != displayed {
            self.hub.forget_rendered();
        }
    }
}
