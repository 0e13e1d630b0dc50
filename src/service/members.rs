//! Members: list, leave, remove.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Conflict, Error, Result};
use crate::domain::chat::ChatKind;
use crate::domain::chat_item::ChatItem;
use crate::domain::id::{ChatId, Credential, MemberId};
use crate::domain::member::Member;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::person::Person;
use crate::store::members::{Binding, NotBound, NotRemoved};

impl Service {
    /// Lists the chat's members.
    pub async fn members(&self, chat: ChatId, caller: &Caller, page: PageRequest) -> Result<Page<Arc<Member>>> {
        self.require_reader(chat, caller).await?;
        self.store.list_members(chat, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Gives a membership that a credential holds to the caller's account. The streams of the credential end with `bye`.
    pub async fn bind_membership(self: &Arc<Self>, caller: &Caller, chat: ChatId, credential: &str) -> Result<ChatItem> {
        let account = self.me(caller).await?;
        let binding = Binding { credential: Credential::parse(credential).ok_or(Error::NotFound)?, account: account.id, username: account.username };
        let member = self.commit(move |store, now| async move { store.bind_member(chat, binding, now).await }).await?;
        self.displace_streams(Person::Member(chat, member.id));
        self.chat_item(caller, chat).await
    }

    /// Removes a member. Members may remove themselves, the owner may remove others.
    pub async fn remove_member(self: &Arc<Self>, chat: ChatId, caller: &Caller, member: MemberId) -> Result<()> {
        let (state, membership) = self.require_member(chat, caller).await?;
        let by = membership.member.id;
        if state.kind == ChatKind::Direct || (by != member && !membership.member.role.has_door()) {
            return Err(Error::NotAllowed);
        }
        self.commit(move |store, now| async move { store.remove_member(chat, member, by, now).await }).await
    }
}

impl From<NotBound> for Error {
    fn from(refusal: NotBound) -> Self {
        match refusal {
            NotBound::Gone => Self::NotFound,
            NotBound::AlreadyMember => Self::Conflict(Conflict::AlreadyMember),
            NotBound::AccountFull => Self::Full(Capacity::Account),
        }
    }
}

impl From<NotRemoved> for Error {
    fn from(refusal: NotRemoved) -> Self {
        match refusal {
            NotRemoved::Gone => Self::NotFound,
            NotRemoved::NotAllowed => Self::NotAllowed,
            NotRemoved::OwnerCannotLeave => Self::Conflict(Conflict::OwnerCannotLeave),
            NotRemoved::ChatIsOpen => Self::Conflict(Conflict::ChatIsOpen),
        }
    }
}
