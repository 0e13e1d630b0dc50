//! Knocks: asking, waiting, deciding.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::access::Caller;
use super::charge::Person;
use super::error::{Conflict, Error, Full, Limit, Result};
use crate::domain::address::ClientAddress;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, Credential, KnockId, LinkId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::knock::{Decision, Knock, KnockSelector, KnockStatus, Knocked};
use crate::domain::member::Member;
use crate::domain::page::{Cut, ListPage};
use crate::domain::text::{Name, Note};
use crate::store::knocks::{NewKnock, NotDecided, NotKnocked, NotWithdrawn};

/// What a link is to whoever asks.
#[derive(Clone, Debug)]
pub enum Standing {
    /// Somebody who knocked.
    Knocked(Box<Knocked>),
    /// A member who did not come by this link.
    Member(ChatId, Arc<Member>),
    /// Nobody that is known, at the link of an open chat.
    OpenDoor(ChatId),
}

/// Who knocks, as far as they say.
#[derive(Clone, Debug)]
pub struct Guest {
    /// What they call themselves.
    pub name: Option<Name>,
    /// What they say.
    pub note: Option<Note>,
    /// Where they come from.
    pub address: ClientAddress,
}

impl Service {
    /// What a link is to a caller who does not want to change anything: how their knock stands, or that they are a member. `None` for who shows nothing.
    pub async fn standing(&self, link: LinkId, caller: &Caller) -> Result<Option<Standing>> {
        if caller.shows_nothing() {
            return Ok(None);
        }
        let credential = caller.credential().ok_or(Error::NotFound)?;
        if let Some(knocked) = self.store.standing(link, credential, self.now()).await? {
            self.charge_person(caller.charge(), person(&knocked))?;
            return Ok(Some(Standing::Knocked(Box::new(knocked))));
        }
        let (chat, _) = self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?;
        let (_, seat) = self.seated(chat, caller).await?;
        Ok(Some(Standing::Member(chat, seat.member)))
    }

    /// The exchange by GET: whoever shows nothing knocks, except where the chat is open anyway.
    pub async fn exchange(self: &Arc<Self>, link: LinkId, caller: &Caller, guest: Guest) -> Result<Standing> {
        if let Some(standing) = self.standing(link, caller).await? {
            return Ok(standing);
        }
        let chat = self.live_link(link).await?;
        let open = self.store.see_chat(chat, None, self.now()).await?.ok_or(Error::NotFound)?.chat.admits_visitors();
        if open {
            return Ok(Standing::OpenDoor(chat));
        }
        Ok(Standing::Knocked(Box::new(self.arrive(link, guest, None).await?.made)))
    }

    /// Knocks, unless the caller did already; `None` in the first place where nothing was made.
    pub async fn knock(
        self: &Arc<Self>,
        link: LinkId,
        caller: &Caller,
        guest: Guest,
        key: Option<IdempotencyKey>,
    ) -> Result<(Option<Once<()>>, Standing)> {
        if let Some(standing) = self.standing(link, caller).await? {
            return Ok((None, standing));
        }
        let Once { made, replayed } = self.arrive(link, guest, key).await?;
        Ok((Some(Once { made: (), replayed }), Standing::Knocked(Box::new(made))))
    }

    /// The guest takes their knock back.
    pub async fn withdraw_knock(self: &Arc<Self>, link: LinkId, knock: KnockId, caller: &Caller) -> Result<()> {
        let client = caller.credential().ok_or(Error::NotFound)?;
        if let Some(knocked) = self.store.standing(link, client, self.now()).await? {
            self.charge_person(caller.charge(), person(&knocked))?;
        }
        self.commit(move |store, now| async move { store.withdraw_knock(link, knock, client, now).await }).await
    }

    /// How a guest's knock stands; for who shows nothing, and for the owner, how the only knock on the link does.
    pub async fn approval(&self, link: LinkId, caller: &Caller) -> Result<Option<KnockStatus>> {
        let only = self.store.only_standing(link, self.now()).await?;
        match self.standing(link, caller).await? {
            None => self.live_link(link).await.map(|_| only),
            Some(Standing::Knocked(knocked)) => Ok(Some(knocked.knock.status)),
            Some(Standing::Member(_, member)) if member.is_owner() => Ok(only),
            Some(Standing::Member(..) | Standing::OpenDoor(_)) => Err(Error::NotFound),
        }
    }

    /// The owner decides.
    pub async fn decide_knocks(self: &Arc<Self>, caller: &Caller, decision: Decision) -> Result<Vec<KnockId>> {
        let chat = match decision.knocks {
            KnockSelector::InChat(chat, _) => chat,
            KnockSelector::Sole(link) | KnockSelector::OnLink(link, _) => self.store.find_link(link, self.now()).await?.ok_or(Error::NotFound)?.0,
        };
        self.owned(chat, caller).await?;
        self.commit(|store, now| async move { store.decide_knocks(decision, now).await }).await
    }

    /// The owner's list of knocks.
    pub async fn knocks(&self, chat: ChatId, caller: &Caller, status: Option<KnockStatus>, page: ListPage) -> Result<Cut<Knock>> {
        self.owned(chat, caller).await?;
        self.store.knocks(chat, status, page, self.now()).await?.ok_or(Error::NotFound)
    }

    async fn arrive(self: &Arc<Self>, link: LinkId, guest: Guest, key: Option<IdempotencyKey>) -> Result<Once<Knocked>> {
        let (id, client) = (KnockId::random(self.dice.as_ref()), Credential::random(self.dice.as_ref()));
        let new = NewKnock { link, id, client, name: guest.name, note: guest.note, address: guest.address, key };
        let now = self.now();
        let refused = move |refusal| refused(refusal, now);
        let arrived = self.commit(move |store, now| async move { Ok(store.knock(new, now).await?.map_err(refused)) }).await?;
        self.figures.knocks.add(u64::from(!arrived.replayed));
        Ok(arrived)
    }

    async fn live_link(&self, link: LinkId) -> Result<ChatId> {
        let now = self.now();
        let found = self.store.find_link(link, now).await?.filter(|(_, link)| link.is_live(now));
        found.map(|(chat, _)| chat).ok_or(Error::NotFound)
    }
}

/// Whom a guest's requests are counted as; a member's, once they were let in.
pub(super) fn person(knocked: &Knocked) -> Person {
    let member = knocked.knock.member.as_ref();
    member.map_or(Person::Guest(knocked.chat, knocked.knock.number), |member| Person::Member(knocked.chat, member.id))
}

/// After which time it is worth knocking again where too many wait.
const DECIDED_SOON: Duration = Duration::from_mins(1);

fn refused(refusal: NotKnocked, now: Timestamp) -> Error {
    match refusal {
        NotKnocked::Gone => Error::NotFound,
        NotKnocked::NodeFull => Error::Full(Full::Node),
        NotKnocked::Full => Error::Full(Full::Chat),
        // The owner may decide at any moment, long before the first of those who wait has waited long enough.
        NotKnocked::TooManyPending { until } => Error::Limit(Limit::Knocks, until.since(now).min(DECIDED_SOON)),
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
            NotDecided::Full => Self::Full(Full::Chat),
        }
    }
}
