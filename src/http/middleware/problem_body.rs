//! Writes the body of a problem, whichever layer answered with it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::http::respond::problem::{Code, Problem};

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Writes the body of a response that failed. Returns the code of its problem, too.
pub(super) fn with_problem_body(mut response: Response, id: Uuid) -> (Response, Option<Code>) {
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
