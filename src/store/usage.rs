//! Store contract for usage statistics.

use std::fmt::Debug;

use async_trait::async_trait;

use super::StoreResult;

/// Usage of a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Chats that have not ended or were not removed yet.
    pub chats: u64,
    /// Members of all chats.
    pub members: u64,
    /// Bytes in use.
    pub held: u64,
    /// Bytes that may be in use.
    pub most: u64,
}

/// Usage statistics.
#[async_trait]
pub trait UsageStats: Debug + Send + Sync {
    /// Returns the current usage. Called often, so it must not visit every chat.
    async fn usage(&self) -> StoreResult<Usage>;
}
