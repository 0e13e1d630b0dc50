//! Who asks, and what a chat is to them.

use super::Service;
use super::charge::{Charge, Person};
use super::error::{Error, Result};
use crate::domain::chat::{Chat, View};
use crate::domain::id::{ChatId, Credential};
use crate::domain::member::Seat;

/// What somebody shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// Nothing.
    Nothing,
    /// What may be somebody's credential.
    Credential(Credential),
    /// What nobody's credential looks like.
    Garbage,
}

impl Claim {
    fn read(text: &str) -> Self {
        Credential::read(text).map_or(Self::Garbage, Self::Credential)
    }
}

/// Who asks, as far as they say, with the account of their request.
#[derive(Clone, Debug)]
pub struct Caller {
    claim: Claim,
    charge: Charge,
}

impl Caller {
    /// Somebody who shows nothing.
    #[must_use]
    pub const fn anonymous(charge: Charge) -> Self {
        Self { claim: Claim::Nothing, charge }
    }

    /// Whoever shows `text`.
    #[must_use]
    pub fn showing(text: &str, charge: Charge) -> Self {
        Self { claim: Claim::read(text), charge }
    }

    /// Whoever a ticket was issued to.
    pub(super) fn with_ticket(credential: Option<Credential>, charge: Charge) -> Self {
        Self { claim: credential.map_or(Claim::Nothing, Claim::Credential), charge }
    }

    /// The same caller, who also names themselves in a field of the request. Two names must be one person's.
    pub fn also(self, text: Option<&str>, field: &'static str) -> Result<Self> {
        let Some(text) = text else { return Ok(self) };
        match (self.claim, Claim::read(text)) {
            (Claim::Nothing, claim) => Ok(Self { claim, ..self }),
            (Claim::Credential(header), Claim::Credential(named)) if header == named => Ok(self),
            (Claim::Garbage, Claim::Garbage) => Ok(self),
            _ => Err(Error::invalid(field, "names somebody else than the Authorization header")),
        }
    }

    /// What they show, where it may be a credential.
    #[must_use]
    pub const fn credential(&self) -> Option<Credential> {
        match self.claim {
            Claim::Credential(credential) => Some(credential),
            Claim::Nothing | Claim::Garbage => None,
        }
    }

    /// Whether they show nothing at all.
    #[must_use]
    pub fn shows_nothing(&self) -> bool {
        self.claim == Claim::Nothing
    }

    /// The account of their request.
    #[must_use]
    pub const fn charge(&self) -> &Charge {
        &self.charge
    }
}

impl Service {
    /// The chat, for its members, and for everybody while it is open; it is not there for others. This is where a caller is recognised, and counted.
    pub(super) async fn view(&self, chat: ChatId, caller: &Caller) -> Result<View> {
        let view = self.store.see_chat(chat, caller.credential(), self.now()).await?.ok_or(Error::NotFound)?;
        match &view.seat {
            Some(seat) => self.charge_person(caller.charge(), Person::Member(chat, seat.member.id))?,
            None if caller.shows_nothing() && view.chat.admits_visitors() => self.charge_address(caller.charge())?,
            None => return Err(Error::NotFound),
        }
        Ok(view)
    }

    /// The chat and the caller's seat in it, for members alone.
    pub(super) async fn seated(&self, chat: ChatId, caller: &Caller) -> Result<(Chat, Seat)> {
        let view = self.view(chat, caller).await?;
        view.seat.map(|seat| (view.chat, seat)).ok_or(Error::NotFound)
    }

    /// The chat, for its owner; other members are told that they may not.
    pub(super) async fn owned(&self, chat: ChatId, caller: &Caller) -> Result<(Chat, Seat)> {
        let (chat, seat) = self.seated(chat, caller).await?;
        if seat.member.is_owner() { Ok((chat, seat)) } else { Err(Error::NotAllowed) }
    }
}
