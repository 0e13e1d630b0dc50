//! Removes the trailing slash of paths, so that they work with and without one.

use axum::body::Body;
use axum::extract::Request;
use axum::http::Uri;

/// Removes a trailing slash from the path. Paths below `/docs` keep theirs.
#[must_use]
pub(in crate::http) fn normalize_path(mut request: Request<Body>) -> Request<Body> {
    let path = request.uri().path();
    let Some(shorter) = path.strip_suffix('/').filter(|shorter| !shorter.is_empty() && !path.starts_with("/docs")) else { return request };
    let wanted = match request.uri().query() {
        Some(query) => format!("{shorter}?{query}"),
        None => shorter.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    if let Ok(path) = wanted.parse() {
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}
