//! A member of a chat: identity, role, visible history, reason for leaving.

use std::sync::Arc;

use super::id::MemberId;
use super::text::Name;
use super::username::Username;

/// What a member may do in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Decides on admission and on all else: who created the chat, or was handed a group.
    Owner,
    /// Decides on admission to a group, and keeps order there.
    Admin,
    /// Reads and writes.
    Member,
}

/// The rights of roles, one function each. Links and direct chats have no admins, direct chats have no owner.
impl Role {
    /// May decide knocks, create and revoke links, and add members.
    #[must_use]
    pub const fn has_door(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// May change title, description, admission and history.
    #[must_use]
    pub const fn may_change_profile(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// May close the chat, change its lifetime, rename a group, and change roles there.
    #[must_use]
    pub const fn may_govern(self) -> bool {
        matches!(self, Self::Owner)
    }

    /// May remove members of this role, and delete their messages.
    #[must_use]
    pub const fn may_moderate(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => matches!(other, Self::Member),
            Self::Member => false,
        }
    }
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
        let is_own = author.is_some_and(|author| author.id == self.id);
        is_own || self.role.may_moderate(author.map_or(Role::Member, |author| author.role))
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

#[cfg(test)]
mod tests {
    use super::Role::{Admin, Member, Owner};
    use super::*;

    /// The table of rights of API 4, for all roles.
    #[test]
    fn rights_follow_from_roles() {
        let rights = |role: Role| [role.has_door(), role.may_change_profile(), role.may_govern()];
        assert_eq!(rights(Owner), [true, true, true]);
        assert_eq!(rights(Admin), [true, true, false]);
        assert_eq!(rights(Member), [false, false, false]);
        let moderated = |role: Role| [Owner, Admin, Member].map(|other| role.may_moderate(other));
        assert_eq!(moderated(Owner), [true, true, true]);
        assert_eq!(moderated(Admin), [false, false, true]);
        assert_eq!(moderated(Member), [false, false, false]);
    }
}
