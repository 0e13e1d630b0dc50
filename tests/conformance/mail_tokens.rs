//! Tokens sent by mail: what they do, once, for whom, for how long.

use std::time::Duration;

use parlor::domain::account::{Account, AccountChange, Login};
use parlor::domain::email::EmailAddress;
use parlor::domain::id::AccountId;
use parlor::domain::password::PasswordHash;
use parlor::domain::secret_token::{MailToken, TokenDigest};
use parlor::domain::session::SessionEnd;
use parlor::store::mail_tokens::{InvalidMailToken, MAIL_TOKEN_LIFETIME, MailTokenUse, NewMailToken, NotIssued};

use crate::backends::Backend;
use crate::fixture::{Fixture, done};
use crate::people::ends;

const MILLISECOND: Duration = Duration::from_millis(1);

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// A token that verifies this address.
pub(crate) fn verification(text: &str) -> MailTokenUse {
    MailTokenUse::Verification(address(text))
}

impl Fixture {
    /// Creates an account with an address.
    pub(crate) async fn signs_up_at(&self, username: &str, at: &str) -> Account {
        self.signs_up_so(username, |account| account.email.address = Some(address(at))).await
    }

    async fn tries_to_issue_mail_token(&self, account: AccountId, usage: MailTokenUse) -> Result<TokenDigest, NotIssued> {
        let token = MailToken::random(&self.dice).digest();
        done(self.store.issue_mail_token(NewMailToken { token, account, usage }, self.now()).await).map(|()| token)
    }

    pub(crate) async fn issues_mail_token(&self, account: &Account, usage: MailTokenUse) -> TokenDigest {
        self.tries_to_issue_mail_token(account.id, usage).await.unwrap()
    }

    async fn verifies(&self, token: TokenDigest) -> Result<Account, InvalidMailToken> {
        done(self.store.verify_email(token, self.now()).await)
    }

    async fn resets(&self, token: TokenDigest) -> Result<(), InvalidMailToken> {
        done(self.store.reset_password(token, PasswordHash::from_phc("second"), self.now()).await)
    }

    async fn changes_address(&self, account: &Account, email: Option<EmailAddress>) {
        let change = AccountChange { email: Some(email), ..AccountChange::default() };
        done(self.store.update_account(account.id, change, self.now()).await).unwrap();
    }

    async fn with_verified(&self, username: &str, at: &str) -> Account {
        let account = self.signs_up_at(username, at).await;
        self.verifies(self.issues_mail_token(&account, verification(at)).await).await.unwrap()
    }
}

async fn a_token_verifies_its_address_once(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up_at("ana", "ana@example.org").await;
    let token = fixture.issues_mail_token(&ana, verification("ana@example.org")).await;
    let login = Login::Email(address("ana@example.org"));
    assert!(fixture.store.find_login(&login).await.unwrap().is_none());
    assert_eq!(fixture.resets(token).await, Err(InvalidMailToken));
    assert!(fixture.verifies(token).await.unwrap().email.is_verified);
    assert_eq!(fixture.store.find_login(&login).await.unwrap().unwrap().account.id, ana.id);
    assert!(fixture.verifies(token).await.is_err());
    assert_eq!(fixture.tries_to_issue_mail_token(ana.id, verification("ana@example.org")).await, Err(NotIssued), "nothing is to be verified");
    assert_eq!(fixture.tries_to_issue_mail_token(AccountId::NIL, MailTokenUse::Reset).await, Err(NotIssued));
}

async fn a_token_sets_a_password_once_and_ends_all_sessions(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.with_verified("ana", "ana@example.org").await;
    let (first, second) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await);
    let token = fixture.issues_mail_token(&ana, MailTokenUse::Reset).await;
    assert!(fixture.verifies(token).await.is_err());
    assert_eq!(fixture.store.find_password_reset(token, fixture.now()).await.unwrap().unwrap().id, ana.id);
    let updates = fixture.store.reset_password(token, PasswordHash::from_phc("second"), fixture.now()).await.unwrap().unwrap().into_parts().1;
    let mut ended = ends(&updates);
    ended.sort_by_key(|(session, _)| *session != first.id);
    assert_eq!(ended, [(first.id, SessionEnd::Password), (second.id, SessionEnd::Password)]);
    assert_eq!(fixture.store.password_of(ana.id).await.unwrap().unwrap().as_str(), "second");
    assert!(fixture.store.find_password_reset(token, fixture.now()).await.unwrap().is_none());
    assert_eq!(fixture.resets(token).await, Err(InvalidMailToken));
}

