//! The client address, as admission resolved it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::domain::client_address::ClientAddress;
use crate::http::respond::problem::{Code, Problem};
use crate::service::charge::Charge;

/// Extracts the client address that the admission middleware resolved.
#[derive(Debug)]
pub(in crate::http) struct ClientAddr(pub(in crate::http) ClientAddress);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddr {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        charge(parts).map(|charge| Self(charge.address()))
    }
}

/// Returns the charge that the admission middleware opened for the request.
pub(super) fn charge(parts: &Parts) -> Result<Charge, Problem> {
    parts.extensions.get().cloned().ok_or_else(|| Problem::new(Code::Internal))
}
