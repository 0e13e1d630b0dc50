//! The state of the admin listener's handlers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::FromRef;

use crate::http::app::AppState;
use crate::transport::server::HttpServer;

/// The state of the admin listener's handlers.
#[derive(Clone, Debug)]
pub(in crate::http) struct AdminState {
    pub(in crate::http) app: AppState,
    /// The public listener.
    pub(in crate::http) connections: Arc<HttpServer>,
    /// The address of the admin listener.
    pub(in crate::http) address: SocketAddr,
}

impl FromRef<AdminState> for AppState {
    fn from_ref(state: &AdminState) -> Self {
        state.app.clone()
    }
}
