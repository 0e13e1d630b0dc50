//! The commands of the program that use a server: the binary as people run it, against servers over real sockets.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod proxy;
mod terminal;

mod accounts;
mod event_streams;
mod exit_codes;
mod flows;
mod json_output;
mod lost_connections;
mod restarts;
mod safe_output;
mod shells;
mod state;
mod two_terminals;
