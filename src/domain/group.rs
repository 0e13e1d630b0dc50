//! A group: a chat of accounts that is found by its name.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Timestamp;
use super::member::Member;
use super::text::Description;
use super::username::Username;

/// How long after a group gave up its name another one may take it.
pub const NAME_RELEASE: Duration = Duration::from_hours(30 * 24);
/// The most accounts that a new group begins with besides its owner.
pub const MAX_FIRST_MEMBERS: usize = 100;

/// The name of a group. It has the form of a username, in a space of its own.
pub type GroupName = Username;

/// What a group has besides other chats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its unique name.
    pub name: GroupName,
    /// What it is about.
    pub description: Option<Description>,
    /// How many members it has.
    pub members: u32,
}

/// Which members of a group a list contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipStatus {
    /// Those who are members now.
    Active,
    /// Those who were, and left or were removed.
    Inactive,
}

/// A member of a group, with how it came and went.
#[derive(Clone, Debug)]
pub struct GroupMember {
    /// The member.
    pub member: Arc<Member>,
    /// Whether it is one now.
    pub status: MembershipStatus,
    /// Who added it; `None` if it came by itself.
    pub added_by: Option<Arc<Member>>,
    /// When it came last.
    pub added_at: Timestamp,
    /// Who removed it; itself if it left.
    pub removed_by: Option<Arc<Member>>,
    /// When it left last.
    pub removed_at: Option<Timestamp>,
}
