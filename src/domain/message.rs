//! What people say.

use std::sync::Arc;

use super::member::Member;
use super::text::{ClientRef, MessageText};

/// A message as it was posted; number and time are its entry's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it; nobody that is known, where a visitor of an open chat did.
    pub member: Option<Arc<Member>>,
    /// What they wrote.
    pub text: MessageText,
    /// The sender's own name for it.
    pub client_ref: Option<ClientRef>,
}

impl Message {
    /// What it counts against the bounds on content, in bytes.
    #[must_use]
    pub fn content(&self) -> u64 {
        let reference = self.client_ref.as_ref().map_or(0, |reference| reference.as_str().len());
        (self.text.as_str().len() + reference) as u64
    }
}
