//! Every setting, with its flag, its `PARLOR_` variable, its default.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ipnet::IpNet;
use url::Url;

use crate::domain::bounds::Bounds;
use crate::domain::rate::scaled;

/// The settings of `parlor serve`.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "PARLOR_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// What URLs in answers start with, such as `https://chat.example.org`, or `https://example.org/chat` where a proxy serves Parlor below a path and
    /// takes that path away; where left out, the address listened on. Needed for listening beyond this machine. With `https`, browsers are told for two
    /// years to use nothing else.
    #[arg(long, env = "PARLOR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Where to serve `/metrics`, besides `/healthz` and `/readyz`, to whoever runs the program; nowhere, where left out.
    #[arg(long, env = "PARLOR_ADMIN_LISTEN", value_name = "ADDRESS")]
    pub admin_listen: Option<SocketAddr>,
    /// Networks whose `X-Forwarded-For` and `Forwarded` are believed, such as `10.0.0.0/8`; several with commas between.
    #[arg(long, env = "PARLOR_TRUSTED_PROXY", value_name = "NETWORK", value_delimiter = ',', value_parser = network)]
    pub trusted_proxy: Vec<IpNet>,
    /// Origins whose pages may use the API; several with commas between.
    #[arg(long, env = "PARLOR_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub cors_origin: Vec<Origin>,
    /// Where whoever found a flaw of this server turns to: a `mailto:` or `https:` address for `/.well-known/security.txt`; where left out, a page that
    /// says whom to ask.
    #[arg(long, env = "PARLOR_SECURITY_CONTACT", value_name = "URI")]
    pub security_contact: Option<Contact>,
    /// How long requests in flight may still take after SIGTERM, SIGINT or SIGHUP, such as `30s`, `500ms`, `2m`. Streams are told good-bye and end at once.
    #[arg(long, env = "PARLOR_DRAIN", value_name = "TIME", default_value = "30s", value_parser = span)]
    pub drain: Duration,
    /// Multiplies every rate, and how many connections and streams a person or an address has, never sizes or how many knocks wait; 0 turns them off.
    #[arg(long, env = "PARLOR_RATE_FACTOR", value_name = "NUMBER", default_value = "1", value_parser = factor)]
    pub rate_factor: f64,
    /// How streams are served whose request is the first of an HTTP/1.1 connection: `auto` writes them past the HTTP machinery, which takes a tenth of its
    /// memory; `http` keeps them in it, as all others are. What is sent is the same.
    #[arg(long, env = "PARLOR_LISTENER_PATH", value_name = "PATH", default_value = "auto")]
    pub listener_path: ListenerPath,
    /// What is logged to stderr, such as `info` or `parlor=debug`: lines of JSON, or of text where stderr is a terminal.
    #[arg(long, env = "PARLOR_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// How much of everything there may be.
    #[command(flatten)]
    pub bounds: BoundSettings,
}

