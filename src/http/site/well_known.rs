//! Well-known files: `security.txt`, the security page, `robots.txt` (SEC-197).

use std::fmt::Write as _;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

use super::pages::page;
use crate::http::app::AppState;

/// Validity of `security.txt`. RFC 9116 recommends less than a year.
const VALIDITY: Duration = Duration::from_hours(180 * 24);

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Allows crawling: a crawler that is blocked never sees `noindex`, and may still index the URL.
const ROBOTS: &str = "# Pages of chats and links are marked noindex, which a crawler must read.\nUser-agent: *\nDisallow:\n";

/// Returns the routes of the well-known files.
pub(in crate::http) fn pages() -> Router<AppState> {
    Router::new()
        .route("/.well-known/security.txt", get(security_txt))
        .route("/security", page("pages/security.html"))
        .route("/robots.txt", get(async || ([(header::CONTENT_TYPE, PLAIN)], ROBOTS)))
}

/// Serves `security.txt` (RFC 9116).
async fn security_txt(State(app): State<AppState>) -> impl IntoResponse {
    let until = app.present.time(app.service.now() + VALIDITY);
    let mut text = format!("Contact: {}\nExpires: {until}\nPreferred-Languages: en\n", app.site.contact());
    if let Some(origin) = app.site.named() {
        writeln!(text, "Canonical: {origin}/.well-known/security.txt").expect("writing into memory succeeds");
    }
    ([(header::CONTENT_TYPE, PLAIN)], text)
}
