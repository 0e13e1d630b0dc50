//! A webhook: a URL to which the knocks and messages of a chat are sent.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Host;

use super::clock::Timestamp;
use super::destination::Destinations;
use super::event_log::{Event, Topic};
use super::id::{MemberId, WebhookId};
use super::random::RandomSource;
use super::text::InvalidText;

/// The most webhooks of a chat.
pub const MAX_WEBHOOKS: usize = 5;

/// How long to wait before each retry of a delivery. A delivery that fails after the last one is given up (API 4.4).
pub const RETRY_DELAYS: [Duration; 8] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(6),
    Duration::from_hours(12),
];

/// The most deliveries of a webhook that wait for a retry. Beyond it, further events wait in the log of their chat.
pub const MAX_WAITING: usize = 100;

/// The longest time that a webhook waits between two deliveries while all of them fail, apart from retries.
pub const MAX_PAUSE: Duration = Duration::from_mins(1);

/// The longest time that a receiver can ask to be left alone (`Retry-After`).
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Where a webhook sends. It contains a secret in most cases, so `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Arc<str>);

impl WebhookUrl {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 2_048;

    /// Validates user input. Names are not looked up here: what they lead to is judged at each connection.
    pub fn parse(text: &str, destinations: &Destinations) -> Result<Self, InvalidText> {
        let url = destinations.parse_url(text, Self::MAX_BYTES)?;
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        if literal.is_some_and(|address| !destinations.allows(address)) {
            return Err(InvalidText("must name a host, not an address".into()));
        }
        Ok(Self(url.as_str().into()))
    }

    /// Returns the URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookUrl(…)")
    }
}

/// What signs the deliveries of a webhook. It is shown once, and `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret([u8; 32]);

impl WebhookSecret {
    /// Generates a random secret.
    #[must_use]
    pub fn random(random: &dyn RandomSource) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// Returns the key of the signature.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Writes the secret as Standard Webhooks do, for its holder only.
impl fmt::Display for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "whsec_{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The events that a webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebhookEvents {
    /// Knocks that somebody has to decide.
    pub knock: bool,
    /// Messages.
    pub message: bool,
}

impl WebhookEvents {
    /// Returns true if this event is one of them.
    #[must_use]
    pub const fn include(self, event: &Event) -> bool {
        match event {
            Event::Knock(_) => self.knock,
            Event::Message(_) => self.message,
            _ => false,
        }
    }

    /// Returns true if this log has some of them.
    #[must_use]
    pub const fn are_in(self, topic: Topic) -> bool {
        match topic {
            Topic::Conversation(_) => self.message,
            Topic::Door(_) => self.knock,
            Topic::Account(_) => false,
        }
    }
}

/// The form of what a webhook is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookFormat {
    /// The event as JSON.
    Json,
    /// JSON with one line of text, as Slack takes it.
    Slack,
    /// One line of text.
    Plain,
}

/// A webhook.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Its position among the chat's webhooks, in order of creation.
    pub number: u64,
    /// Where it sends.
    pub url: WebhookUrl,
    /// What it sends.
    pub events: WebhookEvents,
    /// In which form.
    pub format: WebhookFormat,
    /// What signs its deliveries.
    pub secret: WebhookSecret,
    /// Who created it. It ends when this member loses the right to the door.
    pub created_by: MemberId,
    /// When it was created. It sends what happens afterwards.
    pub created_at: Timestamp,
    /// When it was disabled, since its receiver was gone or accepted nothing.
    pub disabled_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    fn parse(text: &str, allowed: &[&str]) -> Result<String, String> {
        let destinations = Destinations::new(allowed.iter().map(|network| network.parse().unwrap()).collect());
        WebhookUrl::parse(text, &destinations).map(|url| url.as_str().to_owned()).map_err(|error| error.0)
    }

    #[test]
    fn sec_178_a_webhook_has_the_url_of_a_public_host() {
        for right in ["https://example.org/hook", "https://example.org:8443/", "https://xn--caf-dma.example/?a=1", "https://example.org/a%20b"] {
            assert_eq!(parse(right, &[]), Ok(right.into()));
        }
        assert_eq!(parse("HTTPS://Example.ORG:443/Hook", &[]), Ok("https://example.org/Hook".into()));
        for wrong in [
            "",
            "https://",
            "https:",
            "https:example.org",
            "http://example.org/",
            "ftp://example.org/",
            "javascript:alert(1)",
            "//example.org",
            "example.org",
            "https://user@example.org/",
            "https://:x@example.org/",
            "https://example.org@127.0.0.1/",
            "https://example.org/#a",
            "https://example.org\\@evil/",
            "https://exa mple.org/",
            "https://example.org/\n",
        ] {
            assert!(parse(wrong, &[]).is_err(), "{wrong}");
        }
        assert!(parse(&format!("https://example.org/{}", "a".repeat(2_028)), &[]).is_ok());
        assert!(parse(&format!("https://example.org/{}", "a".repeat(2_029)), &[]).is_err());
    }

    #[test]
    fn sec_178_an_address_is_no_name_however_it_is_written() {
        for wrong in [
            "https://127.0.0.1/a.example.org/",
            "https://8.8.8.8/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://127.1/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
            "https://[2606:4700::1111]/",
            "https://0/",
            "https://１２７.0.0.1/",
            "https://127。0。0。1/",
            "https://example.org:99999/",
        ] {
            assert!(parse(wrong, &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sec_178_the_operator_allows_other_addresses_and_http() {
        let local = &["127.0.0.0/8"];
        for right in ["http://127.0.0.1:9000/hook", "https://127.0.0.1/", "http://localhost:9000/"] {
            assert_eq!(parse(right, local), Ok(right.into()));
        }
        assert_eq!(parse("http://2130706433/", local), Ok("http://127.0.0.1/".into()));
        for wrong in ["http://10.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"] {
            assert!(parse(wrong, local).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_have_the_form_of_standard_webhooks_and_print_nothing() {
        let secret = WebhookSecret::random(&SystemRandom);
        let text = secret.to_string();
        assert_eq!(STANDARD.decode(text.strip_prefix("whsec_").unwrap()).unwrap(), secret.bytes());
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        assert_eq!(format!("{:?}", WebhookUrl::parse("https://example.org/T0/secret", &Destinations::default()).unwrap()), "WebhookUrl(…)");
    }
}
