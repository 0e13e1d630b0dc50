//! Background jobs: periodic work that no request triggers.

pub mod deliveries;
pub mod pushes;
pub mod expiry;
pub mod ephemeral;
pub mod head_audit;

use super::error::Result;
use crate::error_chain::error_chain;

/// Logs a failed run; the job continues at its next interval.
fn log_failure<T>(outcome: Result<T>, what: &str) {
    if let Err(error) = outcome {
        tracing::error!(error = error_chain(&error), "{what}");
    }
}
