//! What the use cases have counted since the start: numbers alone, which tell of nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Service;
use super::error::Result;
pub use crate::store::tally::Tally;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// So many more.
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the use cases have counted.
#[derive(Debug, Default)]
pub struct Figures {
    /// Messages that were posted; a repeated request counts once.
    pub posts: Count,
    /// Knocks that arrived, those included that were let in at once; a repeated request counts once.
    pub knocks: Count,
    /// Entries that were handed to listeners, to each of them anew.
    pub deliveries: Count,
    /// Logs of which the audit knew more than their listeners had been told: rings that were lost, or that it was quicker than.
    pub repaired_rings: Count,
    streams: AtomicU64,
}

impl Figures {
    /// Streams that are open: people who follow a chat, guests who wait.
    pub fn streams(&self) -> u64 {
        self.streams.load(Ordering::Relaxed)
    }
}

/// A stream that is open. Dropping it is its end.
#[derive(Debug)]
pub(super) struct OpenStream(Arc<Figures>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Service {
    /// What was counted.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// What the store keeps.
    pub async fn tally(&self) -> Result<Tally> {
        Ok(self.store.tally().await?)
    }

    /// Counts a stream as long as it is open.
    pub(super) fn open_stream(&self) -> OpenStream {
        self.figures.streams.fetch_add(1, Ordering::Relaxed);
        OpenStream(self.figures.clone())
    }
}
