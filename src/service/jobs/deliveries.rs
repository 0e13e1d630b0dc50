//! Deliveries of webhooks: claims what is due, sends it, and settles it. Nothing waits for it but the end of the program.

use std::sync::Arc;
use std::time::Duration;

use super::log_failure;
use crate::domain::clock::Timestamp;
use crate::service::Service;
use crate::service::error::Result;
use crate::store::webhooks::{Delivery, DeliveryOutcome, Settled};

/// The most deliveries that are being sent at one time.
pub const MAX_DELIVERIES_IN_FLIGHT: usize = 128;
/// Interval at which the store is asked although nothing was announced.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

impl Service {
    /// Sends what webhooks have to send, until the task is dropped.
    pub async fn run_deliveries(self: Arc<Self>) {
        let mut in_flight = self.webhooks.in_flight.subscribe();
        loop {
            in_flight.mark_unchanged();
            let outcome = self.start_deliveries().await;
            let next = *outcome.as_ref().unwrap_or(&Timestamp::NEVER);
            log_failure(outcome, "webhooks could not be looked at");
            let has_room = *in_flight.borrow() < MAX_DELIVERIES_IN_FLIGHT;
            let look_at = if has_room { next.min(self.now() + LOOK_INTERVAL) } else { Timestamp::NEVER };
            tokio::select! {
                () = self.hub.delivery_due(), if has_room => {}
                // It cannot fail: the service owns the sender.
                _ = in_flight.changed() => {}
                () = self.clock.sleep_until(look_at) => {}
            }
        }
    }

    /// Completes once everything that is due was attempted. Retries are not waited for.
    pub async fn deliveries_drained(self: &Arc<Self>) {
        let mut in_flight = self.webhooks.in_flight.subscribe();
        loop {
            let next = self.start_deliveries().await.unwrap_or(Timestamp::NEVER);
            match (*in_flight.borrow_and_update(), next > self.now()) {
                (0, true) => break,
                (0, false) => continue,
                _ => {}
            }
            // It cannot fail: the service owns the sender.
            let _ = in_flight.changed().await;
        }
    }

    /// Claims what is due, as far as there is room, and sends each delivery in a task of its own. Returns when the next one is due.
    async fn start_deliveries(self: &Arc<Self>) -> Result<Timestamp> {
        let room = MAX_DELIVERIES_IN_FLIGHT.saturating_sub(*self.webhooks.in_flight.borrow());
        if room == 0 {
            return Ok(Timestamp::NEVER);
        }
        let claimed = self.store.claim_deliveries(room, self.now()).await?;
        for delivery in claimed.deliveries {
            let in_flight = InFlight::new(self.clone());
            tokio::spawn(async move { in_flight.0.deliver(delivery).await });
        }
        Ok(claimed.next)
    }

    async fn deliver(&self, delivery: Delivery) {
        let outcome = self.webhooks.send(&delivery, self.clock.wall(self.now())).await;
        let settled = self.store.settle_delivery(delivery.key, outcome, self.now()).await;
        if let Ok(settled) = &settled {
            self.count_delivery(outcome, *settled);
        }
        log_failure(settled.map_err(Into::into), "a delivery could not be settled");
    }

    fn count_delivery(&self, outcome: DeliveryOutcome, settled: Settled) {
        let counts = &self.counters;
        let counter = match (settled, outcome) {
            (Settled::Disabled, _) => &counts.disabled_webhooks,
            (Settled::GivenUp, _) => &counts.given_up_webhooks,
            (_, DeliveryOutcome::Accepted) => &counts.accepted_webhooks,
            (_, DeliveryOutcome::Postponed(_)) => &counts.postponed_webhooks,
            (_, DeliveryOutcome::Failed(_) | DeliveryOutcome::Gone) => &counts.failed_webhooks,
        };
        counter.add(1);
    }
}

/// Counts a delivery that is being sent, until it is dropped.
struct InFlight(Arc<Service>);

impl InFlight {
    fn new(service: Arc<Service>) -> Self {
        service.webhooks.in_flight.send_modify(|count| *count += 1);
        Self(service)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.webhooks.in_flight.send_modify(|count| *count -= 1);
    }
}
