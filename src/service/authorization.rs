//! Authorization: resolves a caller's credential and checks what access it gives to a chat.

use super::Service;
use super::charge::Charge;
use super::error::{Error, Result};
use crate::domain::chat::{Chat, ChatView};
use crate::domain::id::{AccountId, ChatId, Credential, SessionId};
use crate::domain::member::Membership;
use crate::domain::person::Person;
use crate::domain::principal::Principal;
use crate::domain::text::Name;
use crate::domain::ticket::TicketHolder;
use crate::domain::username::Username;

/// The token that a request presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// No token.
    None,
    /// A well-formed credential; whether it is valid for a chat is up to the store.
    Credential(Credential),
    /// A valid access token.
    Access(SignedIn),
    /// A token that does not have the form of a credential.
    Malformed,
}

impl Token {
    fn parse(text: &str) -> Self {
        Credential::parse(text).map_or(Self::Malformed, Self::Credential)
    }
}

/// An account, in a session of its own that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The session that the access token was issued in.
    pub session: SessionId,
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

    /// Returns a caller that presents a valid access token.
    pub(super) const fn signed_in_as(signed_in: SignedIn, charge: Charge) -> Self {
        Self { token: Token::Access(signed_in), charge }
    }

    /// Returns the caller that a ticket was issued for.
    pub(super) fn with_ticket(holder: TicketHolder, charge: Charge) -> Self {
        let token = match (holder.principal, holder.session) {
            (Some(Principal::Credential(credential)), _) => Token::Credential(credential),
            (Some(Principal::Account(account)), Some(session)) => Token::Access(SignedIn { account, session }),
            (Some(Principal::Account(_)), None) => Token::Malformed,
            (None, _) => Token::None,
        };
        Self { token, charge }
    }

    /// Adds the credential of a body field. Rejects one that differs from the `Authorization` header, or that accompanies an access token.
    pub fn with_field_credential(self, text: Option<&str>, field: &'static str) -> Result<Self> {
        let Some(text) = text else { return Ok(self) };
        match (self.token, Token::parse(text)) {
            (Token::None, token) => Ok(Self { token, ..self }),
            (Token::Credential(header), Token::Credential(named)) if header == named => Ok(self),
            (Token::Malformed, Token::Malformed) => Ok(self),
            (Token::Access(_), _) => Err(Error::invalid(field, "cannot be combined with an access token")),
            _ => Err(Error::invalid(field, "differs from the credential in the Authorization header")),
        }
    }

    /// Returns whom the token stands for, if it has the form of one.
    #[must_use]
    pub const fn principal(&self) -> Option<Principal> {
        match self.token {
            Token::Credential(credential) => Some(Principal::Credential(credential)),
            Token::Access(signed_in) => Some(Principal::Account(signed_in.account)),
            Token::None | Token::Malformed => None,
        }
    }

    /// Returns the account and session of an access token.
    #[must_use]
    pub const fn signed_in(&self) -> Option<SignedIn> {
        match self.token {
            Token::Access(signed_in) => Some(signed_in),
            Token::None | Token::Credential(_) | Token::Malformed => None,
        }
    }

    /// Returns the account of an access token.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.signed_in().map(|signed_in| signed_in.account)
    }

    /// Returns whom a ticket for this caller belongs to.
    pub(super) fn ticket_holder(&self) -> TicketHolder {
        TicketHolder { principal: self.principal(), session: self.signed_in().map(|signed_in| signed_in.session) }
    }

    /// Returns the caller without a credential, which belongs to another chat: only an account says something about who creates a chat.
    #[must_use]
    pub fn without_credential(&self) -> Self {
        let token = if self.signed_in().is_some() { self.token } else { Token::None };
        Self { token, charge: self.charge.clone() }
    }

    /// Returns true without a token.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.token == Token::None
    }

    /// Returns the same caller, of another request.
    #[must_use]
    pub const fn charged_to(&self, charge: Charge) -> Self {
        Self { token: self.token, charge }
    }

    /// Returns true if both present the same token.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.token == other.token
    }

    /// Returns the charge of the request.
    #[must_use]
    pub const fn charge(&self) -> &Charge {
        &self.charge
    }
}

