//! Store contract for reports.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::{ChatId, MemberId, ReportId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::report::{Report, ReportStatus};
use crate::domain::text::Reason;

/// A report to create.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// Its id.
    pub id: ReportId,
    /// The chat.
    pub chat: ChatId,
    /// The member who reports.
    pub by: MemberId,
    /// The sequence number of the message; `None` for the chat as a whole.
    pub seq: Option<u64>,
    /// Why.
    pub reason: Reason,
    /// The idempotency key of the request, if any.
    pub key: Option<IdempotencyKey>,
}

/// Why no report was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReported {
    /// There is no such chat, or no such member of it.
    Gone,
    /// The member can read no message with this number.
    NoMessage,
    /// The node has reached its limit of reports, and all of them are open.
    NodeFull,
    /// The key was used with a different body.
    KeyReused,
    /// The limit of stored keys is reached.
    TooManyKeys,
}

/// There is no such report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoReport;

/// Reports of members. They outlive their messages and their chats.
#[async_trait]
pub trait Reports: Debug + Send + Sync {
    /// Creates a report with the text that its message has now. Beyond the limit, the oldest closed report is dropped.
    async fn create_report(&self, new: NewReport, now: Timestamp) -> WriteResult<Idempotent<ReportId>, NotReported>;

    /// Lists reports in order of arrival, optionally those with one status. A text that was kept long enough is gone.
    async fn list_reports(&self, status: Option<ReportStatus>, page: PageRequest, now: Timestamp) -> StoreResult<Page<Report>>;

    /// Closes a report. One that is closed stays as it is.
    async fn close_report(&self, report: ReportId, now: Timestamp) -> WriteResult<Report, NoReport>;

    /// Destroys the texts that were kept long enough.
    async fn expire_reports(&self, now: Timestamp) -> StoreResult<()>;

    /// Returns how many reports are open.
    async fn count_open_reports(&self) -> StoreResult<u64>;
}
