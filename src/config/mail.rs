//! The settings of mail: the server that delivers it, and the sender.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use clap::Args;
use percent_encoding::percent_decode_str;
use url::Url;

use super::origin::PublicUrl;
use super::parse::parse_secret;
use super::secret::Secret;
use crate::domain::email::EmailAddress;

/// Mail to accounts.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Mail")]
pub struct MailSettings {
    /// The server that delivers mail, or `@FILE` with it: `smtps://USER:PASSWORD@HOST`, `smtp://USER:PASSWORD@HOST:587?tls=required`, or `smtp://HOST` on
    /// this machine. Without it mails are printed to the terminal on a machine of one's own, and accounts elsewhere have no e-mail address.
    // Parsed by `check`, since an error of a value parser shows the value.
    #[arg(long, env = "PARLOR_SMTP_URL", value_name = "URL", value_parser = parse_secret, hide_env_values = true)]
    pub smtp_url: Option<Secret>,
    /// The sender of mails, such as `Parlor <noreply@example.org>`. Defaults to `noreply` at the host of the public URL.
    #[arg(long, env = "PARLOR_MAIL_FROM", value_name = "SENDER")]
    pub mail_from: Option<Sender>,
}

/// Where mails go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailDelivery {
    /// To a mail server, from this sender.
    Smtp(SmtpServer, Sender),
    /// To the terminal, where somebody tries the program out on their own machine.
    Terminal,
    /// Nowhere.
    None,
}

impl MailSettings {
    /// Returns where mails go, on a server with this listen address and public URL.
    ///
    /// # Errors
    /// A line for the operator, which does not contain the URL.
    pub(super) fn delivery(&self, listen: IpAddr, public_url: Option<&PublicUrl>) -> Result<MailDelivery, String> {
        let Some(url) = &self.smtp_url else {
            let is_local = listen.is_loopback() && public_url.is_none_or(|url| is_loopback(&url.host()));
            return Ok(if is_local { MailDelivery::Terminal } else { MailDelivery::None });
        };
        let server = SmtpServer::parse(url.expose()).map_err(|error| format!("--smtp-url {error}"))?;
        Ok(MailDelivery::Smtp(server, self.sender(public_url)?))
    }

    fn sender(&self, public_url: Option<&PublicUrl>) -> Result<Sender, String> {
        if let Some(sender) = &self.mail_from {
            return Ok(sender.clone());
        }
        let host = public_url.map_or_else(|| "localhost".to_owned(), PublicUrl::host);
        let host = if is_loopback(&host) { "localhost" } else { &host };
        let address = EmailAddress::parse(&format!("noreply@{host}"));
        let address = address.map_err(|_| format!("--mail-from is needed, since no mail can come from the host of --public-url, {host}"))?;
        Ok(Sender { name: Some("Parlor".into()), address })
    }
}

/// How the connection to a mail server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// With TLS from the first byte on.
    Tls,
    /// With TLS from `STARTTLS` on, without which nothing is sent.
    StartTls,
    /// Not at all, which only this machine allows.
    None,
}

/// A mail server. `Debug` prints nothing of the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: SmtpSecurity,
    /// The user and the password, if it asks for them.
    pub login: Option<(Secret, Secret)>,
}

impl SmtpServer {
    fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("must name a host")?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("must have no path and no fragment".into());
        }
        let security = match (url.scheme(), url.query()) {
            ("smtps", None) => SmtpSecurity::Tls,
            ("smtp", Some("tls=required")) => SmtpSecurity::StartTls,
            ("smtp", None) if is_loopback(host) => SmtpSecurity::None,
            ("smtp", None) => return Err("must be secured beyond this machine: smtps://HOST, or smtp://HOST?tls=required".into()),
            ("smtp", Some(_)) => return Err("can have the parameter tls=required and no other".into()),
            _ => return Err("must begin with smtp:// or smtps://".into()),
        };
        let port = url.port().unwrap_or(match security {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::None => 25,
        });
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err("must have a user and a password, or neither".into()),
            (user, Some(password)) => Some((decoded(user)?, decoded(password)?)),
        };
        Ok(Self { host: host.trim_matches(['[', ']']).to_owned(), port, security, login })
    }
}

fn decoded(text: &str) -> Result<Secret, String> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| "must have a user and a password in UTF-8")?;
    Ok(Secret(text.into_owned()))
}

/// Returns true for a name or an address of this machine.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// The sender of mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The name shown with the address.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

