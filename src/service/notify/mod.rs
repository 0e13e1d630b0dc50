//! Notifications that leave the server.

pub mod mail;
pub mod outbound;
pub mod webhook;
