//! The routes of the admin listener: metrics and health checks.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;

use super::metrics;
use super::metrics::AdminState;
use crate::http::api::health;
use crate::http::app::AppState;
use crate::transport::server::HttpServer;

impl FromRef<AdminState> for AppState {
    fn from_ref(state: &AdminState) -> Self {
        state.app.clone()
    }
}

/// Returns the router of `--admin-listen`. It requires no credentials: metrics contain no personal data, and access is controlled by who can reach
/// the address (SEC-068, SEC-192).
pub fn router(app: AppState, connections: Arc<HttpServer>) -> Router {
    Router::new()
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(AdminState { app, connections })
}
