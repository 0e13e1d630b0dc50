//! Notifications that leave the server.

pub mod mail;
