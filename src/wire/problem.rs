//! Problem details for failed requests (RFC 9457).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Why a request failed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// A URI that identifies the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:parlor:problem:not_found")]
    pub kind: String,
    /// The kind of problem in words.
    #[schema(example = "Not found")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened, for people.
    #[schema(example = "The resource does not exist, or you have no access to it.")]
    pub detail: String,
    /// The kind of problem, for programs; it never changes.
    #[schema(example = "not_found")]
    pub code: String,
    /// Identifies the request in the server's log.
    pub request_id: Uuid,
    /// The invalid field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The limit that was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// When a retry may succeed, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The usernames of those who do not let you add them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usernames: Option<Vec<String>>,
    /// The pending knocks, if one of them must be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub knock_ids: Option<Vec<Uuid>>,
}
