//! Event streams of chats and of waiting guests, from the resumed position to the end.

mod cursor;
pub mod event;
mod open;
pub mod position;
pub mod chat;
pub mod guest;
mod reader;