/// How a caller enters a chat.
pub(super) struct Identity {
    /// Who holds the membership: the account, or a new credential.
    pub(super) principal: Principal,
    /// The name of the account.
    pub(super) name: Option<Name>,
    /// The username of the account.
    pub(super) username: Option<Username>,
}

impl Service {
    /// Returns the caller an access token stands for; [`Error::InvalidToken`] if it is not valid, or its session has ended.
    pub async fn authenticate(&self, token: &str, charge: Charge) -> Result<Caller> {
        let now = self.now();
        let claims = self.access_tokens.verify(token, now).ok_or(Error::InvalidToken)?;
        let live = self.store.use_session(claims.session, now).await?.filter(|account| *account == claims.account);
        let account = live.ok_or(Error::InvalidToken)?;
        Ok(Caller::signed_in_as(SignedIn { account, session: claims.session }, charge))
    }

    /// Returns the account and session of the caller, and charges the request to the account; [`Error::Unauthenticated`] without an access token.
    pub(super) fn require_account(&self, caller: &Caller) -> Result<SignedIn> {
        let signed_in = caller.signed_in().ok_or(Error::Unauthenticated)?;
        self.charge_person(caller.charge(), Person::Account(signed_in.account))?;
        Ok(signed_in)
    }

    /// Charges the request to the account of the caller; [`Error::Unauthenticated`] without an access token.
    pub fn admit_account(&self, caller: &Caller) -> Result<()> {
        self.require_account(caller).map(drop)
    }

    /// Returns the identity with which the caller enters a chat: their account, or a new credential.
    pub(super) async fn identity(&self, caller: &Caller) -> Result<Identity> {
        let Some(account) = caller.account() else {
            let principal = Principal::Credential(Credential::random(self.random.as_ref()));
            return Ok(Identity { principal, name: None, username: None });
        };
        let account = self.store.find_account(account).await?.ok_or(Error::InvalidToken)?;
        Ok(Identity { principal: Principal::Account(account.id), name: Some(account.name), username: Some(account.username) })
    }

    /// Returns the chat for a member, and for any anonymous caller while it is open; [`Error::NotFound`] for all others. Charges the request to the
    /// member or the address.
    pub(super) async fn require_reader(&self, chat: ChatId, caller: &Caller) -> Result<ChatView> {
        let view = self.store.find_chat(chat, caller.principal(), self.now()).await?.ok_or(Error::NotFound)?;
        match &view.membership {
            Some(membership) => {
                let member = Person::Member(chat, membership.member.id);
                self.charge_member(caller.charge(), chat, caller.account().map_or(member, Person::Account))?;
            }
            None if !view.chat.admits_visitors() => return Err(Error::NotFound),
            None => match (caller.account(), caller.is_anonymous()) {
                (Some(account), _) => self.charge_person(caller.charge(), Person::Account(account)).map(drop)?,
                (None, true) => self.charge_address(caller.charge())?,
                (None, false) => return Err(Error::NotFound),
            },
        }
        Ok(view)
    }

    /// Returns the chat and the caller's membership; [`Error::NotFound`] for anyone who is not a member.
    pub(super) async fn require_member(&self, chat: ChatId, caller: &Caller) -> Result<(Chat, Membership)> {
        let view = self.require_reader(chat, caller).await?;
        view.membership.map(|membership| (view.chat, membership)).ok_or(Error::NotFound)
    }

    /// Returns the chat and the membership of one with the right to the door; [`Error::NotAllowed`] for other members.
    pub(super) async fn require_door(&self, chat: ChatId, caller: &Caller) -> Result<(Chat, Membership)> {
        let (chat, membership) = self.require_member(chat, caller).await?;
        if membership.member.role.has_door() { Ok((chat, membership)) } else { Err(Error::NotAllowed) }
    }
}
