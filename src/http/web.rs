//! The pages that a browser shows: inert, whatever their address says.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use super::App;

/// SEC-130.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);

/// The pages.
pub(super) fn pages() -> Router<App> {
    Router::new()
        .route("/", get(async || page(include_str!("../web/start.html"))))
        .route("/l/{link_id}", get(async || page(include_str!("../web/link.html"))))
        .route("/c/{chat_id}", get(async || page(include_str!("../web/chat.html"))))
}

/// An inert page: it says nothing of what its address names.
pub(super) fn page(html: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html))
}
