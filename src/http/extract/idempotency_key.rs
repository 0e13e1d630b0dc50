//! The idempotency key of a request, and the header of a replayed response.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, Uri};

use super::headers::single;
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::http::respond::problem::Problem;
use crate::service::authorization::Caller;
use crate::wire::secret::Secret;

/// The request header with the idempotency key.
pub(in crate::http) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The field that problems name.
const HEADER: &str = "Idempotency-Key";
/// The response header that marks a replayed response.
pub(in crate::http) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Extracts the idempotency key, with the method and path it applies to.
#[derive(Debug)]
pub(in crate::http) struct IdempotencyHeader(Option<Keyed>);

#[derive(Debug)]
struct Keyed {
    text: Secret,
    method: Method,
    uri: Uri,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = single(&parts.headers, &IDEMPOTENCY_KEY).map_err(|()| malformed(HEADER))?;
        let Some(text) = text else { return Ok(Self(None)) };
        if !is_well_formed(text) {
            return Err(malformed(HEADER));
        }
        Ok(Self(Some(Keyed { text: Secret::new(text), method: parts.method.clone(), uri: parts.uri.clone() })))
    }
}

impl IdempotencyHeader {
    /// Returns the key for this caller and body, if one was sent.
    pub(in crate::http) fn of(self, caller: &Caller, body: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(Keyed { text, method, uri }) = self.0 else { return Ok(None) };
        key_of(HEADER, text.expose(), caller, method.as_str(), uri.path(), body).map(Some)
    }
}

fn is_well_formed(text: &str) -> bool {
    !text.is_empty() && text.len() <= IdempotencyKey::MAX_LEN && text.bytes().all(|b| b.is_ascii_graphic())
}

fn malformed(field: &'static str) -> Problem {
    Problem::invalid(field, "must be 1 to 255 visible ASCII characters, sent once")
}

/// Returns the key that this caller sent in `field`, for a method, a path and a body. Without a credential it must be long enough to be hard to guess.
pub(in crate::http) fn key_of(
    field: &'static str,
    key: &str,
    caller: &Caller,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<IdempotencyKey, Problem> {
    if !is_well_formed(key) {
        return Err(malformed(field));
    }
    let who = caller.principal();
    if who.is_none() && key.len() < IdempotencyKey::MIN_LEN_ANONYMOUS {
        return Err(Problem::invalid(field, "must have at least 22 characters where nothing else tells callers apart"));
    }
    Ok(IdempotencyKey::new(who, method, path, key, body))
}

/// Returns the header that marks a replayed response, if it is one.
pub(in crate::http) fn replay_header<T>(once: &Idempotent<T>) -> Option<[(HeaderName, &'static str); 1]> {
    once.replayed.then_some([(REPLAYED, "true")])
}
