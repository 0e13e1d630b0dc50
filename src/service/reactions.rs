//! Reactions to messages: add and take back.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Conflict, Error, Result};
use crate::domain::id::ChatId;
use crate::domain::reaction::Emoji;
use crate::store::reactions::{NewReaction, NotReacted};

impl Service {
    /// Adds a reaction of the caller to a message, or takes it back. It counts as a post.
    pub async fn react(self: &Arc<Self>, chat: ChatId, caller: &Caller, seq: u64, emoji: Emoji, added: bool) -> Result<()> {
        let by = self.require_poster(chat, caller).await?;
        let new = NewReaction { chat, seq, by, emoji, added };
        self.commit(|store, now| async move { store.react(new, now).await }).await
    }
}

impl From<NotReacted> for Error {
    fn from(refusal: NotReacted) -> Self {
        match refusal {
            NotReacted::Gone => Self::NotFound,
            NotReacted::Deleted => Self::Conflict(Conflict::MessageDeleted),
            NotReacted::TooManyKinds => Self::Conflict(Conflict::TooManyReactions),
            NotReacted::Full => Self::Full(Capacity::Chat),
            NotReacted::NodeFull => Self::Full(Capacity::Node),
        }
    }
}
