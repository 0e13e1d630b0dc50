//! A member of a chat: identity, role, visible history, reason for leaving.

use std::sync::Arc;

use super::id::MemberId;
use super::text::Name;
use super::username::Username;

/// What a member may do in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Created the chat and decides on admission.
    Owner,
    /// Reads and writes.
    Member,
}

/// A member as seen by the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number within the chat.
    pub id: MemberId,
    /// Its name, unique among the members.
    pub name: Name,
    /// The username of its account, if it has one.
    pub username: Option<Username>,
    /// Its role.
    pub role: Role,
}

impl Member {
    /// Returns what is shown of this member once its account is deleted.
    #[must_use]
    pub fn deleted(&self) -> Self {
        Self { id: self.id, name: Name::deleted_account(), username: None, role: self.role }
    }

    /// Returns true if this member may delete the messages of `author`, or of a visitor.
    #[must_use]
    pub fn may_delete_messages_of(&self, author: Option<&Self>) -> bool {
        self.is_owner() || author.is_some_and(|author| author.id == self.id)
    }

    /// Returns true if this is the owner.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.role == Role::Owner
    }
}

/// A member and the history visible to it.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The member.
    pub member: Arc<Member>,
    /// The first sequence number of the conversation it can read; 1 for the whole history.
    pub visible_from: u64,
}

/// Why a membership ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveReason {
    /// The member left.
    Left,
    /// The owner removed the member.
    Removed,
    /// The owner revoked the member's link and evicted everyone it had admitted.
    Evicted,
    /// The member's account was deleted.
    Deleted,
}
