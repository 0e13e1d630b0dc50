//! Middleware: what every request and every response passes, in the order of `handle`.

pub mod admission;
pub(in crate::http) mod access_log;
mod catch_panic;
pub mod client_ip;
pub(in crate::http) mod cors;
mod host;
pub mod load_shedding;
mod normalize_path;
pub mod priority;
mod problem_body;
mod request_id;
pub mod request_metrics;
mod security_headers;

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

pub(super) use self::catch_panic::catch_panic;
pub(super) use self::normalize_path::normalize_path;
use self::request_id::REQUEST_ID;
use super::app::AppState;
use super::respond::problem::{Code, Problem};
use crate::transport::admission::OverConnectionLimit;

/// Number of headers that are added to every response.
const ADDED_HEADERS: usize = 6;

/// Handles a request: checks its head, answers CORS, admits it, runs the handler, then completes, counts and logs the response.
///
/// It is one layer of the router, since each layer costs every request several copies of what lies within.
pub(super) async fn handle(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let id = app.service.request_id();
    let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    let started = started();
    let (response, problem) = complete(&app, id, answer(&app, request, next).await);
    if let Some(code) = problem.filter(|code| code.is_refusal()) {
        app.metrics.count_refusal(code);
    }
    let mut name = Uuid::encode_buffer();
    let name = &*id.as_hyphenated().encode_lower(&mut name);
    let (status, took) = (response.status(), started.elapsed());
    access_log::log(name, &method, request_metrics::pattern(route.as_ref()), status, took);
    app.metrics.record(route, status, took);
    response
}

/// Completes a response: the body of its problem, the request's id, security headers. Returns the code of its problem, too.
pub(super) fn complete(app: &AppState, id: Uuid, response: Response) -> (Response, Option<Code>) {
    let (mut response, problem) = problem_body::with_problem_body(response, id);
    // Reserved at once: growing step by step costs more.
    response.headers_mut().reserve(ADDED_HEADERS);
    if let Ok(value) = HeaderValue::from_str(id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer())) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    security_headers::add(response.headers_mut(), &app.site);
    (response, problem)
}

async fn answer(app: &AppState, request: Request, next: Next) -> Response {
    if request.extensions().get::<OverConnectionLimit>().is_some() {
        return Problem::new(Code::TooManyConnections).into_response();
    }
    if let Some(problem) = host::refusal(&request) {
        return problem.into_response();
    }
    let Some(layer) = app.site.cors() else { return admission::admit(app, request, next).await };
    let admit = |request| {
        let (app, next) = (app.clone(), next.clone());
        async move { admission::admit(&app, request, next).await }
    };
    cors::handle(layer, request, admit).await
}

#[expect(clippy::disallowed_methods, reason = "how long an answer took decides nothing")]
fn started() -> Instant {
    Instant::now()
}
