//! The contract of every store and every bus, as checks: each is written once and runs against all of them.
//!
//! A check is an async function over a [`backends::Backend`]; `checks!` at the end of its file makes it a test for every store. A further store is
//! one line in `checks!` and one function of `Backend`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the check")]

#[path = "../support/mod.rs"]
mod support;

#[macro_use]
mod backends;
mod fixture;
mod account_fixture;
mod people;
mod seeded_random;
mod assertions;
mod faulty_bus;

mod chats;
mod expiry;
mod entries;
mod messages;
mod message_changes;
mod reactions;
mod members;
mod receipts;
mod receipts_model;
mod presence;
mod links;
mod webhooks;
mod push_subscriptions;
mod deliveries;
mod knocks;
mod decisions;
mod tickets;
mod friends;
mod direct_chats;
mod forgetting;
mod groups;
mod chat_items;
mod blocks;
mod hidden_knocks;
mod account_logs;
mod account_tickets;
mod usage;
mod accounts;
mod account_usage;
mod account_chats;
mod account_chat_logs;
mod account_deletion;
mod sessions;
mod mail_tokens;
mod reports;
mod concurrency;
mod buses;
