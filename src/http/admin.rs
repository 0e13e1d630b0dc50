//! What whoever runs the program is shown, on a listener of its own: numbers and health, nothing else.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;

use super::connection::Connections;
use super::metrics::{self, Watched};
use super::{App, health};

impl FromRef<Watched> for App {
    fn from_ref(watched: &Watched) -> Self {
        watched.app.clone()
    }
}

/// Everything that the listener of `--admin-listen` serves. It has no credentials: the numbers tell of nobody, and who may reach the address decides who
/// reads them (SEC-068, SEC-192).
pub fn router(app: App, connections: Arc<Connections>) -> Router {
    Router::new()
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .with_state(Watched { app, connections })
}
