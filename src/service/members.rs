//! Members: who is in, who leaves.

use std::sync::Arc;

use super::Service;
use super::access::Caller;
use super::error::{Conflict, Error, Result};
use crate::domain::id::{ChatId, MemberId};
use crate::domain::member::Member;
use crate::domain::page::{Cut, ListPage};
use crate::store::members::NotRemoved;

impl Service {
    /// Who is in the chat.
    pub async fn members(&self, chat: ChatId, caller: &Caller, page: ListPage) -> Result<Cut<Arc<Member>>> {
        self.view(chat, caller).await?;
        self.store.members(chat, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// A member leaves, or is removed by the owner.
    pub async fn remove_member(self: &Arc<Self>, chat: ChatId, caller: &Caller, member: MemberId) -> Result<()> {
        let (_, seat) = self.seated(chat, caller).await?;
        let by = seat.member.id;
        if by != member && !seat.member.is_owner() {
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
