//! A report: what a member of a chat brings to the notice of the operator.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Timestamp;
use super::id::{ChatId, ReportId};
use super::member::Member;
use super::text::{MessageText, Reason};

/// How long the text of a reported message is kept, even if the message is deleted (API 4.5).
pub const REPORTED_TEXT_LIFETIME: Duration = Duration::from_hours(30 * 24);
/// The most reports of a node; the oldest closed one gives way.
pub const MAX_REPORTS: usize = 10_000;

/// Whether somebody has to look at a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportStatus {
    /// Somebody has to.
    Open,
    /// Somebody did.
    Closed,
}

/// A reported message.
#[derive(Clone, Debug)]
pub struct ReportedMessage {
    /// Its sequence number.
    pub seq: u64,
    /// Its author; `None` for a visitor of an open chat.
    pub author: Option<Arc<Member>>,
    /// Its text; `None` if the message was deleted before, or once the text was kept long enough.
    pub text: Option<MessageText>,
}

/// A snapshot of a report.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// Its position among the reports, in order of arrival.
    pub number: u64,
    /// The chat.
    pub chat: ChatId,
    /// Who reported.
    pub by: Arc<Member>,
    /// Why; `None` once the account that reported is deleted.
    pub reason: Option<Reason>,
    /// The message, unless the report is about the chat.
    pub message: Option<ReportedMessage>,
    /// When it arrived.
    pub created_at: Timestamp,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
}

impl Report {
    /// Returns its status.
    #[must_use]
    pub const fn status(&self) -> ReportStatus {
        match self.closed_at {
            None => ReportStatus::Open,
            Some(_) => ReportStatus::Closed,
        }
    }

    /// Returns until when the text of its message is kept.
    #[must_use]
    pub fn text_until(&self) -> Timestamp {
        self.created_at + REPORTED_TEXT_LIFETIME
    }

    /// Destroys the text of its message.
    pub fn drop_text(&mut self) {
        if let Some(message) = &mut self.message {
            message.text = None;
        }
    }
}
