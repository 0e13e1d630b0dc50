//! Mail to accounts. The port is a trait; `server.rs` provides what delivers it.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::account::Account;
use crate::domain::email::EmailAddress;
use crate::domain::secret_token::MailToken;
use crate::error_chain::error_chain;
use crate::service::Service;
use crate::service::error::Result;

/// A mail to one recipient, in plain text without anything that other people wrote.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The only recipient.
    pub to: EmailAddress,
    /// The subject.
    pub subject: &'static str,
    /// The text.
    pub text: String,
}

/// How many mails ended how, since startup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailCounts {
    /// Delivered to the next server.
    pub sent: u64,
    /// Refused by the next server, or not accepted after all retries.
    pub failed: u64,
    /// Not queued, since the queue was full.
    pub dropped: u64,
}

/// Delivers mail.
#[async_trait]
pub trait Mailer: Send + Sync + Debug {
    /// Queues a mail without waiting. One that cannot be queued or delivered is counted and dropped.
    fn send(&self, mail: Mail);

    /// Delivers what is queued, until the future is dropped.
    async fn run(&self);

    /// Completes once nothing is queued any more. Mails that wait for a retry are retried at once.
    async fn drained(&self);

    /// Returns how many mails ended how.
    fn counts(&self) -> MailCounts;
}

/// What the service sends mail with.
#[derive(Debug)]
pub struct Mails {
    /// Delivers them.
    pub mailer: Arc<dyn Mailer>,
    /// The public URL, with which the links in mails begin.
    pub origin: String,
}

impl Mails {
    /// Sends the link that verifies an address. It names no account: a stranger may have entered the address.
    pub(in crate::service) fn verification(&self, to: EmailAddress, token: &MailToken) {
        let origin = &self.origin;
        let text = format!(
            "Somebody, probably you, entered this address for an account at\n{origin}\n\n\
             To verify it, open this page within 30 minutes and press the button:\n\n{origin}/verify#{token}\n\n\
             If it was not you, do nothing: the address is not used without this.\n"
        );
        self.mailer.send(Mail { to, subject: "Verify your e-mail address", text });
    }

    /// Tells the account that has verified an address that somebody entered it for another one.
    pub(in crate::service) fn address_in_use(&self, to: EmailAddress, owner: &Account) {
        let (origin, username) = (&self.origin, owner.username.as_str());
        let text = format!(
            "Somebody, perhaps you, entered this address for another account at\n{origin}\n\n\
             The address stays with your account, whose username is {username}.\nTo use it for another account, remove it from this one first.\n\n\
             If it was not you, do nothing: nothing has changed.\n"
        );
        self.mailer.send(Mail { to, subject: "Somebody used your e-mail address", text });
    }

    /// Tells a verified address that it is to be replaced, or was removed.
    pub(in crate::service) fn address_leaves(&self, to: EmailAddress, account: &Account) {
        let (origin, username) = (&self.origin, account.username.as_str());
        let (subject, happened) = match account.email.address {
            Some(_) => ("Your e-mail address is being replaced", "Another address was entered. It replaces this one once it is verified."),
            None => ("Your e-mail address was removed", "This address was removed. No mail about the account comes here any more."),
        };
        let text = format!(
            "The e-mail address of your account {username} was changed at\n{origin}\n\n{happened}\n\n\
             If it was not you, sign in, change your password and enter your address\nagain.\n"
        );
        self.mailer.send(Mail { to, subject, text });
    }

    /// Sends the link that sets a new password.
    pub(in crate::service) fn password_reset(&self, to: EmailAddress, account: &Account, token: &MailToken) {
        let (origin, username) = (&self.origin, account.username.as_str());
        let text = format!(
            "Somebody, probably you, asked for a new password at\n{origin}\nfor your account {username}.\n\n\
             To set it, open this page within 30 minutes:\n\n{origin}/reset#{token}\n\n\
             If it was not you, do nothing: your password stays as it is.\n"
        );
        self.mailer.send(Mail { to, subject: "Set a new password", text });
    }
}

impl Service {
    /// Returns true if this server sends mail: only then accounts may have an e-mail address.
    pub fn sends_mail(&self) -> bool {
        self.mails.is_some()
    }

    /// Returns how many mails ended how.
    pub fn mail_counts(&self) -> MailCounts {
        self.mails.as_ref().map(|mails| mails.mailer.counts()).unwrap_or_default()
    }

    /// Delivers mail until the future is dropped.
    pub async fn run_mailer(self: Arc<Self>) {
        if let Some(mails) = &self.mails {
            mails.mailer.run().await;
        }
    }

    /// Completes once no mail is queued any more.
    pub async fn mails_drained(&self) {
        if let Some(mails) = &self.mails {
            mails.mailer.drained().await;
        }
    }

    /// Writes a mail in a task of its own: no answer waits for it, so that none depends on whether an account has the address (SEC-044).
    pub(in crate::service) fn write_mail(self: &Arc<Self>, mail: impl Future<Output = Result<()>> + Send + 'static) {
        self.tasks.spawn(async move {
            if let Err(error) = mail.await {
                tracing::error!(error = error_chain(&error), "a mail could not be written");
            }
        });
    }
}
