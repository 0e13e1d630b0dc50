//! How much a store keeps, for those who look on.

use std::fmt::Debug;

use async_trait::async_trait;

use super::StoreResult;

/// What a store keeps, as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Chats that did not end, or were not cleared away yet.
    pub chats: u64,
    /// Members of all of them.
    pub members: u64,
    /// Bytes held.
    pub held: u64,
    /// Bytes that may be held.
    pub most: u64,
}

/// Counts of everything that is kept.
#[async_trait]
pub trait Tallies: Debug + Send + Sync {
    /// What is kept now. It is asked for often, and must not look at every chat.
    async fn tally(&self) -> StoreResult<Tally>;
}
