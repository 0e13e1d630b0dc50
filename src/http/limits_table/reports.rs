//! The limits of reports.

use std::time::Duration;

use super::{LimitRow, NODE, number, rate, refused, span};
use crate::domain::report::{MAX_REPORTS, REPORTED_TEXT_LIFETIME};
use crate::http::respond::problem::Code;
use crate::service::rate_limits;

/// Returns the limits of reports.
pub(super) fn of_reports() -> Vec<LimitRow> {
    vec![
        rate("Reports", "a person", rate_limits::REPORTS, Duration::from_hours(24), Code::TooManyReports),
        LimitRow::new(
            "Text of a reported message, also once the message is deleted",
            "a report",
            span(REPORTED_TEXT_LIFETIME),
            "the text is destroyed",
        ),
        LimitRow::new("Reports", NODE, number(MAX_REPORTS), format!("the oldest closed one is dropped; else {}", refused(Code::NodeFull))),
    ]
}
