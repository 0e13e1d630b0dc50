//! Every parser of ours against whatever may come: what once was a problem, kept in `seeds`, and what chance brings.
//!
//! Each runs for a second, or for as many seconds as `PARLOR_FUZZ_SECONDS` says. What fails is printed at its shortest; write it into a file of that
//! target's folder in `seeds`, and it is tried for ever.

#![expect(clippy::unwrap_used, reason = "a test fails where it is surprised")]

#[path = "../world/mod.rs"]
mod world;

mod chance;
mod asking;
mod positions;
mod events;
mod names;
mod forwarded;
mod keys;
mod bodies;
mod questions;
