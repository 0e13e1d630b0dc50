//! Shows push services who sends (VAPID, RFC 8292), and names what may replace what (RFC 8030, section 5.4).

use std::fmt;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use crate::domain::clock::Timestamp;
use crate::domain::push::PushSubject;
use crate::domain::vapid_key::VapidKey;

/// How long a token is valid, in seconds. Push services accept up to a day.
const TOKEN_SECONDS: i64 = 12 * 3_600;
/// The bytes of a topic: 32 characters, the most that there may be.
const TOPIC_BYTES: usize = 24;

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
}

/// Signs for one server.
pub struct Vapid {
    signing: EncodingKey,
    /// The public key, as browsers take it.
    public: String,
    /// Whom the operators of push services can turn to.
    contact: Option<String>,
    topics: hmac::Key,
}

impl fmt::Debug for Vapid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vapid").field("public", &self.public).finish_non_exhaustive()
    }
}

impl Vapid {
    /// Creates a signer. `contact` is a URL that begins with `https:` or `mailto:`.
    ///
    /// # Errors
    /// If the key is none.
    pub fn new(key: &VapidKey, contact: Option<String>) -> Result<Self, Unspecified> {
        let public = PrivateKey::from_private_key(&ECDH_P256, key.expose()).map_err(|_| Unspecified)?.compute_public_key()?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, key.expose(), public.as_ref());
        let signing = EncodingKey::from_ec_der(pair.map_err(|_| Unspecified)?.to_pkcs8v1()?.as_ref());
        let topics = hmac::sign(&hmac::Key::new(HMAC_SHA256, key.expose()), b"topics of pushes");
        Ok(Self { signing, public: URL_SAFE_NO_PAD.encode(public.as_ref()), contact, topics: hmac::Key::new(HMAC_SHA256, topics.as_ref()) })
    }

    /// Returns the public key: an uncompressed point in base64url.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Returns the `Authorization` for a push service; `wall` is the time that it compares with its own.
    #[must_use]
    pub fn authorization(&self, origin: &str, wall: Timestamp) -> Option<String> {
        let claims = Claims { aud: origin, exp: wall.millis() / 1_000 + TOKEN_SECONDS, sub: self.contact.as_deref() };
        let token = encode(&Header::new(Algorithm::ES256), &claims, &self.signing).ok()?;
        Some(format!("vapid t={token}, k={}", self.public))
    }

    /// Returns the topic of a subject. It names neither the chat nor the account to the push service.
    #[must_use]
    pub fn topic(&self, subject: &PushSubject) -> String {
        let (kind, id) = match subject {
            PushSubject::Messages(chat) => (0, chat.bytes().to_vec()),
            PushSubject::Knocks(chat) => (1, chat.bytes().to_vec()),
            PushSubject::Admission(chat) => (2, chat.bytes().to_vec()),
            PushSubject::FriendRequest(_, request) => (3, request.uuid().as_bytes().to_vec()),
        };
        URL_SAFE_NO_PAD.encode(&hmac::sign(&self.topics, &[&[kind], id.as_slice()].concat()).as_ref()[..TOPIC_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation, decode};
    use serde::Deserialize;

    use super::*;
    use crate::domain::id::ChatId;
    use crate::domain::random::SystemRandom;

    #[derive(Deserialize)]
    struct Read {
        aud: String,
        exp: i64,
        sub: String,
    }

    #[test]
    fn a_token_is_for_one_push_service_and_verified_with_the_public_key() {
        let vapid = Vapid::new(&VapidKey::random(&SystemRandom), Some("https://chat.example".into())).unwrap();
        let header = vapid.authorization("https://push.example:8443", Timestamp::from_millis(1_700_000_000_000)).unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(key, vapid.public());
        let point = URL_SAFE_NO_PAD.decode(key).unwrap();
        let coordinate = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
        let verifying = DecodingKey::from_ec_components(&coordinate(1..33), &coordinate(33..65)).unwrap();
        let mut validation = Validation::new(Algorithm::ES256);
        validation.validate_exp = false;
        validation.set_audience(&["https://push.example:8443"]);
        let claims: Read = decode(token, &verifying, &validation).unwrap().claims;
        assert_eq!((claims.aud.as_str(), claims.exp, claims.sub.as_str()), ("https://push.example:8443", 1_700_043_200, "https://chat.example"));
    }

    #[test]
    fn topics_are_keyed_and_differ_by_chat_and_kind() {
        let key = VapidKey::random(&SystemRandom);
        let [vapid, same, other] = [&key, &key, &VapidKey::random(&SystemRandom)].map(|key| Vapid::new(key, None).unwrap());
        let (one, two) = (ChatId::random(&SystemRandom), ChatId::random(&SystemRandom));
        let topic = vapid.topic(&PushSubject::Messages(one));
        assert!(topic.len() == 32 && topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{topic}");
        assert_eq!(topic, same.topic(&PushSubject::Messages(one)));
        for different in [vapid.topic(&PushSubject::Messages(two)), vapid.topic(&PushSubject::Knocks(one)), other.topic(&PushSubject::Messages(one))]
        {
            assert_ne!(topic, different);
        }
    }
}
