//! Access tokens: short-lived JWTs that name an account and its session (API 3, *Access token*; SEC-051).

use std::fmt;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, SessionId};
use crate::domain::token_key::TokenKey;

/// How long a token is valid.
pub const LIFETIME: Duration = Duration::from_secs(LIFETIME_SECONDS.unsigned_abs());
const LIFETIME_SECONDS: i64 = 900;

/// The only algorithm, whatever a token's header says.
const ALGORITHM: Algorithm = Algorithm::HS256;
/// The type of token (RFC 9068, 2.1), so that no other JWT passes for one.
const TYPE: &str = "at+jwt";
const AUDIENCE: &str = "parlor";
/// The most verified tokens that are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// The longest token, in bytes. Those issued here have less than half.
const MAX_BYTES: usize = 2_048;

/// What a valid token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessClaims {
    /// The account.
    pub account: AccountId,
    /// The session, which may have ended since.
    pub session: SessionId,
    /// When the token becomes invalid.
    pub expires_at: Timestamp,
}

/// Issues and verifies access tokens.
pub struct AccessTokens {
    keys: Vec<Key>,
    issuer: String,
    validation: Validation,
    /// Tokens whose signature was verified, by their text.
    remembered: Cache<Box<str>, AccessClaims>,
}

struct Key {
    id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// The claims on the wire; times are in seconds.
#[derive(Deserialize, Serialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").field("issuer", &self.issuer).field("remembered", &self.remembered.len()).finish_non_exhaustive()
    }
}

impl AccessTokens {
    /// Creates an issuer with this name. The first key signs, all verify.
    ///
    /// # Panics
    /// Panics if there is no key.
    #[must_use]
    pub fn new(keys: Vec<TokenKey>, issuer: String) -> Self {
        assert!(!keys.is_empty(), "a key signs");
        let key =
            |key: TokenKey| Key { id: key.id(), signing: EncodingKey::from_secret(key.expose()), verifying: DecodingKey::from_secret(key.expose()) };
        let validation = validation(&issuer);
        Self { keys: keys.into_iter().map(key).collect(), issuer, validation, remembered: Cache::new(MAX_REMEMBERED) }
    }

    /// Issues a token. Times are cut to seconds, so that none is valid for longer than [`LIFETIME`].
    ///
    /// # Panics
    /// Panics if the token cannot be signed, which no argument causes.
    #[must_use]
    pub fn issue(&self, account: AccountId, session: SessionId, now: Timestamp) -> String {
        let key = &self.keys[0];
        let iat = now.millis().div_euclid(1_000);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.into(),
            sub: account.uuid().to_string(),
            sid: session.uuid().to_string(),
            iat,
            exp: iat.saturating_add(LIFETIME_SECONDS),
        };
        let header = Header { typ: Some(TYPE.into()), kid: Some(key.id.clone()), ..Header::new(ALGORITHM) };
        encode(&header, &claims, &key.signing).expect("claims of text and numbers are signed with a secret")
    }

    /// Returns what a valid token says. Whether its session lives is for the caller to judge.
    #[must_use]
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<AccessClaims> {
        let claims = match self.remembered.get(token) {
            Some(claims) => claims,
            None => self.verified(token).filter(|claims| now < claims.expires_at).inspect(|claims| self.remembered.insert(token.into(), *claims))?,
        };
        (now < claims.expires_at).then_some(claims)
    }

    /// Checks everything but the expiry. The key's id only selects one of ours; the header says nothing else that is used.
    fn verified(&self, token: &str) -> Option<AccessClaims> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let header = decode_header(token).ok().filter(|header| header.typ.as_deref() == Some(TYPE))?;
        let id = header.kid?;
        let mut keys = self.keys.iter().filter(|key| key.id == id);
        let claims = keys.find_map(|key| decode::<Claims>(token, &key.verifying, &self.validation).ok())?.claims;
        let (account, session) = (AccountId::parse_or_nil(&claims.sub), SessionId::parse_or_nil(&claims.sid));
        let expires_at = Timestamp::from_millis(claims.exp.checked_mul(1_000)?);
        (account != AccountId::NIL && session != SessionId::NIL).then_some(AccessClaims { account, session, expires_at })
    }
}

