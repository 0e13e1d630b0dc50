//! The routes of the admin listener, which are no part of the public API.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post, put};

use super::state::AdminState;
use super::{accounts, chats, metrics, origin, reports};
use crate::http::api::health;
use crate::http::app::AppState;
use crate::http::respond::problem::{Code, Problem};
use crate::transport::server::HttpServer;

/// Returns the router of `--admin-listen` at `address`. It requires no credentials: access is controlled by who can reach the address, and browsers are
/// kept out (SEC-068, SEC-192).
pub fn router(app: AppState, connections: Arc<HttpServer>, address: SocketAddr) -> Router {
    let state = AdminState { app, connections, address };
    Router::new()
        .route("/users", get(accounts::list_users).post(accounts::create_user))
        .route("/users/{username}", delete(accounts::delete_user))
        .route("/users/{username}/suspension", put(accounts::suspend_user).delete(accounts::reinstate_user))
        .route("/users/{username}/password-reset", post(accounts::reset_password))
        .route("/chats/{chat_id}", delete(chats::delete_chat))
        .route("/reports", get(reports::list_reports))
        .route("/reports/{report_id}", patch(reports::update_report))
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(async || Problem::new(Code::NotFound))
        .method_not_allowed_fallback(async || Problem::new(Code::MethodNotAllowed))
        .layer(from_fn_with_state(state.clone(), origin::handle))
        .with_state(state)
}
