//! A chat message, and what is left of a deleted one.

use std::sync::Arc;

use super::clock::Timestamp;
use super::member::Member;
use super::text::{ClientRef, MessageText};

/// A message as posted; its sequence number and time are those of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The author; `None` for a visitor of an open chat.
    pub member: Option<Arc<Member>>,
    /// The text.
    pub text: MessageText,
    /// The sender's own reference for it.
    pub client_ref: Option<ClientRef>,
}

/// What is left of a message whose text was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedMessage {
    /// The author; `None` for a visitor of an open chat.
    pub member: Option<Arc<Member>>,
    /// When it was deleted.
    pub deleted_at: Timestamp,
}

impl Message {
    /// Returns its size in bytes as counted against the content limits.
    #[must_use]
    pub fn content(&self) -> u64 {
        let reference = self.client_ref.as_ref().map_or(0, |reference| reference.as_str().len());
        (self.text.as_str().len() + reference) as u64
    }
}
