//! Health checks.

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::app::AppState;
use crate::http::respond::problem::{Code, Problem};

/// Reports that the server is running.
///
/// It does not check dependencies.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "The server is running", body = String, example = "ok")))]
pub(in crate::http) async fn healthz() -> &'static str {
    "ok"
}

/// Reports that the server is ready.
///
/// It is not ready while it shuts down.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, description = "The server is ready", body = String, example = "ok")))]
pub(in crate::http) async fn readyz(State(app): State<AppState>) -> Result<(StatusCode, &'static str), Problem> {
    if app.service.is_closing() { Err(Problem::new(Code::ShuttingDown)) } else { Ok((StatusCode::OK, "ok")) }
}
