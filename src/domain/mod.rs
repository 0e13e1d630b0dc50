//! Domain model: the values, states and transitions of a chat that asks before it admits anyone.
//!
//! Nothing here does I/O, awaits or serialises. Rules that can be evaluated on a previously read value are functions here; rules that must hold at
//! the time of writing are conditions of a store method.

mod uuid_id;
pub mod id;
pub mod clock;
pub mod random;
pub mod client_address;
mod characters;
pub mod text;
pub mod plain_line;
pub mod limits;
pub mod capacity;
pub mod username;
pub mod email;
pub mod password;
pub mod secret_token;
pub mod short_digest;
pub mod token_key;
pub mod account;
pub mod session;
pub mod friendship;
pub mod account_log;
pub mod search_term;
pub mod rate_limit;
pub mod group;
pub mod chat;
pub mod member;
pub mod person;
pub mod principal;
pub mod media;
pub mod reaction;
pub mod markdown;
pub mod message;
pub mod receipt;
pub mod presence;
pub mod typing;
pub mod ephemeral;
pub mod chat_item;
pub mod link;
pub mod knock;
pub mod report;
pub mod event_log;
pub mod destination;
pub mod webhook;
pub mod vapid_key;
pub mod push_service;
pub mod push_subscription;
pub mod push;
pub mod ticket;
pub mod idempotency;
pub mod pagination;
