//! `/metrics`: what was counted, in the form that Prometheus reads.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::App;
use super::connection::Connections;
use super::problem::{Code, Problem};
use crate::service::figures::Tally;

/// What is looked at.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) app: App,
    pub(super) connections: Arc<Connections>,
}

/// What `encode` writes.
const OPEN_METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// The numbers as they are now. They are collected when somebody asks, so that nobody pays for them before.
pub(super) async fn metrics(State(watched): State<Watched>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("parlor");
    registry.register("build", "Which program this is", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    let tally = watched.app.service.tally().await?;
    count(&watched, tally, &mut registry);
    watched.app.meter.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|_| Problem::new(Code::Internal))?;
    let headers = [(header::CONTENT_TYPE, OPEN_METRICS), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, text).into_response())
}

/// What is kept, what the use cases count.
fn count(watched: &Watched, tally: Tally, registry: &mut Registry) {
    let figures = watched.app.service.figures();
    let gauges = [
        ("chats", "Chats that are kept", tally.chats),
        ("members", "Members of all chats", tally.members),
        ("bytes_held", "Bytes that the store holds", tally.held),
        ("bytes_most", "Bytes that the store may hold", tally.most),
        ("streams", "Streams that are open", figures.streams()),
        ("connections", "Connections that are open", watched.connections.count() as u64),
    ];
    for (name, words, value) in gauges {
        registry.register(name, words, ConstGauge::new(value));
    }
    let counters = [
        ("posts", "Messages that were posted", &figures.posts),
        ("knocks", "Knocks that arrived", &figures.knocks),
        ("deliveries", "Entries handed to listeners, to each of them anew", &figures.deliveries),
        ("repaired_rings", "Logs of which the audit knew more than their listeners had been told", &figures.repaired_rings),
    ];
    for (name, words, count) in counters {
        registry.register(name, words, ConstCounter::new(count.get()));
    }
}
