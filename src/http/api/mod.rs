//! Handlers, one file per noun. Each extracts, calls one use case, presents.

pub(super) mod chats;
pub(super) mod chat_items;
pub(super) mod groups;
pub(super) mod group_knocks;
pub(super) mod export;
pub(super) mod account_export;
pub(super) mod reports;
pub(super) mod messages;
pub(super) mod receipts;
pub(super) mod typing;
pub(super) mod direct_chats;
pub(super) mod reactions;
pub(super) mod members;
pub(super) mod links;
pub(super) mod webhooks;
pub(super) mod push;
pub(super) mod knocks;
pub(super) mod tickets;
pub(super) mod accounts;
pub(super) mod sessions;
pub(super) mod friends;
pub(super) mod email_verifications;
pub(super) mod password_resets;
pub(super) mod streams;
pub(super) mod health;
