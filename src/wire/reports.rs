//! Wire types of reports.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::integer;
use super::members::Member;
use super::time::Time;

/// A report to make.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"seq": 7, "reason": "This is a threat"}))]
pub struct NewReport {
    /// The sequence number of the message; without it the report is about the chat.
    #[serde(default, deserialize_with = "integer::whole", skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Why: 1 to 280 characters.
    pub reason: String,
}

/// A report that was made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e"}))]
pub struct Reported {
    /// Its id.
    #[schema(example = "0b0e6d43-6a3e-4f0c-8f7b-8b6d2f3c1a5e")]
    pub id: Uuid,
}

/// Whether somebody has to look at a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    /// Somebody has to.
    Open,
    /// Somebody did.
    Closed,
}

/// A report as the operator reads it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Its id.
    pub id: Uuid,
    /// Its status.
    pub status: ReportStatus,
    /// The id of the chat.
    pub chat_id: String,
    /// Who reported.
    pub by: Member,
    /// Why; null once the account that reported is deleted.
    pub reason: Option<String>,
    /// The reported message; null if the report is about the chat.
    pub message: Option<ReportedMessage>,
    /// When it arrived.
    pub created_at: Time,
    /// When it was closed.
    pub closed_at: Option<Time>,
}

/// A reported message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportedMessage {
    /// Its sequence number.
    pub seq: u64,
    /// Its author; null for a visitor of an open chat.
    pub author: Option<Member>,
    /// Its text; null if it was deleted before the report, and 30 days after it.
    pub text: Option<String>,
}

/// A change of a report.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportChange {
    /// `closed`.
    pub status: ReportStatus,
}
