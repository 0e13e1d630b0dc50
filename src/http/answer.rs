//! What is the same for every answer: a request id, headers that keep secrets, problem bodies, a count, a line in the log.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::connection::OneTooMany;
use super::problem::{Code, Problem};
use super::{App, headers, host, meter, origins};

/// Names a request in the log and in its answer. A client's own is not taken over.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many headers every answer gets.
const OURS: usize = 6;
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Dresses the answer of `request`.
pub async fn dress(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = app.service.request_id();
    let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    let started = started();
    let response = match request.extensions().get::<OneTooMany>() {
        Some(OneTooMany) => Problem::new(Code::TooManyConnections).into_response(),
        None => match host::refusal(&request) {
            Some(problem) => problem.into_response(),
            None => origins::heed(app.clone(), request, next).await,
        },
    };
    let (mut response, problem) = with_problem_body(response, id);
    if let Some(code) = problem.filter(|code| code.refuses()) {
        app.meter.refused(code.name());
    }
    let mut name = Uuid::encode_buffer();
    let name = &*id.as_hyphenated().encode_lower(&mut name);
    // Room for all that follows: to grow step by step costs more.
    response.headers_mut().reserve(OURS);
    if let Ok(value) = HeaderValue::from_str(name) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    headers::add(response.headers_mut(), &app.site);
    let (status, took) = (response.status(), started.elapsed());
    log(name, &method, meter::pattern(route.as_ref()), status, took);
    app.meter.answered(route, status, took);
    response
}

/// A line of the log, without anything that the client chose. What is refused in a flood is not worth a line each.
fn log(request_id: &str, method: &Method, route: &str, status: StatusCode, took: Duration) {
    let method = if method.is_safe() || [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method) { method.as_str() } else { "-" };
    let (status, ms) = (status.as_u16(), took.as_secs_f64() * 1e3);
    if matches!(status, 429 | 503) {
        tracing::debug!(request_id, method, route, status, ms, "refused");
    } else {
        tracing::info!(request_id, method, route, status, ms, "answered");
    }
}

/// What a handler answers, even where it panics. The panic's words are dropped: text that was sliced in the wrong place stands in them.
pub(super) async fn handled(request: Request, next: Next) -> Response {
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    handled.unwrap_or_else(|_| Problem::new(Code::Internal).into_response())
}

/// Paths work with and without a trailing slash; the documentation keeps its own.
#[must_use]
pub fn without_trailing_slash(mut request: Request<Body>) -> Request<Body> {
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

#[expect(clippy::disallowed_methods, reason = "how long an answer took decides nothing")]
fn started() -> Instant {
    Instant::now()
}

/// Writes the body of a problem, whoever made it; says which kind it is.
fn with_problem_body(mut response: Response, id: Uuid) -> (Response, Option<Code>) {
    let ours = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let Some(problem) = ours.or_else(|| failed.then(|| Problem::of_status(status))) else { return (response, None) };
    let code = problem.code();
    let (mut parts, _) = response.into_parts();
    for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    let body = problem.body(id);
    parts.status = StatusCode::from_u16(body.status).unwrap_or(parts.status);
    let (json, content) = Json(body).into_response().into_parts();
    parts.headers.extend(json.headers);
    parts.headers.insert(header::CONTENT_TYPE, PROBLEM);
    (Response::from_parts(parts, content), Some(code))
}
