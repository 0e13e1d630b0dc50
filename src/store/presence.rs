//! Store contract for what presence depends on: who may see whom, and when accounts were online last. Who is online is not stored.

use std::fmt::Debug;

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId};
use crate::domain::presence::Sight;

/// What presence depends on.
#[async_trait]
pub trait Presence: Debug + Send + Sync {
    /// Returns for each account whom it sees, and whether it is seen; one that is gone sees and shows nothing.
    async fn sights(&self, accounts: &[AccountId]) -> StoreResult<Vec<Sight>>;

    /// Returns the friends of an account, in no particular order.
    async fn friends_of(&self, account: AccountId) -> StoreResult<Vec<AccountId>>;

    /// Returns how many members each of these chats has; 0 for one that is gone.
    async fn count_members(&self, chats: &[ChatId], now: Timestamp) -> StoreResult<Vec<usize>>;

    /// Notes that an account was online at a moment, if it was not later.
    async fn note_seen(&self, account: AccountId, at: Timestamp) -> StoreResult<()>;
}
