//! Shared handles to chats in memory: one cell per chat, referenced by all maps of the node.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use parking_lot::Mutex;

use super::ChatState;
use crate::domain::id::ChatId;

/// A chat behind its lock. Its id is outside the lock, so that maps compare it without locking.
#[derive(Debug)]
pub(in crate::store::memory) struct ChatCell {
    id: ChatId,
    state: Mutex<ChatState>,
}

/// A reference to a chat's cell. It serves as map key in place of the chat's id, at a quarter of the size.
#[derive(Clone, Debug)]
pub(in crate::store::memory) struct ChatHandle(Arc<ChatCell>);

impl ChatHandle {
    /// Creates the cell of a new chat.
    pub(in crate::store::memory) fn new(state: ChatState) -> Self {
        Self(Arc::new(ChatCell { id: state.chat.id, state: Mutex::new(state) }))
    }

    pub(in crate::store::memory) fn id(&self) -> ChatId {
        self.0.id
    }

    pub(in crate::store::memory) fn state(&self) -> &Mutex<ChatState> {
        &self.0.state
    }
}

impl Borrow<ChatId> for ChatHandle {
    fn borrow(&self) -> &ChatId {
        &self.0.id
    }
}

impl Hash for ChatHandle {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.id.hash(hasher);
    }
}

impl PartialEq for ChatHandle {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for ChatHandle {}

impl Ord for ChatHandle {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

impl PartialOrd for ChatHandle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
