//! Ephemeral events: the latest values of a chat or of an account that have no sequence number and are not stored in a log.

use super::id::MemberId;
use super::presence::FriendPresence;
use super::receipt::MovedReceipt;
use super::typing::TypingChange;

/// A change that the subscribers of a log learn of soon, together with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EphemeralChange {
    /// A member's receipt was moved.
    Receipt(MovedReceipt),
    /// A member types, or has stopped.
    Typing(TypingChange),
    /// A friend of the account whose log it is went online or offline.
    Friend(FriendPresence),
}

/// An ephemeral event as a subscriber gets it. A later one of the same kind, and of the same member or friend, replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EphemeralEvent {
    /// How far a member is.
    Receipt {
        /// The member.
        member: MemberId,
        /// The last entry that it has received.
        delivered: u64,
        /// The last entry that it has read; `None` for those who may not see it.
        read: Option<u64>,
    },
    /// The members that are typing.
    Typing(Vec<MemberId>),
    /// The members that are online.
    Online {
        /// The members; none of a large chat.
        members: Vec<MemberId>,
        /// How many they are.
        count: usize,
    },
    /// A friend went online or offline.
    Friend(FriendPresence),
}
