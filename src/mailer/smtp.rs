//! Delivers mail to a mail server over SMTP.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use lettre::message::{Mailbox, Message, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::queue::{Delivery, Failure};
use crate::config::{Sender, SmtpSecurity, SmtpServer};
use crate::domain::clock::Clock;
use crate::domain::email::EmailAddress;
use crate::domain::random::RandomSource;
use crate::error_chain::error_chain;
use crate::service::notify::mail::Mail;

/// How long a connection that was used may be used again.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server, and whom mails come from.
pub struct SmtpDelivery {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// The part of the sender's address after the `@`.
    domain: String,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
}

/// Prints nothing of the server, since its login is secret.
impl fmt::Debug for SmtpDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpDelivery").finish_non_exhaustive()
    }
}

impl SmtpDelivery {
    /// Prepares the delivery to a server, without a connection. It must be called within a Tokio runtime.
    ///
    /// # Errors
    /// What is wrong, for the operator: the system has no certificates, or the sender's address is not one for mail.
    pub fn new(server: &SmtpServer, sender: &Sender, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Result<Self, String> {
        let tls = || TlsParameters::new(server.host.clone()).map_err(|error| error.to_string());
        let security = match server.security {
            SmtpSecurity::Tls => Tls::Wrapper(tls()?),
            SmtpSecurity::StartTls => Tls::Required(tls()?),
            SmtpSecurity::None => Tls::None,
        };
        let from = Mailbox::new(sender.name.clone(), address(&sender.address)?);
        let domain = from.email.domain().to_owned();
        let pool = PoolConfig::new().max_size(1).idle_timeout(IDLE_TIMEOUT);
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(security)
            .hello_name(ClientId::Domain(domain.clone()))
            .pool_config(pool);
        let builder = match &server.login {
            Some((user, password)) => builder.credentials(Credentials::new(user.expose().into(), password.expose().into())),
            None => builder,
        };
        Ok(Self { transport: builder.build(), from, domain, clock, random })
    }

    /// Writes a mail. All headers are typed, so that no value can begin another header (SEC-176).
    fn message(&self, mail: &Mail) -> Result<Message, String> {
        let millis = u64::try_from(self.clock.wall(self.clock.now()).millis()).unwrap_or(0);
        let mut id = [0; 16];
        self.random.fill(&mut id);
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address(&mail.to)?))
            .subject(mail.subject)
            .date(UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(format!("<{:032x}@{}>", u128::from_ne_bytes(id), self.domain)))
            .singlepart(SinglePart::plain(mail.text.clone()))
            .map_err(|_| "it cannot be written".into())
    }
}

#[async_trait]
impl Delivery for SmtpDelivery {
    async fn deliver(&self, mail: &Mail) -> Result<(), Failure> {
        let message = self.message(mail).map_err(Failure::Permanent)?;
        self.transport.send(message).await.map(drop).map_err(|error| failure(&error))
    }
}

fn address(address: &EmailAddress) -> Result<Address, String> {
    address.as_str().parse().map_err(|_| "the address is not one for mail".into())
}

/// Returns why a delivery failed. What the server wrote may contain the address, and is left out.
fn failure(error: &SmtpError) -> Failure {
    let status = error.status().map(|code| format!(" with {code}")).unwrap_or_default();
    if error.is_permanent() {
        return Failure::Permanent(format!("the mail server refused it{status}"));
    }
    if error.is_client() {
        return Failure::Permanent("the mail server lacks a feature that --smtp-url asks for".into());
    }
    Failure::Temporary(match (error.is_transient(), error.is_response()) {
        (true, _) => format!("the mail server put it off{status}"),
        (_, true) => "the mail server does not speak SMTP".into(),
        // An error of the connection, such as of its certificate: the server wrote none of it.
        _ => format!("the mail server cannot be reached: {}", error_chain(error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;
    use crate::service::clock::SystemClock;

    #[tokio::test]
    async fn a_mail_has_typed_headers_and_one_recipient() {
        let server = SmtpServer { host: "localhost".into(), port: 25, security: SmtpSecurity::None, login: None };
        let sender: Sender = "Café <noreply@example.org>".parse().unwrap();
        let delivery = SmtpDelivery::new(&server, &sender, Arc::new(SystemClock::default()), Arc::new(SystemRandom)).unwrap();
        let to = EmailAddress::parse("o'neil/{x}|~!#$%&*=?^_`@example.org").unwrap();
        let mail = Mail { to: to.clone(), subject: "Hello", text: "One\n\nBcc: two@example.org\n".into() };
        let text = String::from_utf8(delivery.message(&mail).unwrap().formatted()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut names: Vec<_> = head.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name).collect();
        names.sort_unstable();
        assert_eq!(names, ["Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]);
        assert!(head.contains("Content-Type: text/plain; charset=utf-8") && head.contains(to.as_str()), "{head}");
        assert!(head.contains("@example.org>") && !head.contains("Café"), "{head}");
        assert_eq!(body.trim_end(), "One\r\n\r\nBcc: two@example.org");
        assert_ne!(delivery.message(&mail).unwrap().formatted(), text.as_bytes(), "each has an id of its own");
    }
}
