//! One log line for each response, without anything that the client chose.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use uuid::Uuid;

/// Logs a response. Refusals are logged at debug level, since a flood of them would flood the log.
pub(super) fn log(request_id: &str, method: &Method, route: &str, status: StatusCode, took: Duration) {
    let method = if method.is_safe() || [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method) { method.as_str() } else { "-" };
    let (status, ms) = (status.as_u16(), took.as_secs_f64() * 1e3);
    if matches!(status, 429 | 503) {
        tracing::debug!(request_id, method, route, status, ms, "refused");
    } else {
        tracing::info!(request_id, method, route, status, ms, "answered");
    }
}

/// Logs the answer to a command on a socket, by the name of the command.
pub(in crate::http) fn log_command(request_id: Uuid, command: &'static str, status: u16) {
    let route = "/v1/socket";
    if matches!(status, 429 | 503) {
        tracing::debug!(%request_id, route, command, status, "refused");
    } else {
        tracing::info!(%request_id, route, command, status, "answered");
    }
}
