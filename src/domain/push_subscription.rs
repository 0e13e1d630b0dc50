//! A push subscription: where a browser gets notifications while none of its pages is open, and for whom (RFC 8030, RFC 8291).

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::clock::Timestamp;
use super::id::{ChatId, PushSubscriptionId, SessionId};
use super::principal::Principal;
use super::push_service::PushServices;
use super::text::InvalidText;

/// The most push subscriptions of an account.
pub const MAX_ACCOUNT_PUSH_SUBSCRIPTIONS: usize = 20;
/// The most push subscriptions of a member of a link chat, or of a guest who waits.
pub const MAX_MEMBER_PUSH_SUBSCRIPTIONS: usize = 5;
/// The most push subscriptions of all together.
pub const MAX_PUSH_SUBSCRIPTIONS: usize = 200_000;

/// Padding is optional: browsers leave it out.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Where a push service takes notifications for one browser. It is enough to address that browser, so `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PushEndpoint(Arc<str>);

impl PushEndpoint {
    /// The maximum length in bytes.
    pub const MAX_BYTES: usize = 2_048;

    /// Validates what a browser was given by its push service: the host that the parsed URL names must be of one that is allowed (SEC-170).
    pub fn parse(text: &str, services: &PushServices) -> Result<Self, InvalidText> {
        let url = services.destinations().parse_url(text, Self::MAX_BYTES)?;
        if !services.has(&url) {
            return Err(InvalidText("must be of a push service that this server sends to".into()));
        }
        Ok(Self(url.as_str().into()))
    }

    /// Returns the URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the scheme, the host and the port, as an origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        let start = self.0.find("://").map_or(0, |at| at + 3);
        let length = self.0[start..].find(['/', '?']).unwrap_or(self.0.len() - start);
        &self.0[..start + length]
    }

    /// Returns the host, with the port if it is not the scheme's own. It tells a user their browsers apart.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin().split_once("://").map_or("", |(_, host)| host)
    }
}

impl fmt::Debug for PushEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushEndpoint(…)")
    }
}

/// The keys with which only that browser opens what it is sent (RFC 8291). `Debug` prints nothing of them.
#[derive(Clone, PartialEq, Eq)]
pub struct PushKeys {
    /// The public key of the browser: an uncompressed point of P-256. Whether it is on the curve is checked where keys are agreed on.
    pub p256dh: [u8; 65],
    /// The secret that only the browser and this server know.
    pub auth: [u8; 16],
}

impl PushKeys {
    /// Parses keys as browsers write them: base64url. The error names the key.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, (&'static str, InvalidText)> {
        let point = decoded(p256dh).filter(|point: &[u8; 65]| point[0] == 4);
        let p256dh = point.ok_or_else(|| ("keys.p256dh", InvalidText("must be an uncompressed point of P-256: 65 bytes in base64url".into())))?;
        let auth = decoded(auth).ok_or_else(|| ("keys.auth", InvalidText("must be 16 bytes in base64url".into())))?;
        Ok(Self { p256dh, auth })
    }
}

impl fmt::Debug for PushKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushKeys(…)")
    }
}

fn decoded<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    if text.len() > LENGTH.div_ceil(3) * 4 {
        return None;
    }
    URL_SAFE.decode(text).ok()?.try_into().ok()
}

/// Whether notifications of messages have what was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushText {
    /// They do not.
    #[default]
    Hidden,
    /// They have its beginning.
    Shown,
}

/// A push subscription.
#[derive(Clone, Debug)]
pub struct PushSubscription {
    /// Its id.
    pub id: PushSubscriptionId,
    /// Its position among all, in order of creation.
    pub number: u64,
    /// Where notifications are sent.
    pub endpoint: PushEndpoint,
    /// What they are sealed with.
    pub keys: PushKeys,
    /// Whose notifications: an account's, or those of a member or waiting guest of `chat`.
    pub holder: Principal,
    /// The chat of a holder without an account. An account gets notifications of all its chats.
    pub chat: Option<ChatId>,
    /// The session of an account in which it was created, and with which it ends.
    pub session: Option<SessionId>,
    /// Whether notifications have the text of messages.
    pub text: PushText,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the browser said that it ends.
    pub expires_at: Option<Timestamp>,
}

