//! Presents members.

use crate::domain::member::{LeaveReason, Member, Role};
use crate::wire;

pub(in crate::http) fn member(member: &Member) -> wire::members::Member {
    wire::members::Member {
        id: member.id.0,
        name: member.name.as_str().into(),
        role: match member.role {
            Role::Owner => wire::members::Role::Owner,
            Role::Admin => wire::members::Role::Admin,
            Role::Member => wire::members::Role::Member,
        },
        username: member.username.as_ref().map(|username| username.as_str().into()),
    }
}

pub(super) const fn departure(reason: LeaveReason) -> wire::members::Departure {
    match reason {
        LeaveReason::Left => wire::members::Departure::Left,
        LeaveReason::Removed => wire::members::Departure::Removed,
        LeaveReason::Evicted => wire::members::Departure::Evicted,
        LeaveReason::Deleted => wire::members::Departure::Deleted,
    }
}
