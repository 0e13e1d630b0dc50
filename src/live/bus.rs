//! How news reach the nodes: at most once, in no promised order.

use std::fmt::Debug;
use std::sync::Arc;

use super::Live;
use crate::domain::entry::News;

/// Rings the rooms of a log on every node. A ring may be lost, doubled or late: listeners compare numbers, and the audit repairs what they miss.
pub trait Bus: Send + Sync + Debug {
    /// Rings, without waiting.
    fn ring(&self, news: News);
}

/// The bus of a single process: a function call, which brings the entries along.
#[derive(Debug)]
pub struct InProcess(Arc<Live>);

impl InProcess {
    /// A bus for these rooms.
    #[must_use]
    pub const fn new(live: Arc<Live>) -> Self {
        Self(live)
    }
}

impl Bus for InProcess {
    fn ring(&self, news: News) {
        self.0.hear(news);
    }
}
