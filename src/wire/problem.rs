//! Failures as others see them (RFC 9457).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Why a request was not carried out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:parlor:problem:not_found")]
    pub kind: String,
    /// The kind of problem in words.
    #[schema(example = "Not found")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened, for a person to read.
    #[schema(example = "There is nothing here for you.")]
    pub detail: String,
    /// The kind of problem for a program; it never changes.
    #[schema(example = "not_found")]
    pub code: String,
    /// Names the request in the server's log.
    pub request_id: Uuid,
    /// Which field was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Which bound was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// When it may go better, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Which knocks wait, where one of them must be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_ids: Option<Vec<Uuid>>,
}
