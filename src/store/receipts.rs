//! Store contract for receipts.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{StoreResult, WriteResult};
use crate::domain::clock::Timestamp;
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::receipt::{MemberReceipt, ReadPosition, Receipt, ReceiptMove, RecipientReceipt, RecipientTally};

/// Why a receipt was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMoved {
    /// There is no such chat or no such member.
    Gone,
    /// `delivered` is beyond the head of the conversation.
    DeliveredBeyondHead,
    /// `read` is beyond the head of the conversation.
    ReadBeyondHead,
}

/// How far the members of chats have received and read them. A member begins at its own joining.
#[async_trait]
pub trait Receipts: Debug + Send + Sync {
    /// Moves the receipt of a member forward, and dates the move. Numbers that are lower than before change nothing.
    ///
    /// Never fails for lack of space: then the move takes the place of the oldest dated one.
    async fn move_receipt(&self, chat: ChatId, member: MemberId, to: ReceiptMove, now: Timestamp) -> WriteResult<Receipt, NotMoved>;

    /// Returns for each account whether it shows what it has read; one that is gone shows nothing.
    async fn show_read(&self, accounts: &[AccountId]) -> StoreResult<Vec<bool>>;

    /// Returns how far a member is; `None` if there is no such member.
    async fn read_position(&self, chat: ChatId, member: MemberId, now: Timestamp) -> StoreResult<Option<ReadPosition>>;

    /// Lists the receipts of a chat's members, by number of the member.
    async fn list_receipts(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<MemberReceipt>>>;

    /// Lists the recipients of a message by number: those who have been members since before it, without its author. `None` if there is no such
    /// message.
    async fn list_recipients(&self, chat: ChatId, seq: u64, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<RecipientReceipt>>>;

    /// Counts the recipients of a message; `None` if there is no such message.
    async fn count_recipients(&self, chat: ChatId, seq: u64, now: Timestamp) -> StoreResult<Option<RecipientTally>>;
}
