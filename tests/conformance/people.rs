//! Accounts in a fixture: what they do there, in words.

use std::sync::Arc;

use parlor::domain::account::{Account, AccountEmail, AccountSettings};
use parlor::domain::event_log::LogUpdate;
use parlor::domain::id::{AccountId, SessionId};
use parlor::domain::idempotency::Idempotent;
use parlor::domain::knock::Verdict;
use parlor::domain::link::Link;
use parlor::domain::member::Member;
use parlor::domain::password::PasswordHash;
use parlor::domain::principal::Principal;
use parlor::domain::secret_token::RefreshToken;
use parlor::domain::session::{Session, SessionEnd};
use parlor::domain::username::Username;
use parlor::store::accounts::{NewAccount, NotCreated};
use parlor::store::chats::NotOpened;
use parlor::store::knocks::{NewKnock, NotKnocked};
use parlor::store::sessions::{NewSession, NotSignedIn, RefreshDigests};

use crate::fixture::{Fixture, Hosted, done, these};

/// A session with its first refresh token.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) id: SessionId,
    pub(crate) token: RefreshToken,
}

/// Parses a valid username.
pub(crate) fn username(text: &str) -> Username {
    Username::parse(text).unwrap()
}

/// Returns the digests of a refresh token.
pub(crate) fn digests(token: &RefreshToken) -> RefreshDigests {
    RefreshDigests { family: token.family(), token: token.digest() }
}

/// Returns whom an account is to a chat.
pub(crate) const fn principal(account: &Account) -> Principal {
    Principal::Account(account.id)
}

/// Returns the sessions whose end these updates announce.
pub(crate) fn ends(updates: &[LogUpdate]) -> Vec<(SessionId, SessionEnd)> {
    let ended = updates.iter().filter_map(|update| match update {
        LogUpdate::SessionEnded(ended) => Some((ended.session, ended.end)),
        _ => None,
    });
    ended.collect()
}

impl Fixture {
    /// Builds an account with this username and the same name.
    pub(crate) fn new_account(&self, called: &str) -> NewAccount {
        let (username, now) = (username(called), self.now());
        let account = Account {
            id: AccountId::random(&self.dice),
            name: username.as_name(),
            username,
            email: AccountEmail::default(),
            settings: AccountSettings::default(),
            created_at: now,
            last_seen_at: now,
            suspended_at: None,
        };
        NewAccount { account, password: PasswordHash::from_phc("first"), key: None }
    }

    pub(crate) async fn creates_account(&self, new: NewAccount) -> Result<Idempotent<Account>, NotCreated> {
        done(self.store.create_account(new, self.now()).await)
    }

    /// Creates an account.
    pub(crate) async fn signs_up(&self, called: &str) -> Account {
        self.signs_up_so(called, |_| {}).await
    }

    /// Creates this account.
    pub(crate) async fn signs_up_so(&self, called: &str, other: impl FnOnce(&mut Account)) -> Account {
        let mut new = self.new_account(called);
        other(&mut new.account);
        self.creates_account(new).await.unwrap().value
    }

    /// Deletes an account; returns its updates.
    pub(crate) async fn deletes(&self, account: &Account) -> Vec<LogUpdate> {
        self.store.delete_account(account.id, self.now()).await.unwrap().unwrap().into_parts().1
    }

    /// Signs in; returns also the updates.
    pub(crate) async fn tries_to_sign_in(&self, account: AccountId) -> Result<(SignedIn, Vec<LogUpdate>), NotSignedIn> {
        self.tries_to_sign_in_so(account, |_| {}).await
    }

    /// Creates this session.
    pub(crate) async fn tries_to_sign_in_so(
        &self,
        account: AccountId,
        other: impl FnOnce(&mut Session),
    ) -> Result<(SignedIn, Vec<LogUpdate>), NotSignedIn> {
        let (id, token, now) = (SessionId::random(&self.dice), RefreshToken::random(&self.dice), self.now());
        let mut session = Session { id, account, device: None, created_at: now, last_used_at: now, refreshed_at: now };
        other(&mut session);
        let created = self.store.create_session(NewSession { session, refresh: digests(&token) }, now).await.unwrap()?;
        Ok((SignedIn { id, token }, created.into_parts().1))
    }

    /// Signs in.
    pub(crate) async fn signs_in(&self, account: &Account) -> SignedIn {
        self.tries_to_sign_in(account.id).await.unwrap().0
    }

    /// Returns the sessions of an account, the newest first.
    pub(crate) async fn sessions(&self, account: &Account) -> Vec<SessionId> {
        self.store.list_sessions(account.id, self.now()).await.unwrap().iter().map(|session| session.id).collect()
    }

    /// Creates a chat as an account.
    pub(crate) async fn opens_as(&self, account: &Account) -> Hosted {
        self.tries_to_open_as(account).await.unwrap()
    }

    pub(crate) async fn tries_to_open_as(&self, account: &Account) -> Result<Hosted, NotOpened> {
        let mut new = self.new_chat();
        new.author = principal(account);
        new.owner = Arc::new(Member { name: account.name.clone(), username: Some(account.username.clone()), ..(*new.owner).clone() });
        let opened = self.creates(new).await?.value;
        Ok(Hosted { id: opened.chat.id, owner: opened.owner, author: opened.author })
    }

    /// Builds a knock of an account.
    pub(crate) fn guest_as(&self, link: &Link, account: &Account) -> NewKnock {
        NewKnock { client: principal(account), username: Some(account.username.clone()), ..self.guest(link, account.name.as_str()) }
    }

    /// Knocks as an account.
    pub(crate) async fn tries_to_knock_as(&self, link: &Link, account: &Account) -> Result<(), NotKnocked> {
        self.arrives(self.guest_as(link, account)).await.map(drop)
    }

    /// Knocks as an account and is let in; returns the member.
    pub(crate) async fn enters_as(&self, link: &Link, account: &Account) -> Arc<Member> {
        let knocked = self.arrives(self.guest_as(link, account)).await.unwrap();
        self.decides(link, these([&knocked]), Verdict::Approve).await.unwrap();
        self.standing(link, principal(account)).await.unwrap().knock.member.unwrap()
    }
}
