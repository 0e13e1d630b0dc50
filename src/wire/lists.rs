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

/// A page by its number. The first one has the latest items.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NumberedPage<T> {
    /// The items, oldest first.
    pub items: Vec<T>,
    /// The number of the page, counted from 1.
    #[schema(example = 1)]
    pub page: u64,
    /// The number of items of a page.
    #[schema(example = 50)]
    pub per_page: u64,
    /// The number of all items.
    #[schema(example = 120)]
    pub total: u64,
}

/// A page of a log, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogPage<T> {
    /// The entries, oldest first.
    pub items: Vec<T>,
    /// True if there are more in the requested direction.
    pub has_more: bool,
}
