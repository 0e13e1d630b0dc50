//! Pushes: claims what is due, leaves out holders who have the chat open, sends the rest, and settles it. Nothing waits for it but the end of the program.

use std::sync::Arc;
use std::time::Duration;

use super::log_failure;
use crate::domain::clock::Timestamp;
use crate::service::Service;
use crate::service::error::Result;
use crate::store::push_subscriptions::{ClaimedPush, PushOutcome, SettledPush};

/// The most pushes that are being sent at one time.
pub const MAX_PUSHES_IN_FLIGHT: usize = 32;
/// Interval at which the store is asked for pushes. What happens is due no sooner than after it, so nothing must announce it.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl Service {
    /// Sends pushes, until the task is dropped.
    pub async fn run_pushes(self: Arc<Self>) {
        let mut in_flight = self.pushes.in_flight.subscribe();
        loop {
            in_flight.mark_unchanged();
            let outcome = self.start_pushes().await;
            let next = *outcome.as_ref().unwrap_or(&Timestamp::NEVER);
            log_failure(outcome, "pushes could not be looked at");
            let has_room = *in_flight.borrow() < MAX_PUSHES_IN_FLIGHT;
            let look_at = if has_room { next.min(self.now() + LOOK_INTERVAL) } else { Timestamp::NEVER };
            tokio::select! {
                // It cannot fail: the service owns the sender.
                _ = in_flight.changed(), if !has_room => {}
                () = self.clock.sleep_until(look_at) => {}
            }
        }
    }

    /// Completes once everything that is due was attempted. Retries, and what happened a moment ago, are not waited for.
    pub async fn pushes_drained(self: &Arc<Self>) {
        let mut in_flight = self.pushes.in_flight.subscribe();
        loop {
            let next = self.start_pushes().await.unwrap_or(Timestamp::NEVER);
            match (*in_flight.borrow_and_update(), next > self.now()) {
                (0, true) => break,
                (0, false) => continue,
                _ => {}
            }
            // It cannot fail: the service owns the sender.
            let _ = in_flight.changed().await;
        }
    }

    /// Claims what is due, as far as there is room, and sends each push in a task of its own. Returns when the next one is due.
    async fn start_pushes(self: &Arc<Self>) -> Result<Timestamp> {
        let room = MAX_PUSHES_IN_FLIGHT.saturating_sub(*self.pushes.in_flight.borrow());
        if room == 0 {
            return Ok(Timestamp::NEVER);
        }
        let claimed = self.store.claim_pushes(room, self.now()).await?;
        for push in claimed.pushes {
            if self.has_open_stream(push.person, push.push.subject.chat()) {
                self.settle_push(&push, PushOutcome::Needless).await;
                continue;
            }
            let in_flight = InFlight::new(self.clone());
            tokio::spawn(async move {
                let outcome = in_flight.0.pushes.send(&push, in_flight.0.clock.wall(in_flight.0.now())).await;
                in_flight.0.settle_push(&push, outcome).await;
            });
        }
        Ok(claimed.next)
    }

    async fn settle_push(&self, push: &ClaimedPush, outcome: PushOutcome) {
        let settled = self.store.settle_push(push.key, outcome, self.now()).await;
        if let Ok(settled) = &settled {
            self.count_push(outcome, *settled);
        }
        log_failure(settled.map_err(Into::into), "a push could not be settled");
    }

    fn count_push(&self, outcome: PushOutcome, settled: SettledPush) {
        let counts = &self.counters;
        let counter = match (settled, outcome) {
            (SettledPush::GivenUp, _) => &counts.given_up_pushes,
            (SettledPush::Unsubscribed, _) | (_, PushOutcome::Gone) => &counts.unsubscribed_pushes,
            (_, PushOutcome::Accepted) => &counts.accepted_pushes,
            (_, PushOutcome::Needless) => &counts.needless_pushes,
            (_, PushOutcome::Rejected) => &counts.rejected_pushes,
            (_, PushOutcome::Failed(_)) => &counts.failed_pushes,
            (_, PushOutcome::Postponed(_)) => &counts.postponed_pushes,
        };
        counter.add(1);
    }
}

/// Counts a push that is being sent, until it is dropped.
struct InFlight(Arc<Service>);

impl InFlight {
    fn new(service: Arc<Service>) -> Self {
        service.pushes.in_flight.send_modify(|count| *count += 1);
        Self(service)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.pushes.in_flight.send_modify(|count| *count -= 1);
    }
}
