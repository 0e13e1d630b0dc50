//! Mail to accounts. The port is a trait; `server.rs` provides what delivers it.

use std::fmt::Debug;

use crate::domain::email::EmailAddress;
use crate::service::Service;

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

/// Delivers mail.
pub trait Mailer: Send + Sync + Debug {
    /// Queues a mail without waiting. One that cannot be queued or delivered is counted and dropped.
    fn send(&self, mail: Mail);
}

impl Service {
    /// Returns true if this server sends mail: only then accounts may have an e-mail address.
    pub fn sends_mail(&self) -> bool {
        self.mailer.is_some()
    }
}
