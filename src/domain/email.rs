//! E-mail addresses: the plain ASCII form that every mail server delivers, compared in lower case.

use std::fmt;
use std::sync::Arc;

use super::text::InvalidText;

/// The maximum length of the part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;
/// The maximum length of a label of the domain, in bytes (RFC 1035, 2.3.4).
const MAX_LABEL_BYTES: usize = 63;

/// An e-mail address in lower case. It is shown to its account only; `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(Arc<str>);

impl EmailAddress {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 254;

    /// Parses user input of any case, and lowers it. Quoted local parts, comments and address literals are refused.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidText(format!("must have at most {} bytes", Self::MAX_BYTES)));
        }
        let valid = text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
        if !valid {
            return Err(InvalidText("must be an e-mail address such as ana@example.org".into()));
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// Returns the address, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }
}

/// Prints nothing of the address, since it is personal.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// Returns true for a dot-atom (RFC 5322, 3.2.3).
fn is_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_BYTES && text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_character))
}

const fn is_atom_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^' | b'_' | b'`' | b'{'..=b'~')
}

/// Returns true for a host name with a dot, or `localhost`. A last label of digits would be an IP address.
fn is_domain(text: &str) -> bool {
    let named = text.rsplit_once('.').is_some_and(|(_, last)| !last.bytes().all(|byte| byte.is_ascii_digit()));
    (named || text.eq_ignore_ascii_case("localhost")) && text.split('.').all(is_label)
}

/// Returns true for letters, digits and hyphens, without a hyphen at either end.
fn is_label(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (1..=MAX_LABEL_BYTES).contains(&text.len()) && plain && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_lowered() {
        let long = format!("{}@{}.example", "l".repeat(64), ["d".repeat(63), "d".repeat(63), "d".repeat(53)].join("."));
        assert_eq!(long.len(), EmailAddress::MAX_BYTES);
        for text in
            ["Ana@Example.org", "a.b+c@x-y.example", "o'neil/{x}|~!#$%&*=?^_`@a.b.c", "root@localhost", "1@2.x3", "a@xn--mnchen-3ya.de", &long]
        {
            assert_eq!(EmailAddress::parse(text).unwrap().as_str(), text.to_lowercase());
        }
        assert_eq!(EmailAddress::parse("Ana.B@example.org").unwrap().local_part(), "ana.b");
    }

    #[test]
    fn what_mail_servers_read_differently_is_refused() {
        let local = ["", "@", "a", "a@", "@a.b", ".a@b.c", "a.@b.c", "a..b@c.d", "a b@c.d", "\"a\"@b.c", "a(x)@b.c", "a,b@c.d", "<a@b.c>", "a@b@c.d"];
        let domain =
            ["a@b", "a@b.", "a@.b", "a@b..c", "a@-b.c", "a@b-.c", "a@b_c.d", "a@[127.0.0.1]", "a@127.0.0.1", "a@[IPv6:::1]", "a@b.c:25", "a@b.c/d"];
        let bytes = ["a@b.c\r\nBcc: d@e.f", "a@b.c\n", "a\0@b.c", " a@b.c", "a@b.c ", "é@b.c", "a@é.c", "a@b.\u{ff43}", "a\t@b.c", "a\u{7f}@b.c"];
        for wrong in local.into_iter().chain(domain).chain(bytes) {
            assert!(EmailAddress::parse(wrong).is_err(), "{wrong:?}");
        }
        let (label, local) = ("d".repeat(63), "l".repeat(65));
        let total = format!("{}@{label}.{label}.{}.example", "l".repeat(64), "d".repeat(54));
        for long in [format!("{local}@b.c"), format!("a@{label}d.c"), total] {
            assert!(EmailAddress::parse(&long).is_err(), "{long}");
        }
    }

    #[test]
    fn addresses_print_nothing() {
        assert_eq!(format!("{:?}", EmailAddress::parse("ana@example.org").unwrap()), "EmailAddress(…)");
    }
}
