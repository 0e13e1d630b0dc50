//! The caller, from the `Authorization` header.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::client_addr::charge;
use super::headers::single;
use crate::http::respond::problem::{Code, Problem};
use crate::service::Service;
use crate::service::authorization::Caller;
use crate::service::charge::Charge;

/// Extracts the caller from the `Authorization` header.
#[derive(Debug)]
pub(in crate::http) struct Bearer(pub(in crate::http) Caller);

/// Extracts the caller from an `Authorization` header with an access token. Charges the request to the account.
#[derive(Debug)]
pub(in crate::http) struct AccountBearer(pub(in crate::http) Caller);

/// Extracts a caller without looking at the `Authorization` header, so that an expired token does not bar the way to a new one.
#[derive(Debug)]
pub(in crate::http) struct Anonymous(pub(in crate::http) Caller);

impl<S: Send + Sync> FromRequestParts<S> for AccountBearer
where
    Arc<Service>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Bearer(caller) = Bearer::from_request_parts(parts, state).await?;
        Arc::<Service>::from_ref(state).admit_account(&caller)?;
        Ok(Self(caller))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Anonymous {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        charge(parts).map(|charge| Self(Caller::anonymous(charge)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer
where
    Arc<Service>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let charge = charge(parts)?;
        let header = single(&parts.headers, &header::AUTHORIZATION).map_err(|()| malformed())?;
        let Some(header) = header else { return Ok(Self(Caller::anonymous(charge))) };
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim_matches(' '),
            _ => return Err(malformed()),
        };
        caller_of(&Arc::<Service>::from_ref(state), token, charge).await.map(Self)
    }
}

/// Returns the caller that presents this credential.
pub(in crate::http) async fn caller_of(service: &Service, token: &str, charge: Charge) -> Result<Caller, Problem> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if token.is_empty() || !token.bytes().all(plain) {
        return Err(malformed());
    }
    // Every access token has a dot, and no credential of a chat does.
    if token.contains('.') {
        return Ok(service.authenticate(token, charge).await?);
    }
    Ok(Caller::from_token(token, charge))
}

fn malformed() -> Problem {
    Problem::new(Code::Unauthenticated).with_detail("The Authorization header must consist of Bearer, a space and your credential.")
}
