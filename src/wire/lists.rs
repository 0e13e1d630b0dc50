//! Wire types of pages of lists and logs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A page of a list. If there is more, `cursor` requests the next page.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct List<T> {
    /// The items, oldest first.
    pub items: Vec<T>,
    /// True if there are more after the last one.
    pub has_more: bool,
    /// An opaque cursor for the next page, present only if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// A page of a log, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogPage<T> {
    /// The entries, oldest first.
    pub items: Vec<T>,
    /// True if there are more in the requested direction.
    pub has_more: bool,
}
