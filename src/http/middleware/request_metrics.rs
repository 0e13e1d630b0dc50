//! Metrics of requests and refusals: bounded labels that name no chat and no person.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::http::respond::problem::Code;
use crate::transport::refusals::Refusals;

/// Upper bounds of the latency histogram's buckets, in seconds.
const LATENCY_BUCKETS: [f64; 11] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Counts requests and refusals.
#[derive(Debug)]
pub struct RequestMetrics {
    refusals: Family<[(&'static str, &'static str); 1], Counter>,
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
}

impl Default for RequestMetrics {
    fn default() -> Self {
        let requests = Family::new_with_constructor((|| Histogram::new(LATENCY_BUCKETS)) as fn() -> Histogram);
        Self { refusals: Family::default(), requests }
    }
}

impl RequestMetrics {
    /// Counts a refusal by the code of its problem.
    pub(in crate::http) fn count_refusal(&self, code: Code) {
        self.count(code.name());
    }

    /// Records a response by its route. A stream is measured until its head.
    pub(in crate::http) fn record(&self, route: Option<MatchedPath>, status: StatusCode, took: Duration) {
        self.requests.get_or_create(&RequestLabels { route, class: class(status) }).observe(took.as_secs_f64());
    }

    /// Registers the metrics for export.
    pub(in crate::http) fn register(&self, registry: &mut Registry) {
        registry.register("refusals", "What was refused because there was too much of it", self.refusals.clone());
        let words = "How long answers took; streams count until their head";
        registry.register_with_unit("request", words, Unit::Seconds, self.requests.clone());
    }
}

impl Refusals for RequestMetrics {
    fn count(&self, reason: &'static str) {
        self.refusals.get_or_create(&[("reason", reason)]).inc();
    }
}

/// The route and the status class of a request.
#[derive(Clone, Debug)]
struct RequestLabels {
    route: Option<MatchedPath>,
    class: &'static str,
}

impl RequestLabels {
    fn labels(&self) -> [(&'static str, &str); 2] {
        [("route", pattern(self.route.as_ref())), ("class", self.class)]
    }
}

impl PartialEq for RequestLabels {
    fn eq(&self, other: &Self) -> bool {
        self.labels() == other.labels()
    }
}

impl Eq for RequestLabels {}

impl Hash for RequestLabels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.labels().hash(state);
    }
}

impl EncodeLabelSet for RequestLabels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.labels().encode(encoder)
    }
}

/// What the router has for a path; where it has nothing, a dash, and never the path.
pub(in crate::http) fn pattern(route: Option<&MatchedPath>) -> &str {
    route.map_or("-", MatchedPath::as_str)
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