/// How much of everything there may be.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Bounds")]
pub struct BoundSettings {
    /// Entries of a chat's conversation.
    #[arg(long, env = "PARLOR_CHAT_ENTRIES", value_name = "COUNT", default_value_t = defaults().entries as u64, value_parser = at_least_one())]
    pub chat_entries: u64,
    /// Bytes of message content in a chat.
    #[arg(long, env = "PARLOR_CHAT_CONTENT", value_name = "BYTES", default_value_t = defaults().content, value_parser = at_least_one())]
    pub chat_content: u64,
    /// Members of a chat at one time.
    #[arg(long, env = "PARLOR_CHAT_MEMBERS", value_name = "COUNT", default_value_t = defaults().members as u64, value_parser = at_least_one())]
    pub chat_members: u64,
    /// Live links of a chat.
    #[arg(long, env = "PARLOR_CHAT_LINKS", value_name = "COUNT", default_value_t = defaults().links as u64, value_parser = at_least_one())]
    pub chat_links: u64,
    /// Dead links of a chat that are still listed.
    #[arg(long, env = "PARLOR_CHAT_DEAD_LINKS", value_name = "COUNT", default_value_t = defaults().dead_links as u64, value_parser = at_least_one())]
    pub chat_dead_links: u64,
    /// Knocks of a chat that ended without admission and can still be read.
    #[arg(long, env = "PARLOR_CHAT_ENDED_KNOCKS", value_name = "COUNT", default_value_t = defaults().ended_knocks as u64, value_parser = at_least_one())]
    pub chat_ended_knocks: u64,
    /// Entries that the door's log of a chat keeps.
    #[arg(long, env = "PARLOR_CHAT_DOOR", value_name = "COUNT", default_value_t = defaults().door as u64, value_parser = at_least_one())]
    pub chat_door: u64,
    /// Knocks that wait on a link; a quarter of them may be of one client address.
    #[arg(long, env = "PARLOR_LINK_KNOCKS", value_name = "COUNT", default_value_t = defaults().link_knocks as u64, value_parser = at_least_one())]
    pub link_knocks: u64,
    /// Knocks that wait in a chat.
    #[arg(long, env = "PARLOR_CHAT_KNOCKS", value_name = "COUNT", default_value_t = defaults().chat_knocks as u64, value_parser = at_least_one())]
    pub chat_knocks: u64,
    /// Bytes of memory that everything kept may take, what keeping it costs included. From 80 % on no chats are opened, from 90 % on nobody knocks and
    /// the largest chats take no messages.
    #[arg(long, env = "PARLOR_TOTAL_MEMORY", value_name = "BYTES", default_value_t = defaults().total_memory, value_parser = at_least_one())]
    pub total_memory: u64,
    /// Chats on this node.
    #[arg(long, env = "PARLOR_TOTAL_CHATS", value_name = "COUNT", default_value_t = defaults().total_chats, value_parser = at_least_one())]
    pub total_chats: u64,
}

impl BoundSettings {
    /// As the store takes them.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Bounds {
            entries: count(self.chat_entries),
            content: self.chat_content,
            members: count(self.chat_members),
            links: count(self.chat_links),
            dead_links: count(self.chat_dead_links),
            ended_knocks: count(self.chat_ended_knocks),
            door: count(self.chat_door),
            link_knocks: count(self.link_knocks),
            chat_knocks: count(self.chat_knocks),
            total_memory: self.total_memory,
            total_chats: self.total_chats,
        }
    }
}

impl Config {
    /// What no single flag can tell: whether the settings go together.
    ///
    /// # Errors
    /// A line for the person who started the program.
    pub fn check(&self) -> Result<(), String> {
        if self.public_url.is_none() && !self.listen.ip().is_loopback() {
            return Err(format!("--listen {} is reachable from other machines: say with --public-url under which origin", self.listen));
        }
        if self.admin_listen == Some(self.listen) && self.listen.port() != 0 {
            return Err(format!("--admin-listen and --listen cannot both be {}", self.listen));
        }
        Ok(())
    }

    /// A limit per address or member, times the factor; `None` where limits are off. It never falls to nothing.
    #[must_use]
    pub fn times_factor(&self, limit: u32) -> Option<u32> {
        scaled(limit, self.rate_factor)
    }
}

/// How streams are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListenerPath {
    /// Past the HTTP machinery, where that can be.
    Auto,
    /// Through it.
    Http,
}

/// Scheme, host, port: what a browser calls an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// What a server is called outside: an origin, and a path where it is hosted below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    /// Begins with a slash and does not end with one, or is empty.
    path: String,
}

