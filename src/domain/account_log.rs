//! The log of an account: what its streams report besides the logs of chats.

use super::clock::Timestamp;
use super::friendship::FriendRequest;
use super::id::AccountId;

/// The newest entries that are kept of the log of an account. A stream that is further behind sends the state again.
pub const MAX_ACCOUNT_ENTRIES: usize = 100;

/// One entry of the log of an account. It names other accounts by id, since they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEvent {
    /// A friend request arrived, or was accepted.
    FriendRequest(FriendRequest),
    /// The sender of a friend request withdrew it.
    RequestWithdrawn(FriendRequest),
    /// A friendship began.
    FriendshipBegan(AccountId, Timestamp),
    /// A friendship ended.
    FriendshipEnded(AccountId),
    /// The account itself changed.
    MeUpdated,
    /// An account was deleted, and with it what the log had of it: the state must be read again.
    AccountDeleted,
}

impl AccountEvent {
    /// Returns the account that it names besides `owner`, in whose log it is.
    #[must_use]
    pub fn other(&self, owner: AccountId) -> Option<AccountId> {
        match self {
            Self::FriendRequest(request) | Self::RequestWithdrawn(request) => Some(request.other(owner)),
            Self::FriendshipBegan(friend, _) | Self::FriendshipEnded(friend) => Some(*friend),
            Self::MeUpdated | Self::AccountDeleted => None,
        }
    }
}

/// Consecutive entries of the log of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountEventBatch {
    /// The first sequence number that the log still has; one more than `head` if it has none.
    pub oldest: u64,
    /// The last sequence number of the log.
    pub head: u64,
    /// The entries, in order.
    pub events: Vec<AccountEvent>,
}
