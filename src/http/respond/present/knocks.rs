//! Presents knocks, and what a link is to its caller.

use super::Present;
use super::members::member;
use crate::domain::id::LinkId;
use crate::domain::knock::{GuestKnock, Knock, KnockStatus};
use crate::domain::member::Member;
use crate::service::knocks::LinkRelation;
use crate::wire;
use crate::wire::secret::Secret;

impl Present {
    /// Presents what a link is to its caller.
    pub(in crate::http) fn exchange(&self, link: LinkId, relation: &LinkRelation) -> wire::knocks::Exchange {
        let base = wire::knocks::Exchange { link_url: Some(self.link_url(link)), ..Default::default() };
        let inside = |chat, admitted: Option<&Member>| wire::knocks::Exchange {
            approval_status: Some(true),
            status: Some(wire::knocks::KnockStatus::Approved),
            chat_url: Some(self.chat_url(chat)),
            member: admitted.map(member),
            ..base.clone()
        };
        match relation {
            LinkRelation::Knocked(knocked) => self.knocked(knocked),
            LinkRelation::Member(chat, member) => inside(*chat, Some(member)),
            LinkRelation::OpenDoor(chat) => inside(*chat, None),
        }
    }

    /// Presents what the name of a group is to its caller.
    pub(in crate::http) fn group_exchange(&self, relation: &LinkRelation) -> wire::knocks::Exchange {
        wire::knocks::Exchange { link_url: None, ..self.exchange(LinkId::NIL, relation) }
    }

    /// Presents a knock to its guest, with the credential.
    pub(in crate::http) fn knocked(&self, knocked: &GuestKnock) -> wire::knocks::Exchange {
        let knock = &knocked.knock;
        let approved = knock.status == KnockStatus::Approved;
        wire::knocks::Exchange {
            link_url: (!knock.is_by_name).then(|| self.link_url(knock.link)),
            request_sent_status: true,
            approval_status: Some(approved),
            status: Some(status(knock.status)),
            client_id: knocked.client.credential().map(|credential| Secret::new(credential.expose())),
            knock_id: Some(knock.id.uuid()),
            code: Some(knock.verification_words()),
            reason: knock.reason.as_ref().map(|reason| reason.as_str().into()),
            chat_url: approved.then(|| self.chat_url(knocked.chat)),
            member: knock.member.as_deref().map(member),
            expires_at: Some(self.time(knock.expires_at)),
        }
    }

    /// Presents a knock to the owner.
    pub(in crate::http) fn knock(&self, knock: &Knock) -> wire::knocks::Knock {
        wire::knocks::Knock {
            knock_id: knock.id.uuid(),
            name: knock.display_name().as_str().into(),
            username: knock.username.as_ref().map(|username| username.as_str().into()),
            note: knock.note.as_ref().map(|note| note.as_str().into()),
            code: knock.verification_words(),
            name_taken: knock.name_taken,
            link_id: (!knock.is_by_name).then(|| knock.link.to_string()),
            label: knock.label.as_ref().map(|label| label.as_str().into()),
            status: status(knock.status),
            created_at: self.time(knock.created_at),
            expires_at: self.time(knock.expires_at),
        }
    }
}

pub(in crate::http) const fn status(status: KnockStatus) -> wire::knocks::KnockStatus {
    match status {
        KnockStatus::Pending => wire::knocks::KnockStatus::Pending,
        KnockStatus::Approved => wire::knocks::KnockStatus::Approved,
        KnockStatus::Declined => wire::knocks::KnockStatus::Declined,
        KnockStatus::Withdrawn => wire::knocks::KnockStatus::Withdrawn,
        KnockStatus::Expired => wire::knocks::KnockStatus::Expired,
    }
}
