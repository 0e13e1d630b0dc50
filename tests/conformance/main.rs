//! The contract of every store and every bus, as checks: each is written once and run against all of them.
//!
//! A check is an async function over a [`subject::Subject`]; `checks!` at the end of its file makes it a test of its own for every store. A further store is
//! one line in `checks!` and one function of `Subject`.

#![expect(clippy::unwrap_used, reason = "a check that cannot go on has failed")]

#[path = "../world/mod.rs"]
mod world;

#[macro_use]
mod subject;
mod scene;
mod reading;
mod unruly;

mod chats;
mod expiry;
mod entries;
mod messages;
mod members;
mod links;
mod knocks;
mod decisions;
mod tickets;
mod tally;
mod concurrency;
mod buses;
