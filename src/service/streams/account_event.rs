//! The events of the stream of an account.

use crate::domain::account::{Account, UserView};
use crate::domain::chat::EndReason;
use crate::domain::chat_item::ChatItem;
use crate::domain::clock::Timestamp;
use crate::domain::id::ChatId;
use crate::domain::knock::GuestKnock;
use crate::domain::member::LeaveReason;
use crate::domain::presence::FriendPresence;
use crate::service::friends::UserSince;
use crate::service::user_views::FriendRequestView;

/// An event of the stream, with accounts as the one who listens sees them when it is sent.
#[derive(Debug)]
pub enum AccountStreamEvent {
    /// The first event.
    Hello(Timestamp),
    /// What later events change.
    State {
        /// The account.
        me: Account,
        /// Its latest chats, each as of the entry from which its events follow.
        chats: Vec<ChatItem>,
        /// Whether it has more chats.
        more: bool,
        /// The friend requests that wait for its answer.
        requests: Vec<FriendRequestView>,
        /// Its knocks that are pending.
        knocks: Vec<GuestKnock>,
    },
    /// A friend request arrived, or was accepted.
    FriendRequest(FriendRequestView),
    /// A friend request was withdrawn.
    RequestWithdrawn(FriendRequestView),
    /// A friendship began.
    FriendshipBegan(UserSince),
    /// A friendship ended.
    FriendshipEnded(UserView),
    /// A friend is online, before the stream began.
    FriendPresence(FriendPresence),
    /// The account changed.
    MeUpdated(Account),
    /// The account came to a chat. Its events follow.
    ChatAdded(Box<ChatItem>),
    /// A chat is no longer in the account's list. No event of it follows.
    ChatRemoved(ChatId, ChatRemoval),
    /// A knock of the account ended.
    KnockDecided(Box<GuestKnock>),
}

/// Why a chat is no longer in the list of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatRemoval {
    /// The account left.
    Left,
    /// A member removed the account.
    Removed,
    /// The link was revoked that let the account in.
    Evicted,
    /// The chat was closed.
    Closed,
    /// The chat expired.
    Expired,
    /// The account cleared it.
    Cleared,
}

impl From<LeaveReason> for ChatRemoval {
    fn from(reason: LeaveReason) -> Self {
        match reason {
            LeaveReason::Left | LeaveReason::Deleted => Self::Left,
            LeaveReason::Removed => Self::Removed,
            LeaveReason::Evicted => Self::Evicted,
        }
    }
}

impl From<EndReason> for ChatRemoval {
    fn from(end: EndReason) -> Self {
        match end {
            EndReason::Closed => Self::Closed,
            EndReason::Expired => Self::Expired,
        }
    }
}
