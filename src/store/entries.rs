//! Store contract for reading event logs.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Head, Topic};
use crate::domain::pagination::{LogRange, Page};

/// Consecutive entries of a log.
#[derive(Clone, Debug)]
pub struct EntryBatch {
    /// The first sequence number that the log still has.
    pub oldest: u64,
    /// The entries, in order.
    pub entries: Vec<Arc<Entry>>,
}

/// Event logs, as cursors read them.
#[async_trait]
pub trait Entries: Debug + Send + Sync {
    /// Returns the head of each log; `None` for one that has ended.
    async fn heads(&self, topics: &[Topic], now: Timestamp) -> StoreResult<Vec<Option<Head>>>;

    /// Returns up to `max` entries after sequence number `after`, without gaps between them.
    async fn entries_after(&self, topic: Topic, after: u64, max: usize, now: Timestamp) -> StoreResult<Option<EntryBatch>>;

    /// Returns a page of a log, from sequence number `floor` on.
    async fn entries_page(&self, topic: Topic, floor: u64, page: LogRange, now: Timestamp) -> StoreResult<Option<Page<Arc<Entry>>>>;
}
