//! HTML pages: static, independent of the ids in their URLs.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get};

use super::assets;
use crate::http::app::AppState;

/// The content security policy of pages (SEC-130).
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
);

/// Returns the routes of the pages.
pub(in crate::http) fn pages() -> Router<AppState> {
    Router::new()
        .route("/", page("pages/start.html"))
        .route("/l/{link_id}", page("pages/link.html"))
        .route("/c/{chat_id}", page("pages/chat.html"))
        .route("/sign-in", page("pages/sign_in.html"))
        .route("/sign-up", page("pages/sign_up.html"))
        .route("/verify", page("pages/verify.html"))
        .route("/reset", page("pages/reset.html"))
        .route("/account", page("pages/account.html"))
}

/// Serves a file of the client as a page. It reveals nothing about the chat or link in its URL.
pub(in crate::http) fn page(path: &str) -> MethodRouter<AppState> {
    let file = assets::file(path).expect("the client has this page");
    get(async move |State(app): State<AppState>, headers: HeaderMap| {
        let policy = [(header::CONTENT_SECURITY_POLICY, POLICY)];
        match app.site.base() {
            "" => (policy, file.encoded(&headers)).into_response(),
            base => (policy, file.below(base)).into_response(),
        }
    })
}
