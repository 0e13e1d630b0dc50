//! Knocks: create, look up, withdraw, decide, list.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Conflict, Error, Limit, Result};
use crate::domain::client_address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, Credential, KnockId, LinkId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::knock::{Decision, GuestKnock, Knock, KnockSelector, KnockStatus};
use crate::domain::member::Member;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::person::Person;
use crate::domain::text::{Name, Note};
use crate::store::knocks::{NewKnock, NotDecided, NotKnocked, NotWithdrawn};

/// How a caller is related to a link.
#[derive(Clone, Debug)]
pub enum LinkRelation {
    /// A guest who knocked on it.
    Knocked(Box<GuestKnock>),
    /// A member of the chat who did not join by this link.
    Member(ChatId, Arc<Member>),
    /// An unknown caller; the chat is open.
    OpenDoor(ChatId),
}

/// What a guest says when knocking.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Their name.
    pub name: Option<Name>,
    /// Their note to the owner.
    pub note: Option<Note>,
    /// Their client address.
    pub address: ClientAddress,
}

impl Service {
    /// Returns how the caller is related to a link, without changing anything: the state of their knock, or their membership. Returns `None` without
    /// a token.
    pub async fn link_relation(&self, link: LinkId, caller: &Caller) -> Result<Option<LinkRelation>> {
        if caller.is_anonymous() {
            return Ok(None);
        }
        let credential = caller.credential().ok_or(Error::NotFound)?;
        if let Some(knocked) = self.store.find_knock(link, credential, self.now()).await? {
            self.charge_person(caller.charge(), person(&knocked))?;
            return Ok(Some(LinkRelation::Knocked(Box::new(knocked))));
        }
        let (chat, _) = self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?;
        let (_, membership) = self.require_member(chat, caller).await?;
        Ok(Some(LinkRelation::Member(chat, membership.member)))
    }

    /// Exchanges a link by GET: a caller without a token knocks, unless the chat is open.
    pub async fn exchange(self: &Arc<Self>, link: LinkId, caller: &Caller, guest: Guest) -> Result<LinkRelation> {
        if let Some(relation) = self.link_relation(link, caller).await? {
            return Ok(relation);
        }
        let chat = self.live_link(link).await?;
        let open = self.store.find_chat(chat, None, self.now()).await?.ok_or(Error::NotFound)?.chat.admits_visitors();
        if open {
            return Ok(LinkRelation::OpenDoor(chat));
        }
        Ok(LinkRelation::Knocked(Box::new(self.create_knock(link, guest, None).await?.value)))
    }

    /// Creates a knock, unless the caller has one; then the first value is `None`.
    pub async fn knock(
        self: &Arc<Self>,
        link: LinkId,
        caller: &Caller,
        guest: Guest,
        key: Option<IdempotencyKey>,
    ) -> Result<(Option<Idempotent<()>>, LinkRelation)> {
        if let Some(relation) = self.link_relation(link, caller).await? {
            return Ok((None, relation));
        }
        let Idempotent { value: created, replayed } = self.create_knock(link, guest, key).await?;
        Ok((Some(Idempotent { value: (), replayed }), LinkRelation::Knocked(Box::new(created))))
    }

    /// Withdraws the caller's own knock.
    pub async fn withdraw_knock(self: &Arc<Self>, link: LinkId, knock: KnockId, caller: &Caller) -> Result<()> {
        let client = caller.credential().ok_or(Error::NotFound)?;
        if let Some(knocked) = self.store.find_knock(link, client, self.now()).await? {
            self.charge_person(caller.charge(), person(&knocked))?;
        }
        self.commit(move |store, now| async move { store.withdraw_knock(link, knock, client, now).await }).await
    }

    /// Returns the status of the caller's knock; without a token and for the owner, the status of the link's only knock.
    pub async fn approval(&self, link: LinkId, caller: &Caller) -> Result<Option<KnockStatus>> {
        let only = self.store.sole_knock_status(link, self.now()).await?;
        match self.link_relation(link, caller).await? {
            None => self.live_link(link).await.map(|_| only),
            Some(LinkRelation::Knocked(knocked)) => Ok(Some(knocked.knock.status)),
            Some(LinkRelation::Member(_, member)) if member.is_owner() => Ok(only),
            Some(LinkRelation::Member(..) | LinkRelation::OpenDoor(_)) => Err(Error::NotFound),
        }
    }

