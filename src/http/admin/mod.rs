//! The admin listener: metrics and health for operators.

mod metrics;
pub mod router;
