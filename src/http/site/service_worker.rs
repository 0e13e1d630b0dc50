//! The service worker of the pages, at a path whose scope is all pages and nothing above them (SEC-139).

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::get;

use super::assets;
use super::pages::POLICY;
use crate::http::app::AppState;

/// Browsers keep a worker for as long as they are not told otherwise: they ask whether it is still the same.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");

/// Returns the route of the worker. Its address has no version, since a browser knows a worker by it.
pub(in crate::http) fn routes() -> Router<AppState> {
    let file = assets::file(assets::SERVICE_WORKER).expect("the client has a service worker");
    let headers = [(header::CACHE_CONTROL, REVALIDATED), (header::CONTENT_SECURITY_POLICY, POLICY)];
    let answer = async move |request_headers: HeaderMap| (headers, file.encoded(&request_headers)).into_response();
    Router::new().route("/service_worker.js", get(answer))
}
