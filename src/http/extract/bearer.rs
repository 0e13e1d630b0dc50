//! The caller, from the `Authorization` header.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::client_addr::charge;
use super::headers::single;
use crate::http::respond::problem::{Code, Problem};
use crate::service::authorization::Caller;

/// Extracts the caller from the `Authorization` header.
#[derive(Debug)]
pub(in crate::http) struct Bearer(pub(in crate::http) Caller);

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let charge = charge(parts)?;
        let header = single(&parts.headers, &header::AUTHORIZATION).map_err(|()| Problem::new(Code::Unauthenticated))?;
        let Some(header) = header else { return Ok(Self(Caller::anonymous(charge))) };
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_matches(' '),
            _ => return Err(Problem::new(Code::Unauthenticated)),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if token.is_empty() || !token.bytes().all(plain) {
            return Err(Problem::new(Code::Unauthenticated));
        }
        Ok(Self(Caller::from_token(token, charge)))
    }
}