/// The expiry is not checked here: [`AccessTokens::verify`] judges it by our own clock.
fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(ALGORITHM);
    validation.leeway = 0;
    validation.validate_exp = false;
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    validation
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::random::SystemRandom;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_999);
    const ISSUER: &str = "https://chat.example.org";

    fn tokens(keys: &[&TokenKey]) -> AccessTokens {
        AccessTokens::new(keys.iter().map(|key| (*key).clone()).collect(), ISSUER.into())
    }

    fn ids() -> (AccountId, SessionId) {
        (AccountId::random(&SystemRandom), SessionId::random(&SystemRandom))
    }

    fn header(key: &TokenKey) -> Value {
        json!({ "alg": "HS256", "typ": "at+jwt", "kid": key.id() })
    }

    fn claims() -> Value {
        let (account, session) = ids();
        json!({ "iss": ISSUER, "aud": "parlor", "sub": account.uuid(), "sid": session.uuid(), "iat": 1_800_000_000, "exp": 1_800_000_900 })
    }

    /// Returns `base` with one member replaced, or removed by null.
    fn with(mut base: Value, name: &str, value: Value) -> Value {
        base[name] = value;
        base.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        base
    }

    /// Signs whatever it is given with HMAC of this algorithm.
    fn forged(header: &Value, claims: &Value, key: &TokenKey, algorithm: Algorithm) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &EncodingKey::from_secret(key.expose()), algorithm).unwrap();
        format!("{message}.{signature}")
    }

    #[test]
    fn a_token_names_its_account_and_session_for_15_minutes() {
        let (key, (account, session)) = (TokenKey::random(&SystemRandom), ids());
        let tokens = tokens(&[&key]);
        let token = tokens.issue(account, session, NOW);
        let expires_at = Timestamp::from_millis(1_800_000_900_000);
        for now in [NOW, NOW.shifted(1), expires_at.shifted(-1)] {
            assert_eq!(tokens.verify(&token, now), Some(AccessClaims { account, session, expires_at }));
        }
        for late in [expires_at, expires_at.shifted(1), Timestamp::NEVER] {
            assert_eq!(tokens.verify(&token, late), None, "although it is remembered");
            assert_eq!(super::tests::tokens(&[&key]).verify(&token, late), None);
        }
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
        assert_eq!(header, super::tests::header(&key));
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
        let ids = json!({ "sub": account.uuid(), "sid": session.uuid(), "iat": 1_800_000_000, "exp": 1_800_000_900 });
        assert_eq!(claims, with(with(ids, "iss", json!(ISSUER)), "aud", json!("parlor")));
    }

    #[test]
    fn both_keys_verify_and_the_first_signs() {
        let (old, new, (account, session)) = (TokenKey::random(&SystemRandom), TokenKey::random(&SystemRandom), ids());
        let before = tokens(&[&old]).issue(account, session, NOW);
        let after = tokens(&[&new, &old]).issue(account, session, NOW);
        assert!(tokens(&[&new, &old]).verify(&before, NOW).is_some());
        assert!(tokens(&[&new]).verify(&after, NOW).is_some() && tokens(&[&old]).verify(&after, NOW).is_none());
        assert!(tokens(&[&new]).verify(&before, NOW).is_none(), "the old key is gone");
    }

    #[test]
    fn a_header_chooses_neither_algorithm_nor_key() {
        let (key, foreign) = (TokenKey::random(&SystemRandom), TokenKey::random(&SystemRandom));
        let tokens = tokens(&[&key]);
        let accepts = |header: &Value, algorithm| tokens.verify(&forged(header, &claims(), &key, algorithm), NOW).is_some();
        assert!(accepts(&header(&key), Algorithm::HS256));
        for (name, algorithm) in [("HS384", Algorithm::HS384), ("HS512", Algorithm::HS512), ("RS256", Algorithm::HS256), ("none", Algorithm::HS256)] {
            assert!(!accepts(&with(header(&key), "alg", json!(name)), algorithm), "{name}");
        }
        let paths = ["", "../../dev/null", "/dev/null", "' or 1=1", "00000000", &foreign.id()].map(|id| json!(id));
        for id in paths.into_iter().chain([Value::Null, json!(0)]) {
            assert!(!accepts(&with(header(&key), "kid", id.clone()), Algorithm::HS256), "{id}");
        }
        for kind in [json!("JWT"), json!("jwt"), json!("dpop+jwt"), Value::Null] {
            assert!(!accepts(&with(header(&key), "typ", kind.clone()), Algorithm::HS256), "{kind}");
        }
        assert!(tokens.verify(&forged(&header(&key), &claims(), &foreign, Algorithm::HS256), NOW).is_none(), "our id, another key");
        let elsewhere = with(with(header(&key), "jku", json!("http://127.0.0.1:1/")), "x5u", json!("http://127.0.0.1:1/"));
        let theirs = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(foreign.expose()) });
        let elsewhere = with(elsewhere, "jwk", theirs);
        assert!(accepts(&elsewhere, Algorithm::HS256), "ours is used");
        assert!(tokens.verify(&forged(&elsewhere, &claims(), &foreign, Algorithm::HS256), NOW).is_none(), "theirs is not");
    }

    #[test]
    fn every_claim_is_checked() {
        let key = TokenKey::random(&SystemRandom);
        let tokens = tokens(&[&key]);
        let accepts = |claims: &Value| tokens.verify(&forged(&header(&key), claims, &key, Algorithm::HS256), NOW).is_some();
        assert!(accepts(&claims()));
        for name in ["iss", "aud", "sub", "sid", "iat", "exp"] {
            assert!(!accepts(&with(claims(), name, Value::Null)), "without {name}");
        }
        let expiries = [json!(1_800_000_000), json!(-1), json!(0), json!("1800000900"), json!(1e300), json!(i64::MAX), json!(u64::MAX)];
        let wrong = [("iss", json!("https://other.example")), ("iss", json!("")), ("aud", json!("other")), ("aud", json!(["parlor"]))];
        let nobody = [("sub", json!("")), ("sub", json!("root")), ("sub", json!(AccountId::NIL.uuid())), ("sid", json!("x")), ("sid", json!(7))];
        for (name, value) in expiries.map(|value| ("exp", value)).into_iter().chain(wrong).chain(nobody) {
            assert!(!accepts(&with(claims(), name, value.clone())), "{name}: {value}");
        }
        assert_eq!(tokens.remembered.len(), 1, "what is refused is not remembered");
    }

    #[test]
    fn whatever_else_is_sent_is_no_token() {
        let (key, (account, session)) = (TokenKey::random(&SystemRandom), ids());
        let tokens = tokens(&[&key]);
        let token = tokens.issue(account, session, NOW);
        assert!(tokens.verify(&token, NOW).is_some());
        for end in 0..token.len() {
            assert_eq!(tokens.verify(&token[..end], NOW), None);
        }
        for at in 0..token.len() {
            let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
            assert_eq!(tokens.verify(&format!("{}{other}{}", &token[..at], &token[at + 1..]), NOW), None);
        }
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        let long = "a".repeat(10_000);
        for wrong in ["", ".", "..", "...", "e30.e30.", "\0", "é.é.é", &long, &format!("{long}.{long}.{long}"), unsigned, &format!("{unsigned}.")]
        {
            assert_eq!(tokens.verify(wrong, NOW), None, "{wrong}");
        }
        for around in [format!(" {token}"), format!("{token} "), format!("{token}="), format!("{token}.{token}"), format!("Bearer {token}")] {
            assert_eq!(tokens.verify(&around, NOW), None);
        }
    }

    #[test]
    fn the_remembered_tokens_are_limited() {
        let (tokens, (account, session)) = (tokens(&[&TokenKey::random(&SystemRandom)]), ids());
        for number in 0..2 * MAX_REMEMBERED {
            tokens.remembered.insert(number.to_string().into(), AccessClaims { account, session, expires_at: NOW });
        }
        assert!((MAX_REMEMBERED / 2..=MAX_REMEMBERED).contains(&tokens.remembered.len()), "{tokens:?}");
    }
}
