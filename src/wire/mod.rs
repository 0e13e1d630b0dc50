//! JSON wire format: the types of requests, responses and events, shared by server, clients and tests.
//!
//! Names are those of the API contract and final. Request types reject unknown fields; response types may gain fields.

pub mod time;
mod integer;
mod nullable;
pub mod secret;
pub mod lists;
pub mod chat_items;
pub mod groups;
pub mod chats;
pub mod messages;
pub mod members;
pub mod receipts;
pub mod presence;
pub mod typing;
pub mod links;
pub mod knocks;
pub mod tickets;
pub mod accounts;
pub mod sessions;
pub mod friends;
pub mod reports;
pub mod email_verifications;
pub mod password_resets;
pub mod events;
pub mod webhooks;
pub mod push;
pub mod activity;
pub mod stream_events;
pub mod socket;
pub mod account_events;
pub mod problem;
