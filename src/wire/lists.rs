//! Lists: a part of something longer, with whether there is more.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of a list. Where there is more, `cursor` is what to ask the next part with.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// The items, oldest first.
    pub items: Vec<T>,
    /// Whether there are more behind the last one.
    pub has_more: bool,
    /// What to ask for the next part with: opaque, there only while there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A page of a log, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogPage<T> {
    /// The entries, oldest first.
    pub items: Vec<T>,
    /// Whether there are more in the direction that was asked for.
    pub has_more: bool,
}
