//! Receipts in memory.

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::receipt_history::{Growth, ReceiptHistory};
use super::chat::{ChatState, MemberRecord};
use super::directory::Directory;
use crate::domain::clock::Timestamp;
use crate::domain::ephemeral::EphemeralChange;
use crate::domain::event_log::{Entry, Event, LogUpdate, Topic};
use crate::domain::id::{AccountId, ChatId, MemberId};
use crate::domain::member::Membership;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::receipt::{MemberReceipt, MessageStatus, MovedReceipt, ReadPosition, Receipt, ReceiptMove, RecipientReceipt, RecipientTally};
use crate::store::receipts::{NotMoved, Receipts};
use crate::store::{Committed, StoreResult, WriteResult};

#[async_trait]
impl Receipts for MemoryStore {
    async fn move_receipt(&self, chat: ChatId, member: MemberId, to: ReceiptMove, now: Timestamp) -> WriteResult<Receipt, NotMoved> {
        let growth = if self.memory_usage().accepts_new_guests() { Growth::Allowed } else { Growth::Denied };
        let moved = self.write(chat, now, NotMoved::Gone, |state| {
            let (before, after) = state.move_receipt(member, to, now, growth)?;
            let shows_read = state.member(member).is_some_and(|record| shows_read(record, &self.directory.read()));
            let delivered_moved = before.delivered != after.delivered;
            Ok((before != after, MovedReceipt { member, receipt: after, delivered_moved, shows_read }))
        });
        Ok(moved.map(|committed| {
            let ((has_changed, moved), mut updates) = committed.into_parts();
            let topic = Topic::Conversation(chat);
            updates.extend(has_changed.then_some(LogUpdate::Ephemeral { topic, change: EphemeralChange::Receipt(moved) }));
            Committed::new(moved.receipt, updates)
        }))
    }

    async fn show_read(&self, accounts: &[AccountId]) -> StoreResult<Vec<bool>> {
        let directory = self.directory.read();
        Ok(accounts.iter().map(|account| account_shows_read(*account, &directory)).collect())
    }

    async fn read_position(&self, chat: ChatId, member: MemberId, now: Timestamp) -> StoreResult<Option<ReadPosition>> {
        let position = self.read(chat, now, |state| {
            let record = state.active_member(member)?;
            let receipt = state.receipt(record);
            Some(ReadPosition { receipt, unread: state.unread(&record.membership, receipt.read, u64::MAX) })
        });
        Ok(position.flatten())
    }

