//! Presents reports to the operator.

use super::Present;
use super::members::member;
use crate::domain::report::{Report, ReportStatus};
use crate::wire;

impl Present {
    /// Presents a report.
    pub(in crate::http) fn report(&self, report: &Report) -> wire::reports::Report {
        let message = report.message.as_ref().map(|message| wire::reports::ReportedMessage {
            seq: message.seq,
            author: message.author.as_deref().map(member),
            text: message.text.as_ref().map(|text| text.as_str().into()),
        });
        wire::reports::Report {
            id: report.id.uuid(),
            status: match report.status() {
                ReportStatus::Open => wire::reports::ReportStatus::Open,
                ReportStatus::Closed => wire::reports::ReportStatus::Closed,
            },
            chat_id: report.chat.to_string(),
            by: member(&report.by),
            reason: report.reason.as_ref().map(|reason| reason.as_str().into()),
            message,
            created_at: self.time(report.created_at),
            closed_at: report.closed_at.map(|at| self.time(at)),
        }
    }
}
