//! The pages that a browser shows: inert, whatever their address says.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get};

use super::{App, assets};

/// SEC-130.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);

/// The pages.
pub(super) fn pages() -> Router<App> {
    Router::new().route("/", page("start.html")).route("/l/{link_id}", page("link.html")).route("/c/{chat_id}", page("chat.html"))
}

/// An inert page, from this file of the client: it says nothing of what its address names.
pub(super) fn page(path: &str) -> MethodRouter<App> {
    let file = assets::file(path).expect("the client has this page");
    get(async move |State(app): State<App>, headers: HeaderMap| {
        let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
        match app.site.base() {
            "" => (policy, file.packed(&headers)).into_response(),
            base => (policy, file.below(base)).into_response(),
        }
    })
}
