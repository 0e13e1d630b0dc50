//! The place in a request where its stream may be handed over.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::transport::handover::Handover;

/// Extracts the handover of the connection, if the stream may be handed over to a writer.
#[derive(Debug)]
pub(in crate::http) struct HandoverSlot(pub(in crate::http) Option<Handover>);

impl<S: Send + Sync> FromRequestParts<S> for HandoverSlot {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned()))
    }
}
