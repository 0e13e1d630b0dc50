//! What is refused under load.

use std::time::Duration;

use super::units::span;
use super::{LimitRow, refused};
use crate::http::middleware::load_shedding::SHED_THRESHOLDS;
use crate::http::middleware::priority::Priority;
use crate::http::respond::problem::Code;

const LOAD: &str = "node: requests of the lowest priority are rejected first, for all clients alike";

/// Returns the scheduling lags from which on requests are refused.
pub(super) fn of_load() -> Vec<LimitRow> {
    let row = |(priority, lag): (Priority, Duration)| {
        let what = match priority {
            Priority::Chat => "New chats",
            Priority::Knock => "Knocks and their status",
            Priority::Visitor => "Requests to chats without an `Authorization` header",
            Priority::Member | Priority::Stream => "Requests of members, except streams",
        };
        LimitRow::new(format!("{what}: rejected above a scheduling lag of"), LOAD, span(lag), refused(Code::Overloaded))
    };
    SHED_THRESHOLDS.into_iter().map(row).collect()
}
