//! Event streams of chats, of waiting guests and of accounts, from the resumed position to the end.

mod cursor;
pub mod event;
mod open;
pub mod position;
pub mod chat;
pub mod guest;
pub mod account;
pub mod account_event;
mod account_reader;
mod account_state;
mod chat_feed;
mod chat_feeds;
mod chat_logs;
mod readiness;
mod reader;
