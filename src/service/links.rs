//! Links: making, listing, revoking.

use std::sync::Arc;

use super::Service;
use super::access::Caller;
use super::error::{Conflict, Error, Full, Result};
use crate::domain::chat::Lifetime;
use crate::domain::id::{ChatId, LinkId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::link::{Admitted, Link};
use crate::domain::page::{Cut, ListPage};
use crate::domain::text::Label;
use crate::store::links::{NewLink, NotLinked, NotRevoked};

/// How somebody wants their link.
#[derive(Clone, Debug)]
pub struct LinkWish {
    /// What they call it.
    pub label: Option<Label>,
    /// How long it can be knocked on.
    pub expires_in: Lifetime,
    /// How many it may let in.
    pub max_uses: Option<u32>,
    /// Whether it lets in without asking.
    pub auto_approve: bool,
}

impl Service {
    /// Makes a link: in a knock chat its owner, in an open chat any holder.
    pub async fn create_link(self: &Arc<Self>, chat: ChatId, caller: &Caller, wish: LinkWish, key: Option<IdempotencyKey>) -> Result<Once<Link>> {
        let view = self.view(chat, caller).await?;
        if !view.chat.may_make_links(view.seat.as_ref()) {
            return Err(Error::NotAllowed);
        }
        let now = self.now();
        let link = Link {
            id: LinkId::random(self.dice.as_ref()),
            number: 0,
            label: wish.label,
            made_by: view.seat.map(|seat| seat.member.id),
            created_at: now,
            expires_at: now + wish.expires_in.span(),
            max_uses: wish.max_uses,
            uses: 0,
            auto_approve: wish.auto_approve,
            revoked_at: None,
        };
        let new = NewLink { chat, link, key };
        self.commit(|store, now| async move { store.create_link(new, now).await }).await
    }

    /// The owner's list of links.
    pub async fn links(&self, chat: ChatId, caller: &Caller, page: ListPage) -> Result<Cut<Link>> {
        self.owned(chat, caller).await?;
        self.store.links(chat, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// The owner revokes a link.
    pub async fn revoke_link(self: &Arc<Self>, link: LinkId, caller: &Caller, admitted: Admitted) -> Result<()> {
        let (chat, _) = self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?;
        self.owned(chat, caller).await?;
        self.commit(move |store, now| async move { store.revoke_link(link, admitted, now).await }).await
    }
}

impl From<NotLinked> for Error {
    fn from(refusal: NotLinked) -> Self {
        match refusal {
            NotLinked::Gone => Self::NotFound,
            NotLinked::NodeFull => Self::Full(Full::Node),
            NotLinked::Full => Self::Full(Full::Chat),
            NotLinked::KeyReused => Self::key_reused(),
            NotLinked::TooManyKeys => Self::too_many_keys(),
        }
    }
}

impl From<NotRevoked> for Error {
    fn from(refusal: NotRevoked) -> Self {
        match refusal {
            NotRevoked::Gone => Self::NotFound,
            NotRevoked::ChatIsOpen => Self::Conflict(Conflict::ChatIsOpen),
        }
    }
}
