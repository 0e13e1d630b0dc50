//! `/metrics` in the `OpenMetrics` text format, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::http::app::AppState;
use crate::http::respond::problem::{Code, Problem};
use crate::service::counters::Usage;
use crate::service::notify::mail::MailCounts;
use crate::transport::server::HttpServer;

/// The state of the admin listener's handlers.
#[derive(Clone, Debug)]
pub(in crate::http) struct AdminState {
    pub(in crate::http) app: AppState,
    pub(in crate::http) connections: Arc<HttpServer>,
}

/// The content type of what `encode` writes.
const OPEN_METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Returns the current metrics. They are collected on request only, so that they cost nothing otherwise.
pub(in crate::http) async fn metrics(State(state): State<AdminState>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("parlor");
    registry.register("build", "Version of this build", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    let usage = state.app.service.usage().await?;
    count(&state, usage, &mut registry);
    state.app.metrics.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| Problem::new(Code::Internal))?;
    let headers = [(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, text).into_response())
}

/// Registers the usage of the store and the counters of the service.
fn count(state: &AdminState, usage: Usage, registry: &mut Registry) {
    let counts = state.app.service.counters();
    let gauges = [
        ("chats", "Stored chats", usage.chats),
        ("members", "Members of all chats", usage.members),
        ("bytes_held", "Bytes used by the store", usage.held),
        ("bytes_most", "Limit of the bytes used by the store", usage.most),
        ("streams", "Open streams", counts.streams()),
        ("connections", "Open connections", state.connections.count() as u64),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
    let counters = [
        ("posts", "Messages posted", &counts.posts),
        ("knocks", "Knocks created", &counts.knocks),
        ("deliveries", "Entries delivered to streams, counted per stream", &counts.deliveries),
        ("repaired_rings", "Logs whose head the audit moved forward because a notification was missing", &counts.repaired_rings),
    ];
    for (name, help, count) in counters {
        registry.register(name, help, ConstCounter::new(count.get()));
    }
    let mails = Family::<[(&str, &str); 1], Counter>::default();
    let MailCounts { sent, failed, dropped } = state.app.service.mail_counts();
    for (outcome, count) in [("sent", sent), ("failed", failed), ("dropped", dropped)] {
        mails.get_or_create(&[("outcome", outcome)]).inc_by(count);
    }
    registry.register("mails", "Mails by outcome", mails);
}
