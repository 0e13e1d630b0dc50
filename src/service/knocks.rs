//! Knocks: create, look up, withdraw, decide, list.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::authorization::{Caller, Identity};
use super::charge::Charge;
use super::error::{Capacity, Conflict, Error, Limit, Result};
use crate::domain::client_address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, KnockId, LinkId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::knock::{Decision, GuestKnock, Knock, KnockSelector, KnockStatus};
use crate::domain::member::Member;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::person::Person;
use crate::domain::text::{Name, Note};
use crate::store::Committed;
use crate::store::knocks::{KnockReader, NewKnock, NotDecided, NotKnocked, NotWithdrawn};

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
        let principal = caller.principal().ok_or(Error::NotFound)?;
        if let Some(knocked) = self.store.find_knock(link, principal, self.now()).await? {
            self.charge_knocker(caller.charge(), &knocked)?;
            return Ok(Some(LinkRelation::Knocked(Box::new(knocked))));
        }
        let (chat, _) = self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?;
        match (self.require_member(chat, caller).await, caller.account()) {
            (Ok((_, membership)), _) => Ok(Some(LinkRelation::Member(chat, membership.member))),
            // An account without a knock on this link may knock.
            (Err(Error::NotFound), Some(account)) => self.charge_person(caller.charge(), Person::Account(account)).map(|_| None),
            (Err(error), _) => Err(error),
        }
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
        match self.create_knock(link, caller, guest, None).await? {
            Some(created) => Ok(LinkRelation::Knocked(Box::new(created.value))),
            None => self.link_relation(link, caller).await?.ok_or(Error::NotFound),
        }
    }

    /// Creates a knock, unless the caller has one; then the first value is `None`.
    pub async fn knock(
        self: &Arc<Self>,
        link: LinkId,
        caller: &Caller,
        guest: Guest,
        key: Option<IdempotencyKey>,
    ) -> Result<(Option<Idempotent<()>>, LinkRelation)> {
        if let Some(relation) = self.link_relation(link, caller).await?
            && !may_knock_again(caller, &relation)
        {
            return Ok((None, relation));
        }
        match self.create_knock(link, caller, guest, key).await? {
            Some(Idempotent { value, replayed }) => Ok((Some(Idempotent { value: (), replayed }), LinkRelation::Knocked(Box::new(value)))),
            None => Ok((None, self.link_relation(link, caller).await?.ok_or(Error::NotFound)?)),
        }
    }

    /// Withdraws the caller's own knock.
    pub async fn withdraw_knock(self: &Arc<Self>, link: LinkId, knock: KnockId, caller: &Caller) -> Result<()> {
        let client = caller.principal().ok_or(Error::NotFound)?;
        if let Some(knocked) = self.store.find_knock(link, client, self.now()).await? {
            self.charge_knocker(caller.charge(), &knocked)?;
        }
        self.commit(move |store, now| async move { store.withdraw_knock(link, knock, client, now).await }).await
    }

    /// Returns the status of the caller's knock; without a token and for the owner, the status of the link's only knock.
    pub async fn approval(&self, link: LinkId, caller: &Caller) -> Result<Option<KnockStatus>> {
        let only = async |reader| self.store.sole_knock_status(link, reader, self.now()).await;
        match self.link_relation(link, caller).await? {
            None => {
                self.live_link(link).await?;
                Ok(only(KnockReader::Anyone).await?)
            }
            Some(LinkRelation::Knocked(knocked)) => Ok(Some(knocked.knock.status)),
            Some(LinkRelation::Member(_, member)) if member.role.has_door() => Ok(only(KnockReader::Owner).await?),
            Some(LinkRelation::Member(..) | LinkRelation::OpenDoor(_)) => Err(Error::NotFound),
        }
    }

    /// Decides knocks. Only the owner may, and admins of a group.
    pub async fn decide_knocks(self: &Arc<Self>, caller: &Caller, decision: Decision) -> Result<Vec<KnockId>> {
        let chat = match decision.knocks {
            KnockSelector::InChat(chat, _) => chat,
            KnockSelector::Sole(link) | KnockSelector::OnLink(link, _) => self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?.0,
        };
        let by = self.require_door(chat, caller).await?.1.member.id;
        let decision = Decision { by, ..decision };
        self.commit(|store, now| async move { store.decide_knocks(decision, now).await }).await
    }

    /// Lists the chat's knocks. Only the owner may, and admins of a group.
    pub async fn knocks(&self, chat: ChatId, caller: &Caller, status: Option<KnockStatus>, page: PageRequest) -> Result<Page<Knock>> {
        self.require_door(chat, caller).await?;
        self.store.list_knocks(chat, status, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Charges a request to the guest who made this knock: to the member, once they are admitted.
    pub(super) fn charge_knocker(&self, charge: &Charge, knocked: &GuestKnock) -> Result<()> {
        let guest = |guest| knocked.client.account().map_or(guest, Person::Account);
        match &knocked.knock.member {
            Some(member) => self.charge_member(charge, knocked.chat, guest(Person::Member(knocked.chat, member.id))),
            None => self.charge_person(charge, guest(Person::Guest(knocked.chat, knocked.knock.number))).map(drop),
        }
    }

    /// Creates a knock. Returns `None` for an account that is inside already: a parallel request was faster.
    async fn create_knock(
        self: &Arc<Self>,
        link: LinkId,
        caller: &Caller,
        guest: Guest,
        key: Option<IdempotencyKey>,
    ) -> Result<Option<Idempotent<GuestKnock>>> {
        let (id, identity) = (KnockId::random(self.random.as_ref()), self.identity(caller).await?);
        let Identity { principal: client, name, username } = identity;
        let new = NewKnock { link, id, client, name: guest.name.or(name), username, note: guest.note, address: guest.address, key };
        let created = self.commit(move |store, now| async move { Ok(as_option(store.knock(new, now).await?, now)) }).await?;
        self.counters.knocks.add(u64::from(created.as_ref().is_some_and(|created| !created.replayed)));
        Ok(created)
    }

    async fn live_link(&self, link: LinkId) -> Result<ChatId> {
        let now = self.now();
        let found = self.store.find_link(link, now).await?.filter(|(_, link)| link.is_live(now));
        found.map(|(chat, _)| chat).ok_or(Error::NotFound)
    }
}

/// Returns true for an account whose knock ended without admission. A guest knocks again without a credential.
fn may_knock_again(caller: &Caller, relation: &LinkRelation) -> bool {
    let ended = |knock: &Knock| !matches!(knock.status, KnockStatus::Pending | KnockStatus::Approved);
    caller.account().is_some() && matches!(relation, LinkRelation::Knocked(knocked) if ended(&knocked.knock))
}

/// Turns the knock of an account that is inside already into `None`.
fn as_option(
    knocked: std::result::Result<Committed<Idempotent<GuestKnock>>, NotKnocked>,
    now: Timestamp,
) -> Result<Committed<Option<Idempotent<GuestKnock>>>> {
    match knocked {
        Ok(committed) => {
            let (knocked, updates) = committed.into_parts();
            Ok(Committed::new(Some(knocked), updates))
        }
        Err(NotKnocked::AlreadyInside) => Ok(Committed::new(None, Vec::new())),
        Err(refusal) => Err(not_knocked(refusal, now)),
    }
}

/// Longest `Retry-After` for a link with too many pending knocks.
const MAX_RETRY_HINT: Duration = Duration::from_mins(1);

fn not_knocked(refusal: NotKnocked, now: Timestamp) -> Error {
    match refusal {
        NotKnocked::Gone => Error::NotFound,
        NotKnocked::NodeFull => Error::Full(Capacity::Node),
        NotKnocked::NotAccepted => Error::NotAccepted,
        NotKnocked::AccountFull => Error::Full(Capacity::Account),
        // The caller turns it into what the account has.
        NotKnocked::AlreadyInside => Error::internal("an account knocked twice"),
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
