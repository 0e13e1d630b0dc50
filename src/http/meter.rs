//! What is counted of requests, refusals: bounded labels, nothing that names a chat or a person.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use axum::extract::MatchedPath;
use axum::http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends of what a request's time is sorted into, in seconds.
const SPANS: [f64; 11] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Counts requests and refusals.
#[derive(Debug)]
pub struct Meter {
    refusals: Family<[(&'static str, &'static str); 1], Counter>,
    requests: Family<Asked, Histogram, fn() -> Histogram>,
}

impl Default for Meter {
    fn default() -> Self {
        let requests = Family::new_with_constructor((|| Histogram::new(SPANS)) as fn() -> Histogram);
        Self { refusals: Family::default(), requests }
    }
}

impl Meter {
    /// Counts a refusal of something that there was too much of; `reason` is a problem's code, or a word for what was refused without a body.
    pub fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&[("reason", reason)]).inc();
    }

    /// Counts an answer, by what the router has for its path. A stream took as long as its head did.
    pub(super) fn answered(&self, route: Option<MatchedPath>, status: StatusCode, took: Duration) {
        self.requests.get_or_create(&Asked { route, class: class(status) }).observe(took.as_secs_f64());
    }

    /// Puts what was counted where it is written from.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("refusals", "What was refused because there was too much of it", self.refusals.clone());
        let words = "How long answers took; streams count until their head";
        registry.register_with_unit("request", words, Unit::Seconds, self.requests.clone());
    }
}

/// What was asked for, as the router has it, and how it went.
#[derive(Clone, Debug)]
struct Asked {
    route: Option<MatchedPath>,
    class: &'static str,
}

impl Asked {
    fn labels(&self) -> [(&'static str, &str); 2] {
        [("route", pattern(self.route.as_ref())), ("class", self.class)]
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.labels() == other.labels()
    }
}

impl Eq for Asked {}

impl Hash for Asked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.labels().hash(state);
    }
}

impl EncodeLabelSet for Asked {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.labels().encode(encoder)
    }
}

/// What the router has for a path; where it has nothing, a dash, and never the path.
pub(super) fn pattern(route: Option<&MatchedPath>) -> &str {
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
