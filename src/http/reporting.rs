//! How a flaw is reported, and what robots are told: texts for those who come by themselves (SEC-197).

use std::fmt::Write as _;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;

use super::App;
use super::web::page;

/// How long the text may be believed. RFC 9116 asks for less than a year.
const BELIEVED: Duration = Duration::from_hours(180 * 24);

const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Nothing is forbidden: whoever may not read a page cannot read there either that it is to be forgotten, and keeps its bare address.
const ROBOTS: &str = "# Pages of chats and links ask, when they are read, not to be kept.\nUser-agent: *\nDisallow:\n";

/// The texts.
pub(super) fn pages() -> Router<App> {
    Router::new()
        .route("/.well-known/security.txt", get(security))
        .route("/security", page("security.html"))
        .route("/robots.txt", get(async || ([(header::CONTENT_TYPE, PLAIN)], ROBOTS)))
}

/// RFC 9116.
async fn security(State(app): State<App>) -> impl IntoResponse {
    let until = app.present.time(app.service.now() + BELIEVED);
    let mut text = format!("Contact: {}\nExpires: {until}\nPreferred-Languages: en\n", app.site.contact());
    if let Some(origin) = app.site.named() {
        writeln!(text, "Canonical: {origin}/.well-known/security.txt").expect("writing into memory succeeds");
    }
    ([(header::CONTENT_TYPE, PLAIN)], text)
}
