//! Turns a panic of a handler into a problem.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;

use crate::http::respond::problem::{Code, Problem};

/// Runs the handler; answers 500 if it panics. The panic's message is dropped, since it may quote text of users.
pub(in crate::http) async fn catch_panic(request: Request, next: Next) -> Response {
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    response.unwrap_or_else(|_| Problem::new(Code::Internal).into_response())
}
