//! Friendship: how two accounts are related, and the requests that lead there.

use std::time::Duration;

use super::clock::Timestamp;
use super::id::{AccountId, FriendRequestId};
use super::text::Note;

/// The most friends of an account.
pub const MAX_FRIENDS: usize = 1_000;
/// The most accounts that one account blocks.
pub const MAX_BLOCKS: usize = 10_000;
/// The most friend requests of an account that wait for an answer.
pub const MAX_PENDING_REQUESTS: usize = 100;
/// The most answered friend requests kept per sender; the oldest are forgotten first.
pub const MAX_ANSWERED_REQUESTS: usize = 1_000;
/// How long a rejected sender must wait before they may ask again.
pub const REJECTION_COOL_DOWN: Duration = Duration::from_hours(7 * 24);

/// How an account is related to the one that looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Friendship {
    /// Not at all.
    #[default]
    None,
    /// It asked the viewer.
    Incoming,
    /// The viewer asked it.
    Outgoing,
    /// Both agreed.
    Friends,
    /// It is the viewer.
    Oneself,
}

/// How an account is related to the one that looks at it, as far as that determines what the viewer may see and do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// The friendship that the viewer is shown.
    pub friendship: Friendship,
    /// Whether one of the two blocks the other. The viewer never learns that they are blocked.
    pub is_blocked: bool,
    /// Whether it wrote to the viewer in their direct chat after any friendship ended.
    pub has_written: bool,
}

impl Relation {
    /// The relation of an account to itself.
    pub const ONESELF: Self = Self { friendship: Friendship::Oneself, is_blocked: false, has_written: false };
    /// The relation of two friends.
    pub const FRIENDS: Self = Self { friendship: Friendship::Friends, is_blocked: false, has_written: false };
    /// The relation to an account that the viewer blocks.
    pub const BLOCKED: Self = Self { friendship: Friendship::None, is_blocked: true, has_written: false };
}

/// The status of a friend request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FriendRequestStatus {
    /// It waits for an answer.
    Pending,
    /// It led to a friendship, which may have ended since.
    Accepted,
    /// The receiver rejected it.
    Rejected,
}

/// The receiver's answer to a friend request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Become friends.
    Accept,
    /// Do not.
    Reject,
}

impl Answer {
    /// Returns the status of a request with this answer.
    #[must_use]
    pub const fn status(self) -> FriendRequestStatus {
        match self {
            Self::Accept => FriendRequestStatus::Accepted,
            Self::Reject => FriendRequestStatus::Rejected,
        }
    }
}

/// A snapshot of a friend request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FriendRequest {
    /// Its id.
    pub id: FriendRequestId,
    /// Its number in the order of creation; set by the store.
    pub number: u64,
    /// The sender.
    pub from: AccountId,
    /// The receiver.
    pub to: AccountId,
    /// The sender's note.
    pub note: Option<Note>,
    /// Its status.
    pub status: FriendRequestStatus,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it was accepted or rejected.
    pub answered_at: Option<Timestamp>,
}

impl FriendRequest {
    /// Returns its position in lists, which begin with the newest.
    #[must_use]
    pub const fn position(&self) -> u64 {
        u64::MAX - self.number
    }

    /// Returns true if this account sent or received it.
    #[must_use]
    pub fn is_of(&self, account: AccountId) -> bool {
        self.from == account || self.to == account
    }

    /// Returns the sender to the receiver, and the receiver to the sender.
    #[must_use]
    pub fn other(&self, account: AccountId) -> AccountId {
        if self.from == account { self.to } else { self.from }
    }

    /// Returns true while it waits for an answer.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status == FriendRequestStatus::Pending
    }

    /// Returns when the sender may ask again, if it was rejected.
    #[must_use]
    pub fn cool_down_until(&self) -> Option<Timestamp> {
        let rejected = self.status == FriendRequestStatus::Rejected;
        self.answered_at.filter(|_| rejected).map(|at| at + REJECTION_COOL_DOWN)
    }
}

/// Which friend requests of an account a list contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestDirection {
    /// Those it received, as far as it may see them.
    Incoming,
    /// Those it sent.
    Outgoing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::SystemRandom;

    #[test]
    fn only_a_rejection_has_a_cool_down() {
        let now = Timestamp::from_millis(1_795_176_000_000);
        let mut request = FriendRequest {
            id: FriendRequestId::random(&SystemRandom),
            number: 7,
            from: AccountId::random(&SystemRandom),
            to: AccountId::random(&SystemRandom),
            note: None,
            status: FriendRequestStatus::Pending,
            created_at: now,
            answered_at: None,
        };
        assert!(request.is_pending() && request.cool_down_until().is_none());
        (request.status, request.answered_at) = (Answer::Reject.status(), Some(now));
        assert_eq!(request.cool_down_until(), Some(now + REJECTION_COOL_DOWN));
        request.status = Answer::Accept.status();
        assert_eq!(request.cool_down_until(), None);
    }
}