    async fn list_receipts(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<MemberReceipt>>> {
        Ok(self.read(chat, now, |state| {
            let directory = self.directory.read();
            let wanted = state.active_members().filter(|record| u64::from(record.membership.member.id.0) > page.after);
            let receipts = wanted.map(|record| MemberReceipt {
                member: record.membership.member.clone(),
                receipt: state.receipt(record),
                shows_read: shows_read(record, &directory),
            });
            Page::first(receipts, page.limit)
        }))
    }

    async fn list_recipients(&self, chat: ChatId, seq: u64, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<RecipientReceipt>>> {
        let recipients = self.read(chat, now, |state| {
            let (message, directory) = (state.readable_message(1, seq)?, self.directory.read());
            let wanted = state.recipients(message).filter(|record| u64::from(record.membership.member.id.0) > page.after);
            Some(Page::first(wanted.map(|record| state.recipient_receipt(record, seq, shows_read(record, &directory))), page.limit))
        });
        Ok(recipients.flatten())
    }

    async fn count_recipients(&self, chat: ChatId, seq: u64, now: Timestamp) -> StoreResult<Option<RecipientTally>> {
        let tally = self.read(chat, now, |state| {
            let (message, directory) = (state.readable_message(1, seq)?, self.directory.read());
            Some(state.tally(message, &directory))
        });
        Ok(tally.flatten())
    }
}

/// Returns true for a member that shows what it has read. Only accounts may hide it.
fn shows_read(record: &MemberRecord, directory: &Directory) -> bool {
    record.credential.account().is_none_or(|account| account_shows_read(account, directory))
}

fn account_shows_read(account: AccountId, directory: &Directory) -> bool {
    directory.accounts.get(&account).is_some_and(|record| record.account.settings.read_receipts)
}

impl ChatState {
    /// Counts what the recipients of a message did with it.
    fn tally(&self, message: &Entry, directory: &Directory) -> RecipientTally {
        let mut tally = RecipientTally::default();
        for record in self.recipients(message) {
            tally.count(self.receipt(record), shows_read(record, directory), message.seq);
        }
        tally
    }

    /// Returns how far a message got, for the account that wrote it.
    pub(super) fn status_of(&self, message: &Entry, author: AccountId, directory: &Directory) -> MessageStatus {
        self.tally(message, directory).status(account_shows_read(author, directory))
    }

    /// Moves a member's receipt. Returns it before and after.
    fn move_receipt(&mut self, member: MemberId, to: ReceiptMove, now: Timestamp, growth: Growth) -> Result<(Receipt, Receipt), NotMoved> {
        let record = self.active_member(member).ok_or(NotMoved::Gone)?;
        let before = self.receipt(record);
        if to.delivered.is_some_and(|seq| seq > self.chat.head) {
            return Err(NotMoved::DeliveredBeyondHead);
        }
        if to.read.is_some_and(|seq| seq > self.chat.head) {
            return Err(NotMoved::ReadBeyondHead);
        }
        let after = before.moved(to);
        if after != before {
            self.receipts.get_or_insert_default().record(member, before, after, now, growth);
        }
        Ok((before, after))
    }

    fn history(&self, member: MemberId) -> Option<&ReceiptHistory> {
        self.receipts.as_ref()?.get(member)
    }

    /// Returns how far a member is.
    pub(super) fn receipt(&self, record: &MemberRecord) -> Receipt {
        let joined = Receipt::up_to(record.joined);
        self.history(record.membership.member.id).map_or(joined, |history| history.current().max(joined))
    }

    /// Returns what a recipient did with message `seq`.
    fn recipient_receipt(&self, record: &MemberRecord, seq: u64, shows_read: bool) -> RecipientReceipt {
        let (receipt, history) = (self.receipt(record), self.history(record.membership.member.id));
        RecipientReceipt {
            member: record.membership.member.clone(),
            delivered: receipt.delivered >= seq,
            read: Some(receipt.read >= seq),
            delivered_at: history.and_then(|history| history.reached_at(seq, |receipt| receipt.delivered)),
            read_at: history.and_then(|history| history.reached_at(seq, |receipt| receipt.read)),
            shows_read,
        }
    }

    /// Returns those who have been members since before a message, without its author.
    fn recipients<'a>(&'a self, message: &Entry) -> impl Iterator<Item = &'a MemberRecord> + use<'a> {
        let (seq, author) = (message.seq, message.author());
        self.active_members().filter(move |record| record.joined < seq && author != Some(record.membership.member.id))
    }

    /// Counts the messages of others after `read` that a member can read and that were not deleted.
    pub(super) fn unread(&self, membership: &Membership, read: u64, head: u64) -> u64 {
        let is_counted = |entry: &&Entry| matches!(entry.event, Event::Message(_)) && entry.author() != Some(membership.member.id);
        let newer = self.conversation.iter().rev().map(AsRef::as_ref).skip_while(|entry| entry.seq > head);
        newer.take_while(|entry| entry.seq > read && entry.seq >= membership.visible_from).filter(is_counted).count() as u64
    }

    fn active_member(&self, member: MemberId) -> Option<&MemberRecord> {
        self.member(member).filter(|_| !self.is_departed(member))
    }

    /// Returns the members, without an owner whose account was deleted.
    pub(super) fn active_members(&self) -> impl Iterator<Item = &MemberRecord> {
        self.members.iter().filter(|record| !self.is_departed(record.membership.member.id))
    }
}
