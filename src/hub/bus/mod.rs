//! Message bus: delivers log updates to nodes at most once, in no guaranteed order.

pub mod in_process;

use std::fmt::Debug;

use crate::domain::event_log::LogUpdate;

/// Notifies the rooms of a log on every node.
///
/// A notification may be lost, duplicated or delayed: subscribers compare sequence numbers, and the head audit repairs what they miss.
pub trait Bus: Send + Sync + Debug {
    /// Sends a notification without waiting.
    fn notify(&self, update: LogUpdate);
}
