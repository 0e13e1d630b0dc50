//! How the logs that a store keeps are read.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::clock::Timestamp;
use crate::domain::entry::{Entry, Head, Topic};
use crate::domain::page::{Cut, LogPage};

/// The next entries of a log.
#[derive(Clone, Debug)]
pub struct Slice {
    /// The first number that the log still has.
    pub oldest: u64,
    /// The entries, in order.
    pub entries: Vec<Arc<Entry>>,
}

/// Logs, as cursors read them.
#[async_trait]
pub trait Entries: Debug + Send + Sync {
    /// Where each of these logs stands; `None` for one that is gone.
    async fn heads(&self, topics: &[Topic], now: Timestamp) -> StoreResult<Vec<Option<Head>>>;

    /// Up to `most` entries after the number `after`, without holes among them.
    async fn entries_after(&self, topic: Topic, after: u64, most: usize, now: Timestamp) -> StoreResult<Option<Slice>>;

    /// A page of a log, from the number `floor` on.
    async fn entries_page(&self, topic: Topic, floor: u64, page: LogPage, now: Timestamp) -> StoreResult<Option<Cut<Arc<Entry>>>>;
}
