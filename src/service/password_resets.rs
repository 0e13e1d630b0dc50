//! Password resets: a link by mail to a verified address, and what the link does.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Error, FieldContext as _, Result};
use crate::domain::account::Login;
use crate::domain::email::EmailAddress;
use crate::domain::password::Password;
use crate::domain::secret_token::MailToken;
use crate::domain::username::Username;
use crate::store::mail_tokens::{MailTokenUse, NewMailToken};

impl Service {
    /// Sends a link to set a new password, if an account has verified this address. Nothing tells the caller whether one has: limits are charged before
    /// the address is looked up, and it is looked up in a task of its own.
    pub fn request_password_reset(self: &Arc<Self>, address: EmailAddress, caller: &Caller) {
        if self.admit_mail(&address, caller).is_err() {
            return;
        }
        let service = self.clone();
        self.write_mail(async move {
            let found = service.store.find_login(&Login::Email(address.clone())).await?;
            let Some((mails, found)) = service.mails.as_ref().zip(found) else { return Ok(()) };
            let token = MailToken::random(service.random.as_ref());
            let new = NewMailToken { token: token.digest(), account: found.account.id, usage: MailTokenUse::Reset };
            if service.store.issue_mail_token(new, service.now()).await?.map(|issued| service.announce(issued)).is_ok() {
                mails.password_reset(address, &found.account, &token);
            }
            Ok(())
        });
    }

    /// Returns a token to set a new password, for the operator to hand over. It replaces the one of the last mail.
    pub async fn issue_password_reset(self: &Arc<Self>, username: Option<Username>) -> Result<MailToken> {
        let account = self.named_account(username).await?.id;
        let token = MailToken::random(self.random.as_ref());
        let new = NewMailToken { token: token.digest(), account, usage: MailTokenUse::Reset };
        self.commit(move |store, now| async move { Ok(store.issue_mail_token(new, now).await?.map_err(|_| Error::NotFound)) }).await?;
        Ok(token)
    }

    /// Sets a new password with the token of a mail, and ends all sessions. A password that is refused does not use the token up.
    pub async fn confirm_password_reset(self: &Arc<Self>, token: &str, new: &str) -> Result<()> {
        let token = MailToken::parse(token).ok_or(Error::InvalidMailToken)?.digest();
        let account = self.store.find_password_reset(token, self.now()).await?.ok_or(Error::InvalidMailToken)?;
        let new = Password::parse_new(new, &account.username, account.email.address.as_ref()).in_field("new_password")?;
        let hash = self.passwords.hash(new).await?;
        self.commit(move |store, now| async move { store.reset_password(token, hash, now).await }).await
    }
}
