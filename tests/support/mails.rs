//! Mails that a server sent, kept instead of delivered, and people who have an e-mail address.

use std::collections::VecDeque;

use async_trait::async_trait;
use parking_lot::Mutex;
use parlor::service::notify::mail::{Mail, MailCounts, Mailer};
use serde_json::json;
use tokio::sync::Notify;

use super::account::PASSWORD;
use super::{Person, TestServer, within};

/// Keeps mails until a test reads them.
#[derive(Debug, Default)]
pub struct TestMailer {
    mails: Mutex<VecDeque<Mail>>,
    arrived: Notify,
}

#[async_trait]
impl Mailer for TestMailer {
    fn send(&self, mail: Mail) {
        self.mails.lock().push_back(mail);
        self.arrived.notify_one();
    }

    async fn run(&self) {
        std::future::pending::<()>().await;
    }

    async fn drained(&self) {}

    fn counts(&self) -> MailCounts {
        MailCounts::default()
    }
}

impl TestMailer {
    /// Returns the next mail, which must go to this address.
    pub async fn next_to(&self, address: &str) -> Mail {
        let mail = within(async {
            loop {
                let next = self.mails.lock().pop_front();
                match next {
                    Some(mail) => return mail,
                    None => self.arrived.notified().await,
                }
            }
        });
        let mail = mail.await;
        assert_eq!(mail.to.as_str(), address, "{}: {}", mail.subject, mail.text);
        mail
    }

    /// Returns the token of the next mail, which must be a link for this address to this page.
    pub async fn token_to(&self, address: &str, page: &str) -> String {
        link_token(&self.next_to(address).await, page)
    }
}

/// Returns the token of the link in a mail.
pub fn link_token(mail: &Mail, page: &str) -> String {
    let (_, token) = mail.text.split_once(&format!("/{page}#")).unwrap_or_else(|| panic!("no link to {page} in {}", mail.text));
    token.lines().next().unwrap().to_owned()
}

impl Person {
    /// Creates an account with an e-mail address, and signs in.
    pub async fn signs_up_with(&mut self, username: &str, address: &str) {
        let account = json!({"username": username, "password": PASSWORD, "email": address});
        self.nobody().posts("/v1/users", account).await.is(201);
        self.signs_in(username).await;
    }
}

impl TestServer {
    /// Returns a new person who has signed up with this address and in; the mail with the link is not read yet.
    pub async fn account_with(&self, username: &str, address: &str) -> Person {
        let mut person = self.person();
        person.signs_up_with(username, address).await;
        person
    }

    /// Returns a new person who has signed up and in, and verified this address.
    pub async fn verified(&self, username: &str, address: &str) -> Person {
        let person = self.account_with(username, address).await;
        let token = self.mails.token_to(address, "verify").await;
        person.nobody().posts("/v1/email-verifications", json!({"token": token})).await.is(204);
        person
    }
}
