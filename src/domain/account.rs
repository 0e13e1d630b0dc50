//! An account: its profile, its settings, and how others see it.

use super::clock::Timestamp;
use super::email::EmailAddress;
use super::friendship::{Friendship, Relation};
use super::id::AccountId;
use super::password::PasswordHash;
use super::presence::Presence;
use super::text::Name;
use super::username::Username;

/// Who may begin a direct chat with an account, and add it to groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectMessages {
    /// Its friends.
    #[default]
    Friends,
    /// Every account.
    Anyone,
    /// No one.
    Nobody,
}

impl DirectMessages {
    /// Returns true if an account with this setting takes messages from one that sees it with this relation: from friends, and from those whom it
    /// wrote to itself.
    #[must_use]
    pub fn accepts(self, relation: Relation) -> bool {
        let accepts = match self {
            Self::Friends => relation.friendship == Friendship::Friends || relation.has_written,
            Self::Anyone => relation.friendship != Friendship::Oneself,
            Self::Nobody => false,
        };
        accepts && !relation.is_blocked
    }
}

impl DirectMessages {
    /// Returns true if one that sees an account with this setting and this relation may add it to groups.
    #[must_use]
    pub fn accepts_addition(self, relation: Relation) -> bool {
        self.accepts(Relation { has_written: false, ..relation })
    }
}

/// The settings of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// Who may write to it.
    pub direct_messages: DirectMessages,
    /// Whether others find it in lists and searches.
    pub findable: bool,
    /// Whether it shows what it has read, and sees what others have.
    pub read_receipts: bool,
    /// Whether it shows when it is online, and sees when others are.
    pub presence: bool,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self { direct_messages: DirectMessages::Friends, findable: true, read_receipts: true, presence: true }
    }
}

/// The e-mail addresses of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountEmail {
    /// The address, if there is one.
    pub address: Option<EmailAddress>,
    /// Whether `address` is verified. Only one account can verify an address.
    pub is_verified: bool,
    /// A new address that replaces a verified one once it is verified itself.
    pub pending: Option<EmailAddress>,
}

impl AccountEmail {
    /// Returns the address that mail may be sent to without a doubt whose it is.
    #[must_use]
    pub fn verified(&self) -> Option<&EmailAddress> {
        self.address.as_ref().filter(|_| self.is_verified)
    }

    /// Returns the address that still has to be verified, if there is one.
    #[must_use]
    pub fn unverified(&self) -> Option<&EmailAddress> {
        self.pending.as_ref().or_else(|| self.address.as_ref().filter(|_| !self.is_verified))
    }

    /// Replaces the address: a verified one stays until the new one is verified too.
    pub fn replace(&mut self, new: Option<EmailAddress>) {
        match new {
            None => *self = Self::default(),
            Some(new) if self.address.as_ref() == Some(&new) => self.pending = None,
            Some(new) if self.is_verified => self.pending = Some(new),
            Some(new) => self.address = Some(new),
        }
    }

    /// Marks `address` as verified, if it is one of the two.
    pub fn verify(&mut self, address: &EmailAddress) -> bool {
        let known = self.unverified() == Some(address);
        if known {
            *self = Self { address: Some(address.clone()), is_verified: true, pending: None };
        }
        known
    }
}

/// A snapshot of an account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id, which only access tokens show.
    pub id: AccountId,
    /// Its unique name.
    pub username: Username,
    /// Its display name.
    pub name: Name,
    /// Its e-mail addresses.
    pub email: AccountEmail,
    /// Its settings.
    pub settings: AccountSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub last_seen_at: Timestamp,
    /// Since when it is suspended, if it is.
    pub suspended_at: Option<Timestamp>,
}

/// A change of an account by its owner. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// A new display name.
    pub name: Option<Name>,
    /// A new e-mail address; `Some(None)` removes it.
    pub email: Option<Option<EmailAddress>>,
    /// Who may write to it.
    pub direct_messages: Option<DirectMessages>,
    /// Whether others find it.
    pub findable: Option<bool>,
    /// Whether it shows what it has read.
    pub read_receipts: Option<bool>,
    /// Whether it shows when it is online.
    pub presence: Option<bool>,
}

impl AccountChange {
    /// Applies the change to `account`.
    pub fn apply(self, account: &mut Account) {
        let settings = &mut account.settings;
        settings.direct_messages = self.direct_messages.unwrap_or(settings.direct_messages);
        settings.findable = self.findable.unwrap_or(settings.findable);
        settings.read_receipts = self.read_receipts.unwrap_or(settings.read_receipts);
        settings.presence = self.presence.unwrap_or(settings.presence);
        if let Some(name) = self.name {
            account.name = name;
        }
        if let Some(email) = self.email {
            account.email.replace(email);
        }
    }
}

/// An account as another one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// Its unique name.
    pub username: Username,
    /// Its display name.
    pub name: Name,
    /// How it is related to the viewer.
    pub friendship: Friendship,
    /// Whether the viewer may write to it directly.
    pub accepts_messages: bool,
    /// Whether it is online; `None` if the viewer may not see it.
    pub presence: Option<Presence>,
}

impl UserView {
    /// Returns how a viewer with this relation sees `account`. Who is blocked sees what strangers see while no one may write to the account.
    #[must_use]
    pub fn new(account: &Account, relation: Relation) -> Self {
        let accepts_messages = account.settings.direct_messages.accepts(relation);
        Self { username: account.username.clone(), name: account.name.clone(), friendship: relation.friendship, accepts_messages, presence: None }
    }

    /// Returns what the viewer sees with the presence of the account, or without it.
    #[must_use]
    pub fn with_presence(self, presence: Option<Presence>) -> Self {
        Self { presence, ..self }
    }

    /// Returns how somebody sees an account that they may not see: the username is all there is.
    #[must_use]
    pub fn unnamed(self) -> Self {
        Self { name: self.username.as_name(), ..self }
    }
}

/// An account with its relation to the one that looks at it.
#[derive(Clone, Debug)]
pub struct RelatedAccount {
    /// The account.
    pub account: Account,
    /// Its relation to the viewer.
    pub relation: Relation,
}

impl RelatedAccount {
    /// Returns true if the viewer may see the account without being in a chat with it.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.account.settings.findable || matches!(self.relation.friendship, Friendship::Oneself | Friendship::Friends | Friendship::Incoming)
    }
}

/// A friend, or an account that is blocked, with the time since when.
#[derive(Clone, Debug)]
pub struct AccountSince {
    /// The account.
    pub account: Account,
    /// Since when.
    pub since: Timestamp,
}

/// What a sign-in is checked against.
#[derive(Clone, Debug)]
pub struct LoginRecord {
    /// The account.
    pub account: Account,
    /// The hash of its password.
    pub password: PasswordHash,
}

/// With what somebody signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// A username.
    Username(Username),
    /// A verified e-mail address.
    Email(EmailAddress),
}

impl Login {
    /// Parses what somebody entered; `None` if no account can have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains('@') { EmailAddress::parse(text).ok().map(Self::Email) } else { Username::parse(text).ok().map(Self::Username) }
    }
}
