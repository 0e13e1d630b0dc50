//! The header that names a request in the log and in its response.

use axum::http::HeaderName;

/// The request id. A client's own is not taken over.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
