//! In-process bus: delivers updates by a function call.

use std::sync::Arc;

use super::Bus;
use crate::domain::event_log::LogUpdate;
use crate::hub::Hub;

/// A bus for a single process. Delivers updates, with their entries, by a function call.
#[derive(Debug)]
pub struct InProcessBus(Arc<Hub>);

impl InProcessBus {
    /// Creates a bus that delivers to this hub.
    #[must_use]
    pub const fn new(hub: Arc<Hub>) -> Self {
        Self(hub)
    }
}

impl Bus for InProcessBus {
    fn notify(&self, update: LogUpdate) {
        self.0.apply(update);
    }
}
