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
            |key: &TokenKey| Key { id: key.id(), signing: EncodingKey::from_secret(key.expose()), verifying: DecodingKey::from_secret(key.expose()) };
        let validation = validation(&issuer);
        Self { keys: keys.iter().map(key).collect(), issuer, validation, remembered: Cache::new(MAX_REMEMBERED) }
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
