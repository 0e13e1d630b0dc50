//! The whole program over real sockets: test servers with people.

#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod apply_equals_refetch;
mod approval;
mod assets;
mod limits;
mod chats;
mod clocks;
mod connections;
mod door_limits;
mod errors;
mod request_bodies;
mod expiry;
mod export;
mod account_export;
mod account_deletion;
mod admin_accounts;
mod reports;
mod command_line;
mod health;
mod base_path;
mod idempotency;
mod knocks;
mod links;
mod members;
mod email_verifications;
mod password_resets;
mod messages;
mod receipts;
mod message_changes;
mod reactions;
mod open_chats;
mod pagination;
mod pasted_links;
mod previews;
mod qr;
mod text_rules;
mod documented_forms;
mod chat_streams;
mod stream_ends;
mod shutdown;
mod stream_resume;
mod stream_resets;
mod reconnects;
mod many_listeners;
mod stream_connections;
mod stalled_streams;
mod path_parity;
mod guest_streams;
mod tickets;
mod friends;
mod direct_chats;
mod forgetting;
mod chat_items;
mod first_source;
mod account_streams;
mod account_tickets;
mod event_framing;
mod streamed_json;
