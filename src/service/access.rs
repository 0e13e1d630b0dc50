//! Who asks, and what a chat is to them.

use super::Service;
use super::error::{Error, Result};
use crate::domain::chat::{Chat, View};
use crate::domain::id::{ChatId, Credential};
use crate::domain::member::Seat;

/// Who asks, as far as they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// They show nothing.
    Nobody,
    /// They show what may be somebody's credential.
    Known(Credential),
    /// They show what nobody's credential looks like.
    Stranger,
}

impl Caller {
    /// Whoever shows `text`.
    #[must_use]
    pub fn showing(text: &str) -> Self {
        Credential::read(text).map_or(Self::Stranger, Self::Known)
    }

    /// The same caller, who also names themselves in a field of the request. Two names must be one person's.
    pub fn also(self, text: Option<&str>, field: &'static str) -> Result<Self> {
        let Some(text) = text else { return Ok(self) };
        match (self, Self::showing(text)) {
            (Self::Nobody, named) => Ok(named),
            (Self::Known(header), Self::Known(named)) if header == named => Ok(self),
            (Self::Stranger, Self::Stranger) => Ok(self),
            _ => Err(Error::invalid(field, "names somebody else than the Authorization header")),
        }
    }

    /// What they show, where it may be a credential.
    #[must_use]
    pub const fn credential(self) -> Option<Credential> {
        match self {
            Self::Known(credential) => Some(credential),
            Self::Nobody | Self::Stranger => None,
        }
    }
}

impl Service {
    /// The chat, for its members, and for everybody while it is open; it is not there for others.
    pub(super) async fn view(&self, chat: ChatId, caller: Caller) -> Result<View> {
        let view = self.store.see_chat(chat, caller.credential(), self.now()).await?.ok_or(Error::NotFound)?;
        let welcome = view.seat.is_some() || (caller == Caller::Nobody && view.chat.admits_visitors());
        if welcome { Ok(view) } else { Err(Error::NotFound) }
    }

    /// The chat and the caller's seat in it, for members alone.
    pub(super) async fn seated(&self, chat: ChatId, caller: Caller) -> Result<(Chat, Seat)> {
        let view = self.view(chat, caller).await?;
        view.seat.map(|seat| (view.chat, seat)).ok_or(Error::NotFound)
    }

    /// The chat, for its owner; other members are told that they may not.
    pub(super) async fn owned(&self, chat: ChatId, caller: Caller) -> Result<(Chat, Seat)> {
        let (chat, seat) = self.seated(chat, caller).await?;
        if seat.member.is_owner() { Ok((chat, seat)) } else { Err(Error::NotAllowed) }
    }
}
