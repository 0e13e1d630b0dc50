//! Ephemeral events: the latest values of a chat that have no sequence number and are not stored in a log.

use super::id::MemberId;
use super::receipt::MovedReceipt;

/// A change that the subscribers of a conversation learn of soon, together with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EphemeralChange {
    /// A member's receipt was moved.
    Receipt(MovedReceipt),
}

/// An ephemeral event as a subscriber gets it. A later one of the same kind and member replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}
