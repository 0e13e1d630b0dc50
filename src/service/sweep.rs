//! What happens by itself: expiry, and the audit that repairs lost rings.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::error::{Result, chain};
use crate::domain::clock::Timestamp;

/// How often what is due is looked for.
const SWEEP: Duration = Duration::from_millis(250);
/// How often listened logs are compared with the store.
const AUDIT: Duration = Duration::from_secs(1);
/// How many chats are cleared before others get their turn.
const SLICE: usize = 8;
/// How many are cleared before there is a pause, if more are due. What they leave behind is for the allocator to put in order, which whoever asks for memory
/// next waits for: so it is little each time.
const TURN: usize = 128;
/// How long the pause is.
const PAUSE: Duration = Duration::from_millis(1);
/// How many logs are compared at once.
const LOGS: usize = 1_000;

/// A moment, to see how moments are shown.
const START: Timestamp = Timestamp::from_millis(0);

impl Service {
    /// Clears away what is due, again and again, until the task is dropped.
    pub async fn sweep_on(self: Arc<Self>) {
        let mut span = SWEEP;
        loop {
            self.clock.alarm(self.now() + span).await;
            let swept = self.sweep().await;
            span = if matches!(swept, Ok(true)) { PAUSE } else { SWEEP };
            report(swept, "sweeping failed");
        }
    }

    /// Compares listened logs with the store, again and again, until the task is dropped.
    pub async fn audit_on(self: Arc<Self>) {
        loop {
            self.clock.alarm(self.now() + AUDIT).await;
            report(self.audit().await, "the audit failed");
        }
    }

    /// Clears away what is due now, slice by slice, up to a turn's worth; whether more may be due.
    pub async fn sweep(self: &Arc<Self>) -> Result<bool> {
        self.live.pages().forget_old(self.now());
        self.render_anew_if_set();
        for _ in 0..TURN / SLICE {
            if self.announce_all(self.store.clear_due(self.now(), SLICE)).await? < SLICE {
                return Ok(false);
            }
            tokio::task::yield_now().await;
        }
        Ok(true)
    }

    /// Forgets what was rendered, if the wall clock was set since: times stand in it.
    fn render_anew_if_set(&self) {
        let shown = self.clock.wall(START);
        if std::mem::replace(&mut *self.shown.lock(), shown) != shown {
            self.live.forget_rendered();
        }
    }

    /// Compares the heads of all listened logs with the store once. A log that is gone ends its listeners' streams.
    pub async fn audit(&self) -> Result<()> {
        for topics in self.live.topics().chunks(LOGS) {
            let now = self.now();
            let heads = self.store.heads(topics, now).await?;
            for (topic, head) in topics.iter().zip(heads) {
                let repaired = match head {
                    Some(head) => self.live.correct(*topic, head),
                    None => self.live.lost(*topic, now),
                };
                self.figures.repaired_rings.add(u64::from(repaired));
            }
        }
        Ok(())
    }
}

fn report<T>(done: Result<T>, what: &str) {
    if let Err(error) = done {
        tracing::error!(error = chain(&error), "{what}");
    }
}