    /// Decides knocks. Only the owner may.
    pub async fn decide_knocks(self: &Arc<Self>, caller: &Caller, decision: Decision) -> Result<Vec<KnockId>> {
        let chat = match decision.knocks {
            KnockSelector::InChat(chat, _) => chat,
            KnockSelector::Sole(link) | KnockSelector::OnLink(link, _) => self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?.0,
        };
        self.require_owner(chat, caller).await?;
        self.commit(|store, now| async move { store.decide_knocks(decision, now).await }).await
    }

    /// Lists the chat's knocks. Only the owner may.
    pub async fn knocks(&self, chat: ChatId, caller: &Caller, status: Option<KnockStatus>, page: PageRequest) -> Result<Page<Knock>> {
        self.require_owner(chat, caller).await?;
        self.store.list_knocks(chat, status, page, self.now()).await?.ok_or(Error::NotFound)
    }

    async fn create_knock(self: &Arc<Self>, link: LinkId, guest: Guest, key: Option<IdempotencyKey>) -> Result<Idempotent<GuestKnock>> {
        let (id, client) = (KnockId::random(self.random.as_ref()), Credential::random(self.random.as_ref()));
        let new = NewKnock { link, id, client, name: guest.name, note: guest.note, address: guest.address, key };
        let now = self.now();
        let to_error = move |refusal| not_knocked(refusal, now);
        let created = self.commit(move |store, now| async move { Ok(store.knock(new, now).await?.map_err(to_error)) }).await?;
        self.counters.knocks.add(u64::from(!created.replayed));
        Ok(created)
    }

    async fn live_link(&self, link: LinkId) -> Result<ChatId> {
        let now = self.now();
        let found = self.store.find_link(link, now).await?.filter(|(_, link)| link.is_live(now));
        found.map(|(chat, _)| chat).ok_or(Error::NotFound)
    }
}

/// Returns the person a guest's requests are charged to: the member, once they are admitted.
pub(super) fn person(knocked: &GuestKnock) -> Person {
    let member = knocked.knock.member.as_ref();
    member.map_or(Person::Guest(knocked.chat, knocked.knock.number), |member| Person::Member(knocked.chat, member.id))
}

/// Longest `Retry-After` for a link with too many pending knocks.
const MAX_RETRY_HINT: Duration = Duration::from_mins(1);

fn not_knocked(refusal: NotKnocked, now: Timestamp) -> Error {
    match refusal {
        NotKnocked::Gone => Error::NotFound,
        NotKnocked::NodeFull => Error::Full(Capacity::Node),
        NotKnocked::Full => Error::Full(Capacity::Chat),
        // The owner may decide at any time, long before the oldest pending knock expires.
        NotKnocked::TooManyPending { until } => Error::Limit(Limit::Knocks, until.since(now).min(MAX_RETRY_HINT)),
        NotKnocked::Barred { until } => Error::Limit(Limit::Declined, until.since(now)),
        NotKnocked::KeyReused => Error::key_reused(),
        NotKnocked::TooManyKeys => Error::too_many_keys(),
    }
}

impl From<NotWithdrawn> for Error {
    fn from(refusal: NotWithdrawn) -> Self {
        match refusal {
            NotWithdrawn::Gone => Self::NotFound,
            NotWithdrawn::AlreadyDecided => Self::Conflict(Conflict::AlreadyDecided),
        }
    }
}

impl From<NotDecided> for Error {
    fn from(refusal: NotDecided) -> Self {
        match refusal {
            NotDecided::Gone => Self::NotFound,
            NotDecided::SeveralKnocked(knocks) => Self::Conflict(Conflict::SeveralKnocked(knocks)),
            NotDecided::AlreadyDecided => Self::Conflict(Conflict::AlreadyDecided),
            NotDecided::NobodyKnocked => Self::Conflict(Conflict::NobodyKnocked),
            NotDecided::LinkUsedUp => Self::Conflict(Conflict::LinkUsedUp),
            NotDecided::Full => Self::Full(Capacity::Chat),
        }
    }
}
