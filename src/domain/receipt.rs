//! Receipts: how far members have received and read a conversation, and what others see of it.

use std::sync::Arc;

use super::clock::Timestamp;
use super::id::MemberId;
use super::member::Member;

/// The most moves of a member's receipt that are dated.
pub const MAX_DATED_MOVES: usize = 100;

/// How far a member has received and read a conversation: the numbers of the last entries. What is read is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The last entry that a client of the member has received.
    pub delivered: u64,
    /// The last entry that the member has read.
    pub read: u64,
}

/// A move of a receipt. What is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiptMove {
    /// The last entry that was received.
    pub delivered: Option<u64>,
    /// The last entry that was read.
    pub read: Option<u64>,
}

impl Receipt {
    /// Returns the receipt of a member who has read up to this entry.
    #[must_use]
    pub const fn up_to(seq: u64) -> Self {
        Self { delivered: seq, read: seq }
    }

    /// Returns the receipt after a move. Both cursors move forward only, and reading lifts `delivered`.
    #[must_use]
    pub fn moved(self, to: ReceiptMove) -> Self {
        let read = self.read.max(to.read.unwrap_or(0));
        Self { delivered: self.delivered.max(to.delivered.unwrap_or(0)).max(read), read }
    }

    /// Returns the further of two receipts of the same member.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        self.moved(ReceiptMove { delivered: Some(other.delivered), read: Some(other.read) })
    }
}

/// A receipt that was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedReceipt {
    /// The member.
    pub member: MemberId,
    /// Its receipt after the move.
    pub receipt: Receipt,
    /// Whether `delivered` moved: if only `read` did, those who may not see that learn nothing of the move.
    pub delivered_moved: bool,
    /// Whether the member shows what it has read.
    pub shows_read: bool,
}

/// A member with its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberReceipt {
    /// The member.
    pub member: Arc<Member>,
    /// How far it is.
    pub receipt: Receipt,
    /// Whether it shows what it has read.
    pub shows_read: bool,
}

/// How far a member is, and how much is left to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadPosition {
    /// How far it is.
    pub receipt: Receipt,
    /// The messages of others after `read` that the member can read and that were not deleted.
    pub unread: u64,
}

/// What a recipient of a message did with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientReceipt {
    /// The recipient.
    pub member: Arc<Member>,
    /// Whether it has received the message.
    pub delivered: bool,
    /// Whether it has read the message; `None` if the viewer may not see that.
    pub read: Option<bool>,
    /// When it received the message, if that is still dated.
    pub delivered_at: Option<Timestamp>,
    /// When it read the message, if that is still dated and the viewer may see it.
    pub read_at: Option<Timestamp>,
    /// Whether it shows what it has read.
    pub shows_read: bool,
}

/// A member who looks at the receipts of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptViewer {
    /// The member.
    pub member: MemberId,
    /// Whether it shows what it has read: who does not, does not see what others have read.
    pub shows_read: bool,
}

impl ReceiptViewer {
    /// Returns true if the viewer may see what `member` has read, which shows it or not.
    #[must_use]
    pub fn sees_read_of(self, member: MemberId, shows_read: bool) -> bool {
        member == self.member || (self.shows_read && shows_read)
    }

    /// Returns what the viewer may see of the cursor `read` of this member.
    #[must_use]
    pub fn read_of(self, of: &MemberReceipt) -> Option<u64> {
        self.sees_read_of(of.member.id, of.shows_read).then_some(of.receipt.read)
    }

    /// Removes what the viewer may not see of this receipt.
    #[must_use]
    pub fn view(self, of: RecipientReceipt) -> RecipientReceipt {
        if self.sees_read_of(of.member.id, of.shows_read) { of } else { RecipientReceipt { read: None, read_at: None, ..of } }
    }
}

/// How far a message got, as its author sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageStatus {
    /// Not all recipients have received it, or there are none.
    Sent,
    /// All recipients have received it.
    Delivered,
    /// All recipients who show what they have read have read it, and there is one.
    Read,
}

/// How many recipients received and read a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecipientTally {
    /// All recipients.
    pub recipients: usize,
    /// Those who have received it.
    pub delivered: usize,
    /// Those who show what they have read.
    pub showing: usize,
    /// Those of them who have read it.
    pub read: usize,
}

impl RecipientTally {
    /// Counts a recipient.
    pub fn count(&mut self, receipt: Receipt, shows_read: bool, seq: u64) {
        self.recipients += 1;
        self.delivered += usize::from(receipt.delivered >= seq);
        self.showing += usize::from(shows_read);
        self.read += usize::from(shows_read && receipt.read >= seq);
    }

    /// Returns the status for an author who shows what they have read, or does not.
    #[must_use]
    pub const fn status(self, author_shows_read: bool) -> MessageStatus {
        if author_shows_read && self.showing > 0 && self.read == self.showing {
            MessageStatus::Read
        } else if self.recipients > 0 && self.delivered == self.recipients {
            MessageStatus::Delivered
        } else {
            MessageStatus::Sent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_move_forward_only_and_reading_lifts_delivered() {
        let at = |delivered, read| Receipt { delivered, read };
        let to = |delivered, read| ReceiptMove { delivered, read };
        assert_eq!(at(5, 3).moved(to(Some(4), Some(2))), at(5, 3));
        assert_eq!(at(5, 3).moved(to(None, Some(7))), at(7, 7));
        assert_eq!(at(5, 3).moved(to(Some(9), Some(4))), at(9, 4));
        assert_eq!(at(5, 3).moved(to(None, None)), at(5, 3));
        assert_eq!(at(5, 3).max(at(4, 4)), at(5, 4));
    }

    /// Returns the status of message 5 with these recipients: delivered, read, and whether they show it.
    fn status(recipients: &[(u64, u64, bool)], author_shows_read: bool) -> MessageStatus {
        let mut tally = RecipientTally::default();
        for (delivered, read, shows_read) in recipients.iter().copied() {
            tally.count(Receipt { delivered, read }, shows_read, 5);
        }
        tally.status(author_shows_read)
    }

    #[test]
    fn a_message_is_as_far_as_all_its_recipients() {
        use MessageStatus::{Delivered, Read, Sent};
        for (recipients, expected) in [
            (&[][..], Sent),
            (&[(5, 5, true), (4, 4, true)], Sent),
            (&[(5, 5, true), (6, 4, true)], Delivered),
            (&[(5, 5, true), (9, 5, true)], Read),
            (&[(5, 5, true), (5, 4, false)], Read),
            (&[(5, 5, false)], Delivered),
            (&[(4, 4, false)], Sent),
        ] {
            assert_eq!(status(recipients, true), expected, "{recipients:?}");
        }
        assert_eq!(status(&[(5, 5, true)], false), Delivered, "who hides what they read does not see it of others");
    }
}