async fn a_newer_token_of_the_same_kind_replaces_the_older(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.with_verified("ana", "ana@example.org").await;
    fixture.changes_address(&ana, Some(address("new@example.org"))).await;
    let (old_reset, old) =
        (fixture.issues_mail_token(&ana, MailTokenUse::Reset).await, fixture.issues_mail_token(&ana, verification("new@example.org")).await);
    let reset = fixture.issues_mail_token(&ana, MailTokenUse::Reset).await;
    assert_eq!(fixture.resets(old_reset).await, Err(InvalidMailToken));
    let new = fixture.issues_mail_token(&ana, verification("new@example.org")).await;
    assert!(fixture.verifies(old).await.is_err());
    fixture.resets(reset).await.unwrap();
    assert_eq!(fixture.verifies(new).await.unwrap().email.address, Some(address("new@example.org")));
}

async fn a_token_ends_after_its_lifetime(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.with_verified("ana", "ana@example.org").await;
    let token = fixture.issues_mail_token(&ana, MailTokenUse::Reset).await;
    fixture.later(MAIL_TOKEN_LIFETIME.saturating_sub(MILLISECOND));
    assert!(fixture.store.find_password_reset(token, fixture.now()).await.unwrap().is_some());
    fixture.later(MILLISECOND);
    assert!(fixture.store.find_password_reset(token, fixture.now()).await.unwrap().is_none());
    assert_eq!(fixture.resets(token).await, Err(InvalidMailToken));
}

async fn a_token_ends_with_the_address_the_password_and_the_account(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.with_verified("ana", "ana@example.org").await;
    let reset = fixture.issues_mail_token(&ana, MailTokenUse::Reset).await;
    done(fixture.store.set_password(ana.id, PasswordHash::from_phc("third"), None, fixture.now()).await).unwrap();
    assert_eq!(fixture.resets(reset).await, Err(InvalidMailToken));
    fixture.changes_address(&ana, Some(address("new@example.org"))).await;
    let stale = fixture.issues_mail_token(&ana, verification("new@example.org")).await;
    let kept = fixture.issues_mail_token(&ana, MailTokenUse::Reset).await;
    fixture.changes_address(&ana, Some(address("newer@example.org"))).await;
    assert!(fixture.verifies(stale).await.is_err());
    assert!(fixture.store.find_password_reset(kept, fixture.now()).await.unwrap().is_some(), "the verified address is the same");
    fixture.changes_address(&ana, None).await;
    assert_eq!(fixture.resets(kept).await, Err(InvalidMailToken));
    let last = fixture.issues_mail_token(&ana, MailTokenUse::Reset).await;
    fixture.deletes(&ana).await;
    assert_eq!(fixture.resets(last).await, Err(InvalidMailToken));
}

async fn one_of_those_who_name_an_address_verifies_it(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up_at("ana", "both@example.org").await, fixture.signs_up_at("ben", "both@example.org").await);
    let anas = fixture.issues_mail_token(&ana, verification("both@example.org")).await;
    let bens = fixture.issues_mail_token(&ben, verification("both@example.org")).await;
    let (first, second) = tokio::join!(fixture.verifies(anas), fixture.verifies(bens));
    assert_eq!([first.is_ok(), second.is_ok()], [true, false]);
    let owner = || async { fixture.store.find_login(&Login::Email(address("both@example.org"))).await.unwrap().map(|found| found.account.id) };
    assert_eq!(owner().await, Some(ana.id));
    fixture.deletes(&ana).await;
    assert_eq!(owner().await, None);
    assert!(fixture.verifies(bens).await.is_err(), "it was used up");
    fixture.verifies(fixture.issues_mail_token(&ben, verification("both@example.org")).await).await.unwrap();
    assert_eq!(owner().await, Some(ben.id));
}

checks!(
    a_token_verifies_its_address_once,
    a_token_sets_a_password_once_and_ends_all_sessions,
    a_newer_token_of_the_same_kind_replaces_the_older,
    a_token_ends_after_its_lifetime,
    a_token_ends_with_the_address_the_password_and_the_account,
    one_of_those_who_name_an_address_verifies_it,
);
