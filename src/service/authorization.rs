//! Authorization: resolves a caller's credential and checks what access it gives to a chat.

use super::Service;
use super::charge::Charge;
use super::error::{Error, Result};
use crate::domain::chat::{Chat, ChatView};
use crate::domain::id::{ChatId, Credential};
use crate::domain::member::Membership;
use crate::domain::person::Person;

/// The token that a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// No token.
    None,
    /// A well-formed credential; whether it is valid for a chat is up to the store.
    Credential(Credential),
    /// A token that does not have the form of a credential.
    Malformed,
}

impl Token {
    fn parse(text: &str) -> Self {
        Credential::parse(text).map_or(Self::Malformed, Self::Credential)
    }
}

/// The caller of a request: the token presented, and the charge of the request.
#[derive(Clone, Debug)]
pub struct Caller {
    token: Token,
    charge: Charge,
}

impl Caller {
    /// Returns a caller without a token.
    #[must_use]
    pub const fn anonymous(charge: Charge) -> Self {
        Self { token: Token::None, charge }
    }

    /// Returns a caller that presents `text` as its token.
    #[must_use]
    pub fn from_token(text: &str, charge: Charge) -> Self {
        Self { token: Token::parse(text), charge }
    }

    /// Returns a caller with the credential that a ticket was issued for.
    pub(super) fn with_ticket(credential: Option<Credential>, charge: Charge) -> Self {
        Self { token: credential.map_or(Token::None, Token::Credential), charge }
    }

    /// Adds the credential of a body field. Rejects one that differs from the `Authorization` header.
    pub fn with_field_credential(self, text: Option<&str>, field: &'static str) -> Result<Self> {
        let Some(text) = text else { return Ok(self) };
        match (self.token, Token::parse(text)) {
            (Token::None, token) => Ok(Self { token, ..self }),
            (Token::Credential(header), Token::Credential(named)) if header == named => Ok(self),
            (Token::Malformed, Token::Malformed) => Ok(self),
            _ => Err(Error::invalid(field, "differs from the credential in the Authorization header")),
        }
    }

    /// Returns the credential, if the token has the form of one.
    #[must_use]
    pub const fn credential(&self) -> Option<Credential> {
        match self.token {
            Token::Credential(credential) => Some(credential),
            Token::None | Token::Malformed => None,
        }
    }

    /// Returns true without a token.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.token == Token::None
    }

    /// Returns the charge of the request.
    #[must_use]
    pub const fn charge(&self) -> &Charge {
        &self.charge
    }
}

impl Service {
    /// Returns the chat for a member, and for any anonymous caller while it is open; [`Error::NotFound`] for all others. Charges the request to the
    /// member or the address.
    pub(super) async fn require_reader(&self, chat: ChatId, caller: &Caller) -> Result<ChatView> {
        let view = self.store.find_chat(chat, caller.credential(), self.now()).await?.ok_or(Error::NotFound)?;
        match &view.membership {
            Some(membership) => self.charge_person(caller.charge(), Person::Member(chat, membership.member.id))?,
            None if caller.is_anonymous() && view.chat.admits_visitors() => self.charge_address(caller.charge())?,
            None => return Err(Error::NotFound),
        }
        Ok(view)
    }

    /// Returns the chat and the caller's membership; [`Error::NotFound`] for anyone who is not a member.
    pub(super) async fn require_member(&self, chat: ChatId, caller: &Caller) -> Result<(Chat, Membership)> {
        let view = self.require_reader(chat, caller).await?;
        view.membership.map(|membership| (view.chat, membership)).ok_or(Error::NotFound)
    }

    /// Returns the chat and the owner's membership; [`Error::NotAllowed`] for other members.
    pub(super) async fn require_owner(&self, chat: ChatId, caller: &Caller) -> Result<(Chat, Membership)> {
        let (chat, membership) = self.require_member(chat, caller).await?;
        if membership.member.is_owner() { Ok((chat, membership)) } else { Err(Error::NotAllowed) }
    }
}
