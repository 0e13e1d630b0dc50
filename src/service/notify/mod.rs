//! Notifications that leave the server.

pub mod mail;
pub mod outbound;
pub mod push;
pub mod web_push;
pub mod webhook;
