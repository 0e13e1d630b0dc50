//! The log of an account: what its streams report besides the logs of chats.

use super::clock::Timestamp;
use super::friendship::FriendRequest;
use super::id::{AccountId, ChatId};
use super::knock::GuestKnock;

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
    /// The account came to a chat, or a chat that it cleared begins anew. What brought it in follows entry `head` of the conversation.
    ChatAdded {
        /// The chat.
        chat: ChatId,
        /// The last entry of the conversation before.
        head: u64,
    },
    /// The account cleared a direct chat.
    ChatCleared(ChatId),
    /// A knock of the account ended.
    KnockEnded(Box<GuestKnock>),
    /// A chat ended, and with it what the log had of it: nothing is to be told.
    ChatForgotten,
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
            Self::MeUpdated | Self::ChatAdded { .. } | Self::ChatCleared(_) | Self::KnockEnded(_) | Self::ChatForgotten | Self::AccountDeleted => {
                None
            }
        }
    }

    /// Returns the chat that it names.
    #[must_use]
    pub fn chat(&self) -> Option<ChatId> {
        match self {
            Self::ChatAdded { chat, .. } | Self::ChatCleared(chat) => Some(*chat),
            Self::KnockEnded(ended) => Some(ended.chat),
            _ => None,
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
