//! Origins, the public URL and the security contact, as settings name them.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use url::Url;

/// A web origin: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// The public base URL of a server: an origin, and a path if it is hosted below one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    /// Starts with a slash and does not end with one, or is empty.
    path: String,
}

impl PublicUrl {
    /// Returns the URL of a listen address without TLS.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        Self { origin: format!("http://{address}"), path: String::new() }
    }

    /// The origin: scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns true if browsers connect with TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The host of the URL; an IPv6 address is in brackets.
    #[must_use]
    pub fn host(&self) -> String {
        Url::parse(&self.origin).ok().and_then(|url| url.host_str().map(Into::into)).unwrap_or_default()
    }

    /// The path below which the server is hosted, such as `/chat`; empty if it has the whole origin.
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
        let url = parse_web_url(text)?;
        let path = url.path().strip_suffix('/').unwrap_or(url.path());
        let is_valid = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        if !path.split('/').skip(1).all(is_valid) {
            return Err("must have a path of letters, digits, - . _ ~ and slashes between them, if any".into());
        }
        Ok(Self { origin: url.origin().ascii_serialization(), path: path.into() })
    }
}

/// Parses an HTTP URL without query, fragment and user.
fn parse_web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if matches!(url.scheme(), "http" | "https") && is_plain {
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
        let url = parse_web_url(text)?;
        if url.path() != "/" {
            return Err("must be an origin: http or https, a host, perhaps a port, nothing else".into());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

/// The contact for security reports (RFC 9116, *Contact*).
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
        let error = || "must be an address such as mailto:security@example.org or https://example.org/security".to_owned();
        let url = Url::parse(text).map_err(|_| error())?;
        let mailbox = || url.path().split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        match url.scheme() {
            "https" if url.username().is_empty() && url.password().is_none() => {}
            "mailto" if mailbox() => {}
            _ => return Err(error()),
        }
        // The parsed form: characters that could end the line have been removed or escaped.
        Ok(Self(url.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path() {
        assert_eq!("https://Chat.example.org".parse::<Origin>().unwrap().to_string(), "https://chat.example.org");
        assert_eq!("http://127.0.0.1:80/".parse::<Origin>().unwrap().to_string(), "http://127.0.0.1");
        for invalid in ["https://a/b", "ftp://a", "a", "*", "null", "https://u@a", "https://a?b", "https://a#b", ""] {
            assert!(invalid.parse::<Origin>().is_err(), "{invalid}");
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
        for invalid in ["https://a//b", "https://a/b//", "https://a/%20", "https://a/b?c", "https://a/b#c", "ftp://a/b", "https://u@a/b", "/chat", ""]
        {
            assert!(invalid.parse::<PublicUrl>().is_err(), "{invalid}");
        }
    }

    #[test]
    fn a_contact_is_one_line_with_an_address() {
        for valid in ["mailto:security@example.org", "https://example.org/security?to=us"] {
            assert_eq!(valid.parse::<Contact>().unwrap().to_string(), valid);
        }
        for invalid in [
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
            assert!(invalid.parse::<Contact>().is_err(), "{invalid}");
        }
        for broken in ["mailto:a@b\r\nExpires: 1", "https://example.org/\nx", "https://example.org/\u{1b}[2J\u{9b}"] {
            let said = broken.parse::<Contact>().map(|contact| contact.to_string()).unwrap_or_default();
            assert!(said.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{said:?}");
        }
    }
}
