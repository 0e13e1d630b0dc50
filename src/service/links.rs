//! Links: create, list, revoke.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Conflict, Error, Result};
use crate::domain::chat::Lifetime;
use crate::domain::id::{ChatId, LinkId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::link::{Link, OnRevoke};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::text::Label;
use crate::store::links::{NewLink, NotLinked, NotRevoked};

/// Parameters of a new link.
#[derive(Clone, Debug)]
pub struct NewLinkParams {
    /// The label.
    pub label: Option<Label>,
    /// How long it accepts knocks.
    pub expires_in: Lifetime,
    /// How many guests it may admit.
    pub max_uses: Option<u32>,
    /// Whether knocks on it are approved without a decision.
    pub auto_approve: bool,
}

impl Service {
    /// Creates a link. In a knock chat only the owner may, in an open chat any reader.
    pub async fn create_link(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        params: NewLinkParams,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<Link>> {
        let view = self.require_reader(chat, caller).await?;
        if !view.chat.may_make_links(view.membership.as_ref()) {
            return Err(Error::NotAllowed);
        }
        let now = self.now();
        let link = Link {
            id: LinkId::random(self.random.as_ref()),
            number: 0,
            label: params.label,
            created_by: view.membership.map(|membership| membership.member.id),
            created_at: now,
            expires_at: now + params.expires_in.duration(),
            max_uses: params.max_uses,
            uses: 0,
            auto_approve: params.auto_approve,
            revoked_at: None,
        };
        let new = NewLink { chat, link, key };
        self.commit(|store, now| async move { store.create_link(new, now).await }).await
    }

    /// Lists the chat's links. Only the owner may, and admins of a group.
    pub async fn links(&self, chat: ChatId, caller: &Caller, page: PageRequest) -> Result<Page<Link>> {
        self.require_door(chat, caller).await?;
        self.store.list_links(chat, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Revokes a link. Only the owner may, and admins of a group.
    pub async fn revoke_link(self: &Arc<Self>, link: LinkId, caller: &Caller, on_revoke: OnRevoke) -> Result<()> {
        let (chat, _) = self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?;
        let by = self.require_door(chat, caller).await?.1.member.id;
        self.commit(move |store, now| async move { store.revoke_link(link, on_revoke, by, now).await }).await
    }
}

impl From<NotLinked> for Error {
    fn from(refusal: NotLinked) -> Self {
        match refusal {
            NotLinked::Gone => Self::NotFound,
            NotLinked::NodeFull => Self::Full(Capacity::Node),
            NotLinked::Full => Self::Full(Capacity::Chat),
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
