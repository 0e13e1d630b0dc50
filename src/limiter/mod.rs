//! Limits per key: `keyed_limiter` for rates, `permits` for concurrent use.

pub mod keyed_limiter;
pub mod permits;
