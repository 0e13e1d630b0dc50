//! Accounts: sign up, profile, settings, search, deletion.

use std::sync::Arc;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Capacity, Conflict, Error, FieldContext as _, Limit, Result};
use super::password_hashing::PasswordHasher;
use crate::domain::account::{Account, AccountChange, AccountEmail, AccountSettings, UserView};
use crate::domain::email::EmailAddress;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{NamedPage, Page};
use crate::domain::password::Password;
use crate::domain::search_term::SearchTerm;
use crate::domain::short_digest::ShortDigest;
use crate::domain::text::Name;
use crate::domain::username::Username;
use crate::error_chain::error_chain;
pub use crate::store::accounts::Standing;
use crate::store::accounts::{Listed, NewAccount, NoAccount, NotCreated};

/// Who may sign up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Everyone.
    Open,
    /// Those who know this code.
    Code(Arc<str>),
    /// No one; the operator of the server creates accounts.
    Closed,
}

/// What somebody signs up with.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The username.
    pub username: Username,
    /// The password, as entered.
    pub password: String,
    /// The e-mail address.
    pub email: Option<EmailAddress>,
    /// The display name; the username if there is none.
    pub name: Option<Name>,
    /// The registration code.
    pub code: Option<String>,
}

/// Who creates an account.
#[derive(Clone, Copy, Debug)]
pub enum SignUpBy<'a> {
    /// Somebody for themselves.
    Themselves(&'a Caller),
    /// The operator of the server.
    Operator,
}

impl Service {
    /// Returns the hasher of passwords, for its counters.
    pub const fn passwords(&self) -> &PasswordHasher {
        &self.passwords
    }

    /// Returns who may sign up.
    pub const fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Creates an account.
    pub async fn sign_up(self: &Arc<Self>, sign_up: SignUp, by: SignUpBy<'_>, key: Option<IdempotencyKey>) -> Result<Idempotent<Account>> {
        let SignUpBy::Themselves(caller) = by else { return self.create_account(sign_up, key).await };
        let (address, now, limits) = (caller.charge().address(), self.now(), &self.rate_limits);
        let too_many = |wait| Error::Limit(Limit::SignUps, wait);
        limits.refused_sign_ups.check(address, now).map_err(too_many)?;
        self.check_code(&sign_up, caller)?;
        limits.sign_ups.try_acquire(address, now).map_err(too_many)?;
        let created = self.create_account(sign_up, key).await;
        match &created {
            Ok(created) if !created.replayed => self.mail_new_account(&created.value, caller),
            Err(Error::Conflict(Conflict::UsernameTaken)) => limits.refused_sign_ups.charge(address, 1, now),
            _ => limits.sign_ups.refund(address, now),
        }
        created
    }

    /// Checks the registration code. A wrong one counts as a failed sign-in.
    fn check_code(&self, sign_up: &SignUp, caller: &Caller) -> Result<()> {
        let (address, now, failed) = (caller.charge().address(), self.now(), &self.rate_limits.failed_sign_ins);
        match &self.registration {
            Registration::Open => Ok(()),
            Registration::Closed => Err(Error::RegistrationClosed),
            Registration::Code(code) => {
                failed.check(address, now).map_err(|wait| Error::Limit(Limit::SignIns, wait))?;
                let matches = sign_up.code.as_deref().is_some_and(|entered| ShortDigest::of(entered) == ShortDigest::of(code.as_bytes()));
                if !matches {
                    failed.charge(address, 1, now);
                    return Err(Error::RegistrationClosed);
                }
                Ok(())
            }
        }
    }

    /// Sends the link that verifies the address of a new account. Beyond the limits of mail the account has to ask for it later.
    fn mail_new_account(self: &Arc<Self>, account: &Account, caller: &Caller) {
        if let Some(address) = account.email.unverified()
            && self.admit_mail(address, caller).is_ok()
        {
            self.mail_verification(account.id, address.clone());
        }
    }

