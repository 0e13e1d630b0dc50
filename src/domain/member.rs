//! A person inside a chat: who they are there, what they may read, how they leave.

use std::sync::Arc;

use super::id::MemberId;
use super::text::Name;

/// What somebody may do in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Opened it; decides who gets in.
    Owner,
    /// Reads and writes.
    Member,
}

/// A person as the others see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their number in the chat.
    pub id: MemberId,
    /// What they are called there; no two members have the same.
    pub name: Name,
    /// What they may do.
    pub role: Role,
}

impl Member {
    /// Whether this is the owner.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.role == Role::Owner
    }
}

/// A member and how far back they read.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Who.
    pub member: Arc<Member>,
    /// The first number of the conversation that they get; 1 for those who read everything.
    pub since: u64,
}

/// Why somebody is no longer a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// They left.
    Left,
    /// The owner removed them.
    Removed,
    /// The owner revoked their link with everyone whom it had let in.
    Evicted,
}
