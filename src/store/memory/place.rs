//! Where a chat lies in memory: one cell each, which all maps of the node point to.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use parking_lot::Mutex;

use super::state::ChatState;
use crate::domain::id::ChatId;

/// A chat behind its lock; its id stands before the lock, so that maps compare it without taking it.
#[derive(Debug)]
pub(super) struct Cell {
    id: ChatId,
    state: Mutex<ChatState>,
}

/// Points to a chat's cell. In maps it is as good as the chat's id, for a quarter of the room.
#[derive(Clone, Debug)]
pub(super) struct Place(Arc<Cell>);

impl Place {
    /// A place for a new chat.
    pub(super) fn of(state: ChatState) -> Self {
        Self(Arc::new(Cell { id: state.chat.id, state: Mutex::new(state) }))
    }

    pub(super) fn id(&self) -> ChatId {
        self.0.id
    }

    pub(super) fn state(&self) -> &Mutex<ChatState> {
        &self.0.state
    }
}

impl Borrow<ChatId> for Place {
    fn borrow(&self) -> &ChatId {
        &self.0.id
    }
}

impl Hash for Place {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.id.hash(hasher);
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Place {}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
