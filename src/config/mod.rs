//! Configuration: every setting with its flag, its `PARLOR_` variable and its default.

mod accounts;
mod limits;
mod mail;
mod origin;
mod parse;
mod push;
mod secret;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::IpNet;

pub use self::accounts::{AccountSettings, RegistrationMode};
pub use self::limits::LimitSettings;
pub use self::mail::{MailDelivery, MailSettings, Sender, SmtpSecurity, SmtpServer};
pub use self::origin::{Contact, Origin, PublicUrl};
pub use self::parse::parse_duration;
use self::parse::{parse_factor, parse_network};
pub use self::push::PushSettings;
pub use self::secret::Secret;
use crate::domain::rate_limit::scaled;

/// The settings of `parlor serve`.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address to listen on; port 0 selects a free port.
    #[arg(long, env = "PARLOR_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Base of the URLs in responses, such as `https://chat.example.org`, or `https://example.org/chat` behind a reverse proxy that strips the path.
    /// Defaults to the listen address. Required when listening on a non-loopback address. With `https`, browsers are told to use only HTTPS for
    /// two years.
    #[arg(long, env = "PARLOR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Address for `/metrics`, `/healthz` and `/readyz`, for operators. Disabled by default.
    #[arg(long, env = "PARLOR_ADMIN_LISTEN", value_name = "ADDRESS")]
    pub admin_listen: Option<SocketAddr>,
    /// Networks of trusted proxies, whose `X-Forwarded-For` and `Forwarded` headers are used, such as `10.0.0.0/8`. Separate several with commas.
    #[arg(long, env = "PARLOR_TRUSTED_PROXY", value_name = "NETWORK", value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxy: Vec<IpNet>,
    /// Networks that webhooks may send to besides public addresses, also over `http`, such as `127.0.0.0/8`. Separate several with commas.
    #[arg(long, env = "PARLOR_WEBHOOK_ALLOW", value_name = "NETWORK", value_delimiter = ',', value_parser = parse_network)]
    pub webhook_allow: Vec<IpNet>,
    /// Origins whose pages may use the API (CORS). Separate several with commas.
    #[arg(long, env = "PARLOR_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origin: Vec<Origin>,
    /// Contact for security reports: a `mailto:` or `https:` address for `/.well-known/security.txt`. Defaults to a page that says whom to ask.
    #[arg(long, env = "PARLOR_SECURITY_CONTACT", value_name = "URI")]
    pub security_contact: Option<Contact>,
    /// How long requests in flight may take after SIGTERM, SIGINT or SIGHUP, such as `30s`, `500ms`, `2m`. Streams get a `bye` event and end at once.
    #[arg(long, env = "PARLOR_DRAIN", value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub drain: Duration,
    /// Multiplies every rate limit and the limits of connections and streams per person or address, never sizes or pending knocks. 0 disables them.
    #[arg(long, env = "PARLOR_RATE_FACTOR", value_name = "NUMBER", default_value = "1", value_parser = parse_factor)]
    pub rate_factor: f64,
    /// How to serve a stream requested first on an HTTP/1.1 connection: `auto` writes it without the HTTP stack, with a tenth of the memory; `http`
    /// keeps it there, like all other streams. The bytes sent are the same.
    #[arg(long, env = "PARLOR_STREAM_WRITER", value_name = "WRITER", default_value = "auto")]
    pub stream_writer: StreamWriter,
    /// Filter for the log on stderr, such as `info` or `parlor=debug`. Lines are JSON, or text if stderr is a terminal.
    #[arg(long, env = "PARLOR_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// Accounts and sessions.
    #[command(flatten)]
    pub accounts: AccountSettings,
    /// Mail to accounts.
    #[command(flatten)]
    pub mail: MailSettings,
    /// Push notifications.
    #[command(flatten)]
    pub push: PushSettings,
    /// Limits of sizes and counts.
    #[command(flatten)]
    pub limits: LimitSettings,
}

impl Config {
    /// Checks that the settings are compatible with each other, which no single flag can tell.
    ///
    /// # Errors
    /// A line for the operator.
    pub fn check(&self) -> Result<(), String> {
        if self.public_url.is_none() && !self.listen.ip().is_loopback() {
            return Err(format!("--listen {} is reachable from other machines: set --public-url to its public origin", self.listen));
        }
        self.accounts.check()?;
        self.mail_delivery()?;
        if self.admin_listen == Some(self.listen) && self.listen.port() != 0 {
            return Err(format!("--admin-listen and --listen cannot both be {}", self.listen));
        }
        Ok(())
    }

    /// Returns where mails go.
    ///
    /// # Errors
    /// A line for the operator.
    pub fn mail_delivery(&self) -> Result<MailDelivery, String> {
        self.mail.delivery(self.listen.ip(), self.public_url.as_ref())
    }

    /// Multiplies a limit per address or member by the factor, to at least 1; `None` if limits are disabled.
    #[must_use]
    pub fn times_factor(&self, limit: u32) -> Option<u32> {
        scaled(limit, self.rate_factor)
    }
}

/// How streams are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StreamWriter {
    /// Without the HTTP stack where possible.
    Auto,
    /// By the HTTP stack.
    Http,
}