    async fn create_account(self: &Arc<Self>, sign_up: SignUp, key: Option<IdempotencyKey>) -> Result<Idempotent<Account>> {
        let SignUp { username, password, email, name, .. } = sign_up;
        let password = Password::parse_new(&password, &username, email.as_ref()).in_field("password")?;
        self.check_mail(email.as_ref())?;
        if username.is_reserved() {
            return Err(Error::Conflict(Conflict::UsernameTaken));
        }
        let password = self.passwords.hash(password).await?;
        let now = self.now();
        let account = Account {
            id: AccountId::random(self.random.as_ref()),
            name: name.unwrap_or_else(|| username.as_name()),
            username,
            email: AccountEmail { address: email, ..AccountEmail::default() },
            settings: AccountSettings::default(),
            created_at: now,
            last_seen_at: now,
            suspended_at: None,
        };
        let new = NewAccount { account, password, key };
        self.commit(|store, now| async move { store.create_account(new, now).await }).await
    }

    /// Returns the caller's account.
    pub async fn me(&self, caller: &Caller) -> Result<Account> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        self.store.find_account(account).await?.ok_or(Error::InvalidToken)
    }

    /// Changes the caller's account. A new e-mail address needs the current password, or a recent sign-in.
    pub async fn update_account(self: &Arc<Self>, caller: &Caller, change: AccountChange, current_password: Option<&str>) -> Result<Account> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let before = match &change.email {
            Some(email) => Some(self.admit_address_change(email.as_ref(), caller, current_password).await?),
            None => None,
        };
        let is_renamed = change.name.is_some();
        if is_renamed {
            self.admit_new_name(account)?;
        }
        let after = self.commit(move |store, now| async move { store.update_account(account, change, now).await }).await?;
        if let Some(before) = before {
            self.mail_address_change(&before, &after, caller);
        }
        if is_renamed {
            self.refresh_members(account);
        }
        Ok(after)
    }

    /// Charges a new name, of an account or of a group, to the account that gives it.
    pub(super) fn admit_new_name(&self, account: AccountId) -> Result<()> {
        self.rate_limits.name_changes.try_acquire(account, self.now()).map_err(|wait| Error::Limit(Limit::NameChanges, wait))
    }

    /// Lets the direct chats and groups of an account have its name, one after the other.
    fn refresh_members(self: &Arc<Self>, account: AccountId) {
        let service = self.clone();
        self.tasks.spawn(async move {
            match service.store.chats_of(account).await {
                Ok(chats) => {
                    for chat in chats {
                        service.refresh_names(chat, &[account]).await;
                        tokio::task::yield_now().await;
                    }
                }
                Err(error) => tracing::error!(error = error_chain(&error), "a new name did not reach the chats"),
            }
        });
    }

    /// Lets these accounts have their names in a direct chat or group. One that they just came to may have a name that they gave up meanwhile.
    pub(super) async fn refresh_names(&self, chat: ChatId, accounts: &[AccountId]) {
        for account in accounts {
            match self.store.refresh_member(chat, *account, self.now()).await {
                Ok(refreshed) => refreshed.into_iter().for_each(|refreshed| self.announce(refreshed)),
                Err(error) => tracing::error!(error = error_chain(&error), "a new name did not reach a chat"),
            }
        }
    }

    /// Checks that the caller may change the address of its account now. Returns the account before the change.
    async fn admit_address_change(&self, new: Option<&EmailAddress>, caller: &Caller, current_password: Option<&str>) -> Result<Account> {
        self.check_mail(new)?;
        self.require_recent_authentication(caller, current_password).await?;
        let account = self.me(caller).await?;
        if let Some(new) = new.filter(|new| account.email.verified() != Some(new)) {
            self.admit_mail(new, caller)?;
        }
        Ok(account)
    }

    /// Replaces the caller's password, which ends all other sessions.
    pub async fn change_password(self: &Arc<Self>, caller: &Caller, current: &str, new: &str) -> Result<()> {
        let signed_in = self.require_account(caller)?;
        let me = self.store.find_account(signed_in.account).await?.ok_or(Error::InvalidToken)?;
        let new = Password::parse_new(new, &me.username, me.email.address.as_ref()).in_field("new_password")?;
        self.check_password(caller, signed_in, current).await?;
        let hash = self.passwords.hash(new).await?;
        self.commit(move |store, now| async move { store.set_password(me.id, hash, Some(signed_in.session), now).await }).await
    }

    /// Deletes the caller's account and erases it everywhere.
    pub async fn delete_account(self: &Arc<Self>, caller: &Caller, current_password: Option<&str>) -> Result<()> {
        let SignedIn { account, .. } = self.require_recent_authentication(caller, current_password).await?;
        self.commit(move |store, now| async move { store.delete_account(account, now).await }).await
    }

    /// Lists all accounts, each with the number of its chats, for the operator.
    pub async fn all_accounts(&self, search: Option<SearchTerm>, page: NamedPage) -> Result<Page<(Account, usize)>> {
        let Page { items, has_more } = self.store.list_accounts(Listed::All, search.as_ref(), page).await?;
        let mut counted = Vec::with_capacity(items.len());
        for account in items {
            let chats = self.store.chats_of(account.id).await?.len();
            counted.push((account, chats));
        }
        Ok(Page { items: counted, has_more })
    }

    /// Deletes an account on behalf of the operator.
    pub async fn remove_account(self: &Arc<Self>, username: Option<Username>) -> Result<()> {
        let account = self.named_account(username).await?.id;
        self.commit(move |store, now| async move { store.delete_account(account, now).await }).await
    }

    /// Suspends an account on behalf of the operator, or lifts its suspension.
    pub async fn set_standing(self: &Arc<Self>, username: Option<Username>, standing: Standing) -> Result<()> {
        let account = self.named_account(username).await?.id;
        self.commit(move |store, now| async move { store.set_standing(account, standing, now).await }).await
    }

    /// Lists the accounts that may be found, optionally those that match a search.
    pub async fn accounts(&self, caller: &Caller, search: Option<SearchTerm>, page: NamedPage) -> Result<Page<UserView>> {
        let SignedIn { account: viewer, .. } = self.require_account(caller)?;
        self.rate_limits.searches.try_acquire(viewer, self.now()).map_err(|wait| Error::Limit(Limit::Searches, wait))?;
        let Page { items, has_more } = self.store.list_accounts(Listed::Findable, search.as_ref(), page).await?;
        let ids: Vec<AccountId> = items.iter().map(|account| account.id).collect();
        Ok(Page { items: self.user_views(viewer, &ids).await?.into_iter().flatten().collect(), has_more })
    }

    /// Returns an account that the caller may see.
    pub async fn account(&self, caller: &Caller, username: Option<Username>) -> Result<UserView> {
        let SignedIn { account: viewer, .. } = self.require_account(caller)?;
        let account = self.named_account(username).await?;
        self.visible_account(viewer, account.id).await?.ok_or(Error::NotFound)
    }

    /// Returns the account with this username.
    pub(super) async fn named_account(&self, username: Option<Username>) -> Result<Account> {
        self.store.find_username(&username.ok_or(Error::NotFound)?).await?.ok_or(Error::NotFound)
    }

    /// Refuses an e-mail address where no mail can be sent.
    fn check_mail(&self, email: Option<&EmailAddress>) -> Result<()> {
        match email {
            Some(_) if !self.sends_mail() => Err(Error::invalid("email", "cannot be used: this server sends no mail")),
            _ => Ok(()),
        }
    }
}

impl From<NotCreated> for Error {
    fn from(refusal: NotCreated) -> Self {
        match refusal {
            NotCreated::UsernameTaken => Self::Conflict(Conflict::UsernameTaken),
            NotCreated::NodeFull => Self::Full(Capacity::Node),
            NotCreated::KeyReused => Self::key_reused(),
            NotCreated::TooManyKeys => Self::too_many_keys(),
        }
    }
}

impl From<NoAccount> for Error {
    fn from(_: NoAccount) -> Self {
        Self::NotFound
    }
}