/// The most characters of a sender's name.
const MAX_NAME_CHARS: usize = 60;

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, address) = match text.split_once('<') {
            None => (None, text),
            Some((name, address)) => (Some(name.trim()), address.strip_suffix('>').ok_or("must be an address, or a name and <address>")?),
        };
        let name = name.map(|name| name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)).filter(|name| !name.is_empty());
        let is_plain = |c: char| !c.is_control() && !matches!(c, '"' | '\\' | '<' | '>');
        if name.is_some_and(|name| name.chars().count() > MAX_NAME_CHARS || !name.chars().all(is_plain)) {
            return Err(format!("must have a name of at most {MAX_NAME_CHARS} characters without quotes, backslashes and control characters"));
        }
        let address = EmailAddress::parse(address.trim()).map_err(|error| error.0)?;
        Ok(Self { name: name.map(Into::into), address })
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address.as_str()),
            None => f.write_str(self.address.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn delivery(smtp_url: Option<&str>, from: Option<&str>, public_url: Option<&str>) -> Result<MailDelivery, String> {
        let settings = MailSettings { smtp_url: smtp_url.map(|url| Secret(url.into())), mail_from: from.map(|from| from.parse().unwrap()) };
        settings.delivery(Ipv4Addr::LOCALHOST.into(), public_url.map(|url| url.parse().unwrap()).as_ref())
    }

    fn server(url: &str) -> SmtpServer {
        SmtpServer::parse(url).unwrap()
    }

    #[test]
    fn a_mail_server_is_secured_unless_it_is_on_this_machine() {
        assert_eq!(
            server("smtps://mail.example.org"),
            SmtpServer { host: "mail.example.org".into(), port: 465, security: SmtpSecurity::Tls, login: None }
        );
        let with_login = server("smtp://ana%40example.org:p%2Fw%C3%A9@mail.example.org:2587?tls=required");
        assert_eq!((with_login.port, with_login.security), (2587, SmtpSecurity::StartTls));
        let login = with_login.login.as_ref().unwrap();
        assert_eq!((login.0.expose(), login.1.expose()), ("ana@example.org", "p/wé"));
        assert!(!format!("{with_login:?}").contains("p/w"));
        for (local, host) in [("smtp://localhost", "localhost"), ("smtp://127.0.0.1:25/", "127.0.0.1"), ("smtp://[::1]", "::1")] {
            assert_eq!(server(local), SmtpServer { host: host.into(), port: 25, security: SmtpSecurity::None, login: None });
        }
        for wrong in [
            "smtp://mail.example.org",
            "smtp://127.0.0.1.example.org",
            "smtp://localhost?tls=opportunistic",
            "smtp://mail.example.org?tls=required&x=1",
            "smtps://mail.example.org?tls=none",
            "http://mail.example.org",
            "smtps://",
            "smtps:mail.example.org",
            "smtps://mail.example.org/path",
            "smtps://mail.example.org#x",
            "smtps://user@mail.example.org",
            "smtps://:password@mail.example.org",
            "smtps://a:%ff@mail.example.org",
            "mail.example.org",
            "",
        ] {
            assert!(SmtpServer::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_sender_has_one_address() {
        for (text, name, address) in [
            ("noreply@Example.org", None, "noreply@example.org"),
            ("Parlor <noreply@example.org>", Some("Parlor"), "noreply@example.org"),
            ("\"Café, Parlor\" <a@b.c>", Some("Café, Parlor"), "a@b.c"),
            ("<a@b.c>", None, "a@b.c"),
        ] {
            let sender: Sender = text.parse().unwrap();
            assert_eq!((sender.name.as_deref(), sender.address.as_str()), (name, address));
        }
        for wrong in
            ["", "Parlor", "Parlor <a@b.c", "Parlor <a@b.c> x", "a@b.c, d@e.f", "P\r\nBcc: x@y.z <a@b.c>", "P <a@b.c\r\nBcc: x@y.z>", "P <<a@b.c>>"]
        {
            assert!(wrong.parse::<Sender>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn without_a_mail_server_mails_go_to_the_terminal_of_this_machine_alone() {
        assert_eq!(delivery(None, None, None), Ok(MailDelivery::Terminal));
        assert_eq!(delivery(None, None, Some("http://localhost:8080")), Ok(MailDelivery::Terminal));
        assert_eq!(delivery(None, None, Some("https://chat.example.org")), Ok(MailDelivery::None));
        let url = "http://localhost:8080".parse().unwrap();
        let everywhere = MailSettings { smtp_url: None, mail_from: None }.delivery(Ipv4Addr::UNSPECIFIED.into(), Some(&url));
        assert_eq!(everywhere, Ok(MailDelivery::None));
    }

    #[test]
    fn the_sender_is_at_the_host_of_the_public_url() {
        let from = |public_url, from| match delivery(Some("smtp://localhost"), from, public_url)? {
            MailDelivery::Smtp(_, sender) => Ok(sender.to_string()),
            other => Err(format!("{other:?}")),
        };
        assert_eq!(from(None, None), Ok("Parlor <noreply@localhost>".into()));
        assert_eq!(from(Some("https://chat.example.org:8443/a"), None), Ok("Parlor <noreply@chat.example.org>".into()));
        assert_eq!(from(Some("https://192.0.2.1"), Some("a@b.c")), Ok("a@b.c".into()));
        assert!(from(Some("https://192.0.2.1"), None).unwrap_err().contains("--mail-from"));
        let secret = delivery(Some("smtp://ana:geheim@mail.example.org"), None, None).unwrap_err();
        assert!(secret.contains("--smtp-url") && !secret.contains("geheim"), "{secret}");
    }
}
