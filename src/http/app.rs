//! The application state shared by all handlers.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use ipnet::IpNet;

use super::middleware::load_shedding::LoadShedder;
use super::middleware::request_metrics::RequestMetrics;
use super::respond::present::Present;
use super::site::settings::PublicSite;
use crate::service::Service;

/// The shared state of all handlers. It is cloned for every request.
#[derive(Clone, Debug)]
pub struct AppState(Arc<AppStateInner>);

/// The parts of the application state.
#[derive(Debug)]
pub struct AppStateInner {
    /// The use cases.
    pub service: Arc<Service>,
    /// Converts domain values to responses.
    pub present: Present,
    /// Proxies whose forwarding headers are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Refuses requests of low priority under load.
    pub load: LoadShedder,
    /// Metrics of requests.
    pub metrics: Arc<RequestMetrics>,
    /// The public address of this server, and related settings.
    pub site: PublicSite,
}

impl From<AppStateInner> for AppState {
    fn from(inner: AppStateInner) -> Self {
        Self(Arc::new(inner))
    }
}

/// Lets an extractor ask for the use cases alone.
impl FromRef<AppState> for Arc<Service> {
    fn from_ref(app: &AppState) -> Self {
        app.service.clone()
    }
}

impl Deref for AppState {
    type Target = AppStateInner;

    fn deref(&self) -> &AppStateInner {
        &self.0
    }
}
