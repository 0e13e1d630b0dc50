//! `/metrics` in the `OpenMetrics` text format, for Prometheus.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::state::AdminState;
use crate::http::respond::problem::{Code, Problem};
use crate::service::counters::{AccountUsage, Usage};
use crate::service::notify::mail::MailCounts;

/// The content type of what `encode` writes.
const OPEN_METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Returns the current metrics. They are collected on request only, so that they cost nothing otherwise.
pub(in crate::http) async fn metrics(State(state): State<AdminState>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("parlor");
    registry.register("build", "Version of this build", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
    let usage = state.app.service.usage().await?;
    count(&state, usage, &mut registry);
    count_accounts(&state, state.app.service.account_usage().await?, &mut registry);
    count_webhooks(&state, &mut registry);
    count_pushes(&state, &mut registry);
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
        ("streams", "Open streams, with those on sockets", counts.streams()),
        ("sockets", "Open sockets", counts.sockets()),
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
}

/// Registers what concerns accounts.
fn count_accounts(state: &AdminState, usage: AccountUsage, registry: &mut Registry) {
    let (counts, passwords) = (state.app.service.counters(), state.app.service.passwords());
    let gauges = [
        ("accounts", "Accounts", usage.accounts),
        ("sessions", "Sessions of accounts", usage.sessions),
        ("open_reports", "Reports that are open", usage.open_reports),
        ("passwords_waiting", "Passwords that wait to be hashed or verified", passwords.waiting()),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
    registry.register("passwords_hashed", "Passwords hashed or verified", ConstCounter::new(passwords.hashed()));
    let seconds = Duration::from_micros(passwords.hashed_micros()).as_secs_f64();
    registry.register_with_unit("passwords_hashed", "How long hashing and verifying passwords took", Unit::Seconds, ConstCounter::new(seconds));
    let sign_ins = Family::<[(&'static str, &'static str); 1], Counter>::default();
    for (outcome, count) in [("succeeded", &counts.sign_ins), ("failed", &counts.failed_sign_ins), ("suspended", &counts.suspended_sign_ins)] {
        sign_ins.get_or_create(&[("outcome", outcome)]).inc_by(count.get());
    }
    registry.register("sign_ins", "Sign-ins and checks of the current password, by outcome", sign_ins);
    let mails = Family::<[(&'static str, &'static str); 1], Counter>::default();
    let MailCounts { sent, failed, dropped } = state.app.service.mail_counts();
    for (outcome, count) in [("sent", sent), ("failed", failed), ("dropped", dropped)] {
        mails.get_or_create(&[("outcome", outcome)]).inc_by(count);
    }
    registry.register("mails", "Mails by outcome", mails);
}

/// Registers the deliveries of webhooks.
fn count_webhooks(state: &AdminState, registry: &mut Registry) {
    let counts = state.app.service.counters();
    let webhooks = Family::<[(&'static str, &'static str); 1], Counter>::default();
    let outcomes = [
        ("accepted", &counts.accepted_webhooks),
        ("failed", &counts.failed_webhooks),
        ("postponed", &counts.postponed_webhooks),
        ("given_up", &counts.given_up_webhooks),
        ("disabled", &counts.disabled_webhooks),
    ];
    for (outcome, count) in outcomes {
        webhooks.get_or_create(&[("outcome", outcome)]).inc_by(count.get());
    }
    registry.register("webhooks", "Attempts to deliver webhooks by outcome: failed ones are tried again", webhooks);
}

/// Registers the attempts to send pushes.
fn count_pushes(state: &AdminState, registry: &mut Registry) {
    let counts = state.app.service.counters();
    let pushes = Family::<[(&'static str, &'static str); 1], Counter>::default();
    let outcomes = [
        ("accepted", &counts.accepted_pushes),
        ("needless", &counts.needless_pushes),
        ("failed", &counts.failed_pushes),
        ("rejected", &counts.rejected_pushes),
        ("postponed", &counts.postponed_pushes),
        ("given_up", &counts.given_up_pushes),
        ("unsubscribed", &counts.unsubscribed_pushes),
    ];
    for (outcome, count) in outcomes {
        pushes.get_or_create(&[("outcome", outcome)]).inc_by(count.get());
    }
    registry.register("pushes", "Pushes by outcome: failed and postponed ones are tried again", pushes);
}
