//! `parlor chat` in real pseudo-terminals, against servers in processes of their own; a parser that others wrote says what the screen shows.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod pseudo_terminal;
mod proxy;
mod link_chats;
mod accounts;
mod timelines;
mod connections;
mod hostile_text;
