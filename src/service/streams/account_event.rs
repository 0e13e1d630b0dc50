//! The events of the stream of an account.

use crate::domain::account::{Account, UserView};
use crate::domain::clock::Timestamp;
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
        /// The friend requests that wait for its answer.
        requests: Vec<FriendRequestView>,
    },
    /// A friend request arrived, or was accepted.
    FriendRequest(FriendRequestView),
    /// A friend request was withdrawn.
    RequestWithdrawn(FriendRequestView),
    /// A friendship began.
    FriendshipBegan(UserSince),
    /// A friendship ended.
    FriendshipEnded(UserView),
    /// The account changed.
    MeUpdated(Account),
}
