//! The counter of connections that were refused or closed, by reason; the metrics implement it.

use std::fmt;

/// Counts refusals.
pub trait Refusals: Send + Sync + fmt::Debug {
    /// Counts one refusal. `reason` is the label in the metrics.
    fn count(&self, reason: &'static str);
}
