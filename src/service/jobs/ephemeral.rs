//! Publication of ephemeral changes: collects what changed in all rooms and publishes it together, at most twice a second.

use std::sync::Arc;

use crate::hub::ephemeral::EPHEMERAL_INTERVAL;
use crate::service::Service;

impl Service {
    /// Publishes ephemeral changes as they come, until the task is dropped. Sleeps while there are none.
    pub async fn run_ephemeral(self: Arc<Self>) {
        loop {
            self.hub.ephemeral_pushed().await;
            self.clock.sleep_until(self.now() + EPHEMERAL_INTERVAL).await;
            self.publish_ephemeral().await;
        }
    }

    /// Publishes the ephemeral changes of all rooms. Yields between rooms.
    pub async fn publish_ephemeral(&self) {
        for room in self.hub.take_ephemeral() {
            room.publish_ephemeral(self.now());
            tokio::task::yield_now().await;
        }
    }
}
