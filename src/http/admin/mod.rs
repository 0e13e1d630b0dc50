//! The admin listener, for operators: metrics, health, accounts, chats, reports.

mod accounts;
mod chats;
mod metrics;
mod origin;
mod reports;
pub mod router;
mod state;