impl PublicUrl {
    /// That of a listener without TLS.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        Self { origin: format!("http://{address}"), path: String::new() }
    }

    /// Whether browsers reach it by TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The path below which it is hosted, such as `/chat`; empty where it has the whole origin.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = plain(text)?;
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        let fine = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        if !path.split('/').skip(1).all(fine) {
            return Err("must have a path of letters, digits, - . _ ~ and slashes between them, if any".into());
        }
        Ok(Self { origin: url.origin().ascii_serialization(), path: path.into() })
    }
}

/// A URL of the web without query, fragment and user.
fn plain(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if matches!(url.scheme(), "http" | "https") && plain {
        Ok(url)
    } else {
        Err("must be http or https, a host, perhaps a port, nothing else".into())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = plain(text)?;
        if url.path() != "/" {
            return Err("must be an origin: http or https, a host, perhaps a port, nothing else".into());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

/// Where a flaw is reported (RFC 9116, *Contact*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Contact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "must be an address such as mailto:security@example.org or https://example.org/security".to_owned();
        let url = Url::parse(text).map_err(|_| wrong())?;
        let mailbox = || url.path().split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        match url.scheme() {
            "https" if url.username().is_empty() && url.password().is_none() => {}
            "mailto" if mailbox() => {}
            _ => return Err(wrong()),
        }
        // As it was read: whatever could end the line is gone or escaped in it.
        Ok(Self(url.into()))
    }
}

fn defaults() -> Bounds {
    Bounds::default()
}

fn at_least_one() -> clap::builder::RangedU64ValueParser {
    clap::builder::RangedU64ValueParser::new().range(1..)
}

fn network(text: &str) -> Result<IpNet, String> {
    let alone = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| alone()).map_err(|_| "must be an address, or a network such as 10.0.0.0/8".into())
}

fn factor(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "must be 0 or more".into())
}

fn span(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| "must be a number with ms, s or m, such as 30s")?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err("must be a number with ms, s or m, such as 30s".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!("https://Chat.example.org".parse::<Origin>().unwrap().to_string(), "https://chat.example.org");
        assert_eq!("http://127.0.0.1:80/".parse::<Origin>().unwrap().to_string(), "http://127.0.0.1");
        for wrong in ["https://a/b", "ftp://a", "a", "*", "null", "https://u@a", "https://a?b", "https://a#b", ""] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_may_have_a_path() {
        for (text, shown, path) in [
            ("https://Chat.example.org/", "https://chat.example.org", ""),
            ("https://example.org/chat", "https://example.org/chat", "/chat"),
            ("http://example.org:8080/a/b.c/", "http://example.org:8080/a/b.c", "/a/b.c"),
        ] {
            let url = text.parse::<PublicUrl>().unwrap();
            assert_eq!((url.to_string().as_str(), url.path()), (shown, path));
        }
        for wrong in ["https://a//b", "https://a/b//", "https://a/%20", "https://a/b?c", "https://a/b#c", "ftp://a/b", "https://u@a/b", "/chat", ""] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_contact_is_one_line_with_an_address() {
        for fine in ["mailto:security@example.org", "https://example.org/security?to=us"] {
            assert_eq!(fine.parse::<Contact>().unwrap().to_string(), fine);
        }
        for wrong in [
            "",
            "security@example.org",
            "mailto:",
            "mailto:x",
            "mailto:@x",
            "http://example.org",
            "tel:+1",
            "javascript:1",
            "https://",
            "https://u:p@h/",
        ] {
            assert!(wrong.parse::<Contact>().is_err(), "{wrong}");
        }
        for broken in ["mailto:a@b\r\nExpires: 1", "https://example.org/\nx", "https://example.org/\u{1b}[2J\u{9b}"] {
            let said = broken.parse::<Contact>().map(|contact| contact.to_string()).unwrap_or_default();
            assert!(said.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{said:?}");
        }
    }

    #[test]
    fn spans_have_units() {
        assert_eq!(span("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(span("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(span("2m"), Ok(Duration::from_mins(2)));
        assert!(span("s").is_err() && span("-1s").is_err() && span("1h").is_err());
    }
}
