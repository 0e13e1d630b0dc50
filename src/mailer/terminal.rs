//! Prints mails to the terminal, for those who try the program out on their own machine.

use std::io;
use std::io::Write as _;

use async_trait::async_trait;

use super::queue::{Delivery, Failure};
use crate::service::notify::mail::Mail;

/// The line around a mail.
const LINE: &str = "------------------------------------------------------------------------";

/// Prints mails to stdout, which is not the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminalDelivery;

#[async_trait]
impl Delivery for TerminalDelivery {
    async fn deliver(&self, mail: &Mail) -> Result<(), Failure> {
        let block = block(mail);
        // A terminal that is not read holds up a thread of its own.
        let printed = tokio::task::spawn_blocking(move || io::stdout().write_all(block.as_bytes()).and_then(|()| io::stdout().flush()));
        match printed.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Failure::Permanent("stdout is closed".into())),
        }
    }
}

fn block(mail: &Mail) -> String {
    let Mail { to, subject, text } = mail;
    format!("\n{LINE}\nTo: {}\nSubject: {subject}\n\n{}\n{LINE}\n\n", to.as_str(), text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::EmailAddress;

    #[test]
    fn a_mail_is_a_block_between_two_lines() {
        let mail = Mail { to: EmailAddress::parse("ana@example.org").unwrap(), subject: "Hello", text: "One\n\nTwo\n".into() };
        assert_eq!(block(&mail), format!("\n{LINE}\nTo: ana@example.org\nSubject: Hello\n\nOne\n\nTwo\n{LINE}\n\n"));
    }
}
