//! Presents groups and their members.

use super::Present;
use super::chats::admission;
use super::members::member;
use crate::domain::group::{GroupMember, MembershipStatus};
use crate::service::groups::GroupCard;
use crate::wire;

impl Present {
    /// Presents a group to an account.
    pub(in crate::http) fn group(&self, card: &GroupCard) -> Option<wire::groups::GroupCard> {
        let (chat, group) = (&card.view.chat, card.view.chat.group.as_ref()?);
        Some(wire::groups::GroupCard {
            name: group.name.as_str().into(),
            title: chat.title.as_ref().map(|title| title.as_str().into()),
            description: group.description.as_ref().map(|description| description.as_str().into()),
            admission: admission(chat.admission),
            members: group.members,
            me: card.view.membership.as_ref().map(|membership| member(&membership.member)),
            chat: card.item.as_ref().map(|item| self.chat_item(item)),
        })
    }

    /// Presents a member of a group, with how it came and went.
    pub(in crate::http) fn group_member(&self, shown: &GroupMember) -> wire::groups::GroupMember {
        wire::groups::GroupMember {
            member: member(&shown.member),
            status: match shown.status {
                MembershipStatus::Active => wire::groups::MembershipStatus::Active,
                MembershipStatus::Inactive => wire::groups::MembershipStatus::Inactive,
            },
            added_by: shown.added_by.as_deref().map(member),
            added_at: self.time(shown.added_at),
            removed_by: shown.removed_by.as_deref().map(member),
            removed_at: shown.removed_at.map(|at| self.time(at)),
        }
    }
}