impl PushSubscription {
    /// Returns the most subscriptions that its holder may have.
    #[must_use]
    pub const fn max_of_holder(&self) -> usize {
        if self.chat.is_none() { MAX_ACCOUNT_PUSH_SUBSCRIPTIONS } else { MAX_MEMBER_PUSH_SUBSCRIPTIONS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::push_service::AllowedPushService;

    fn parse(text: &str, allowed: &[&str]) -> Result<String, String> {
        let services = PushServices::new(allowed.iter().map(|text| AllowedPushService::parse(text).unwrap()).collect());
        PushEndpoint::parse(text, &services).map(|endpoint| endpoint.as_str().to_owned()).map_err(|error| error.0)
    }

    const HOSTILE: &[&str] = &[
        "",
        "fcm.googleapis.com",
        "//fcm.googleapis.com/",
        "http://fcm.googleapis.com/",
        "ftp://fcm.googleapis.com/",
        "https:fcm.googleapis.com/",
        "https://fcm.googleapis.com:8443/",
        "https://fcm.googleapis.com:80/",
        "https://fcm.googleapis.com./",
        "https://fcm.googleapis.com.evil.example/",
        "https://evilfcm.googleapis.com/",
        "https://googleapis.com/",
        "https://notify.windows.com.evil/",
        "https://fcm.googleapis.com@evil.example/",
        "https://user@fcm.googleapis.com/",
        "https://:x@fcm.googleapis.com/",
        "https://fcm.googleapis.com/#a",
        "https://evil.example/#fcm.googleapis.com",
        "https://evil.example/fcm.googleapis.com/",
        "https://evil.example\\@fcm.googleapis.com/",
        "https://127.0.0.1/a.fcm.googleapis.com/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://8.8.8.8/",
        "https://localhost/",
        "https://fcm.googleapis.com /",
        "https://fcm.googleapis.com/\n",
    ];

    #[test]
    fn sec_170_endpoints_are_of_push_services() {
        for right in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/abc",
            "https://web.push.apple.com/QAbc",
            "https://wns2-by3p.notify.windows.com/w/?token=abc%2f",
        ] {
            assert_eq!(parse(right, &[]), Ok(right.into()));
        }
        assert_eq!(parse("HTTPS://FCM.googleapis.com:443/a", &[]), Ok("https://fcm.googleapis.com/a".into()));
        for wrong in HOSTILE {
            assert!(parse(wrong, &[]).is_err(), "{wrong}");
        }
        assert!(parse(&format!("https://fcm.googleapis.com/{}", "a".repeat(2_021)), &[]).is_ok());
        assert!(parse(&format!("https://fcm.googleapis.com/{}", "a".repeat(2_022)), &[]).is_err());
    }

    #[test]
    fn sec_170_the_operator_allows_other_hosts_and_networks() {
        let allowed = &["push.example.org", "push.example.net:8443", "127.0.0.0/8"];
        for right in [
            "https://push.example.org/a",
            "https://a.push.example.org/",
            "https://push.example.net:8443/",
            "http://127.0.0.1:9000/a",
            "https://127.0.0.2/",
        ] {
            assert_eq!(parse(right, allowed), Ok(right.into()));
        }
        for wrong in [
            "https://push.example.org:8443/",
            "https://push.example.net/",
            "http://push.example.org/",
            "http://10.0.0.1/",
            "http://localhost:9000/",
            "https://[::ffff:127.0.0.1]/",
        ] {
            assert!(parse(wrong, allowed).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_endpoint_has_an_origin_and_a_host() {
        let services = PushServices::new(vec![AllowedPushService::parse("127.0.0.1").unwrap()]);
        for (text, origin, host) in [
            ("https://fcm.googleapis.com/fcm/send/x", "https://fcm.googleapis.com", "fcm.googleapis.com"),
            ("http://127.0.0.1:9000?x", "http://127.0.0.1:9000", "127.0.0.1:9000"),
        ] {
            let endpoint = PushEndpoint::parse(text, &services).unwrap();
            assert_eq!((endpoint.origin(), endpoint.host()), (origin, host));
            assert_eq!(format!("{endpoint:?}"), "PushEndpoint(…)");
        }
    }

    #[test]
    fn sec_175_keys_have_their_lengths() {
        let (point, auth) = ([&[4][..], &[7; 64]].concat(), [9; 16]);
        let encode = |bytes: &[u8]| URL_SAFE.encode(bytes);
        let keys = PushKeys::parse(&encode(&point), encode(&auth).trim_end_matches('=')).unwrap();
        assert_eq!((keys.p256dh.as_slice(), keys.auth, format!("{keys:?}").as_str()), (point.as_slice(), auth, "PushKeys(…)"));
        for wrong in [&point[..64], &[&[2][..], &[7; 64]].concat(), &[&[2][..], &[7; 32]].concat(), &[&point[..], &[0]].concat(), &[]] {
            assert_eq!(PushKeys::parse(&encode(wrong), &encode(&auth)).unwrap_err().0, "keys.p256dh");
        }
        for wrong in [&auth[..15], &[9; 17], &[]] {
            assert_eq!(PushKeys::parse(&encode(&point), &encode(wrong)).unwrap_err().0, "keys.auth");
        }
        assert!(PushKeys::parse("+/", "").is_err() && PushKeys::parse(&"A".repeat(100_000), "").is_err());
    }
}
