//! Whether the program is there, for those who watch over it.

use axum::extract::State;
use axum::http::StatusCode;

use super::App;
use super::problem::{Code, Problem};

/// Says that the program runs.
///
/// It says nothing about anything it depends on.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "It runs", body = String, example = "ok")))]
pub(super) async fn healthz() -> &'static str {
    "ok"
}

/// Says that the program can serve.
///
/// While it shuts down it cannot.
#[utoipa::path(get, path = "/readyz", tag = "health", responses((status = 200, description = "It serves", body = String, example = "ok")))]
pub(super) async fn readyz(State(app): State<App>) -> Result<(StatusCode, &'static str), Problem> {
    if app.service.is_closing() { Err(Problem::new(Code::ShuttingDown)) } else { Ok((StatusCode::OK, "ok")) }
}
