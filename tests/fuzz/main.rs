//! Every parser against arbitrary input: stored seeds of earlier failures, and random inputs.
//!
//! Each runs for one second, or for `PARLOR_FUZZ_SECONDS`. A failing input is printed in its shortest form; store it in a file of that
//! target's folder in `seeds` to run it every time.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod inputs;
mod harness;
mod positions;
mod events;
mod ids;
mod forwarded;
mod keys;
mod bodies;
mod queries;
mod markdown;
