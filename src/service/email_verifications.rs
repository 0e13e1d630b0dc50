//! Verification of e-mail addresses: mails with a link, and what the link does.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Error, Result};
use crate::domain::account::{Account, Login};
use crate::domain::email::EmailAddress;
use crate::domain::id::AccountId;
use crate::domain::secret_token::MailToken;
use crate::store::mail_tokens::{InvalidMailToken, MailTokenUse, NewMailToken, NotIssued};

impl Service {
    /// Sends the link for the caller's address that is not verified, if there is one.
    pub async fn request_email_verification(self: &Arc<Self>, caller: &Caller) -> Result<()> {
        let account = self.me(caller).await?;
        let Some(address) = account.email.unverified() else { return Ok(()) };
        self.admit_mail(address, caller)?;
        self.mail_verification(account.id, address.clone());
        Ok(())
    }

    /// Verifies the address to which the token was sent.
    pub async fn verify_email(self: &Arc<Self>, token: &str) -> Result<()> {
        let token = MailToken::parse(token).ok_or(Error::InvalidMailToken)?.digest();
        self.commit(move |store, now| async move { store.verify_email(token, now).await }).await.map(drop)
    }

    /// Sends the link that verifies `address`; if another account has verified it, says so there instead.
    pub(super) fn mail_verification(self: &Arc<Self>, account: AccountId, address: EmailAddress) {
        let service = self.clone();
        self.write_mail(async move {
            let Some(mails) = &service.mails else { return Ok(()) };
            let owner = service.store.find_login(&Login::Email(address.clone())).await?;
            if let Some(owner) = owner.filter(|owner| owner.account.id != account) {
                mails.address_in_use(address, &owner.account);
                return Ok(());
            }
            let token = MailToken::random(service.random.as_ref());
            let new = NewMailToken { token: token.digest(), account, usage: MailTokenUse::Verification(address.clone()) };
            if service.store.issue_mail_token(new, service.now()).await?.map(|issued| service.announce(issued)).is_ok() {
                mails.verification(address, &token);
            }
            Ok(())
        });
    }

    /// Sends the mails that follow a change of the address: one that has to be verified gets the link, a verified one that goes is told.
    pub(super) fn mail_address_change(self: &Arc<Self>, before: &Account, after: &Account, caller: &Caller) {
        if let Some(address) = after.email.unverified() {
            self.mail_verification(after.id, address.clone());
        }
        let leaves = after.email.address.is_none() || after.email.pending.is_some() && after.email.pending != before.email.pending;
        let Some((address, mails)) = before.email.verified().zip(self.mails.as_ref()).filter(|_| leaves) else { return };
        if self.admit_notice(address, caller).is_ok() {
            mails.address_leaves(address.clone(), after);
        }
    }
}

impl From<InvalidMailToken> for Error {
    fn from(_: InvalidMailToken) -> Self {
        Self::InvalidMailToken
    }
}

impl From<NotIssued> for Error {
    fn from(_: NotIssued) -> Self {
        Self::NotFound
    }
}
