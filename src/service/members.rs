//! Members: list, leave, remove.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Conflict, Error, Result};
use crate::domain::id::{ChatId, MemberId};
use crate::domain::member::Member;
use crate::domain::pagination::{Page, PageRequest};
use crate::store::members::NotRemoved;

impl Service {
    /// Lists the chat's members.
    pub async fn members(&self, chat: ChatId, caller: &Caller, page: PageRequest) -> Result<Page<Arc<Member>>> {
        self.require_reader(chat, caller).await?;
        self.store.list_members(chat, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Removes a member. Members may remove themselves, the owner may remove others.
    pub async fn remove_member(self: &Arc<Self>, chat: ChatId, caller: &Caller, member: MemberId) -> Result<()> {
        let (_, membership) = self.require_member(chat, caller).await?;
        let by = membership.member.id;
        if by != member && !membership.member.is_owner() {
            return Err(Error::NotAllowed);
        }
        self.commit(move |store, now| async move { store.remove_member(chat, member, by, now).await }).await
    }
}

impl From<NotRemoved> for Error {
    fn from(refusal: NotRemoved) -> Self {
        match refusal {
            NotRemoved::Gone => Self::NotFound,
            NotRemoved::OwnerCannotLeave => Self::Conflict(Conflict::OwnerCannotLeave),
            NotRemoved::ChatIsOpen => Self::Conflict(Conflict::ChatIsOpen),
        }
    }
}
