//! The limits of webhooks.

use std::time::Duration;

use super::{CHAT, LimitRow, NODE, number, refused, span};
use crate::domain::webhook::{MAX_PAUSE, MAX_RETRY_AFTER, MAX_WAITING, MAX_WEBHOOKS, RETRY_DELAYS};
use crate::http::respond::problem::Code;
use crate::service::jobs::deliveries::MAX_DELIVERIES_IN_FLIGHT;
use crate::service::notify::outbound::{MAX_PER_HOST, MAX_RESPONSE_BYTES, REQUEST_TIMEOUT};

const WEBHOOK: &str = "webhook: its receiver may be down, and others must not notice";
const HOST: &str = "host, and its address: no host is flooded, and none holds up the others";

/// Returns the limits of webhooks.
pub(super) fn of_webhooks() -> Vec<LimitRow> {
    let hours = Duration::from_hours(RETRY_DELAYS.iter().sum::<Duration>().as_secs() / 3_600);
    let waits = "further ones wait in the log of the chat";
    vec![
        LimitRow::new("Webhooks of a chat", CHAT, number(MAX_WEBHOOKS), refused(Code::ChatFull)),
        LimitRow::new("Time for one delivery, connecting included", WEBHOOK, span(REQUEST_TIMEOUT), "it is tried again"),
        LimitRow::new(
            "Retries of a delivery",
            WEBHOOK,
            format!("{}, the last one after {}", number(RETRY_DELAYS.len()), span(hours)),
            "the webhook is disabled, unless it accepted others meanwhile",
        ),
        LimitRow::new("Deliveries that wait for a retry", WEBHOOK, number(MAX_WAITING), waits),
        LimitRow::new(
            "Pause after failures in a row",
            WEBHOOK,
            format!("up to {}, up to {} if the receiver asks for it", span(MAX_PAUSE), span(MAX_RETRY_AFTER)),
            waits,
        ),
        LimitRow::new("Body of a response to a delivery", WEBHOOK, super::size(MAX_RESPONSE_BYTES), "the rest is not read"),
        LimitRow::new("Deliveries in flight to one host", HOST, number(MAX_PER_HOST), waits),
        LimitRow::new("Deliveries in flight", NODE, number(MAX_DELIVERIES_IN_FLIGHT), waits),
    ]
}
