//! Receipts: move one's own, list those of others, tell an author how far a message got.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Error, Limit, Result};
use crate::domain::chat::ChatView;
use crate::domain::event_log::Entry;
use crate::domain::id::ChatId;
use crate::domain::member::Membership;
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::person::Person;
use crate::domain::receipt::{MemberReceipt, MessageStatus, Receipt, ReceiptMove, ReceiptViewer, RecipientReceipt};
use crate::store::receipts::NotMoved;

/// The receipts of a chat's members, for one who looks at them.
#[derive(Debug)]
pub struct SeenReceipts {
    /// Who looks.
    pub viewer: ReceiptViewer,
    /// The receipts.
    pub page: Page<MemberReceipt>,
}

impl Service {
    /// Moves the caller's receipt forward. Members only.
    pub async fn move_receipt(self: &Arc<Self>, chat: ChatId, caller: &Caller, to: ReceiptMove) -> Result<Receipt> {
        let (_, membership) = self.require_member(chat, caller).await?;
        let (member, now) = (membership.member.id, self.now());
        self.rate_limits.receipts.try_acquire(Person::Member(chat, member), now).map_err(|wait| Error::Limit(Limit::Receipts, wait))?;
        self.commit(move |store, now| async move { store.move_receipt(chat, member, to, now).await }).await
    }

    /// Lists the receipts of the chat's members. Members only.
    pub async fn receipts(&self, chat: ChatId, caller: &Caller, page: PageRequest) -> Result<SeenReceipts> {
        let (_, membership) = self.require_member(chat, caller).await?;
        let viewer = self.receipt_viewer(&membership, caller).await?;
        let page = self.store.list_receipts(chat, page, self.now()).await?.ok_or(Error::NotFound)?;
        Ok(SeenReceipts { viewer, page })
    }

    /// Lists what the recipients of a message did with it. Members only, for messages that they can read.
    pub async fn message_receipts(&self, chat: ChatId, caller: &Caller, seq: u64, page: PageRequest) -> Result<Page<RecipientReceipt>> {
        let (_, membership) = self.require_member(chat, caller).await?;
        if seq < membership.visible_from {
            return Err(Error::NotFound);
        }
        let viewer = self.receipt_viewer(&membership, caller).await?;
        let Page { items, has_more } = self.store.list_recipients(chat, seq, page, self.now()).await?.ok_or(Error::NotFound)?;
        Ok(Page { items: items.into_iter().map(|receipt| viewer.view(receipt)).collect(), has_more })
    }

    /// Returns how far a message got, if the caller is its author. A new one is [`MessageStatus::Sent`], without asking.
    pub async fn status_of(&self, view: &ChatView, message: &Entry, caller: &Caller) -> Result<Option<MessageStatus>> {
        let Some(membership) = view.membership.as_ref().filter(|membership| message.has_status_for(membership.member.id)) else { return Ok(None) };
        let viewer = self.receipt_viewer(membership, caller).await?;
        let tally = self.store.count_recipients(view.chat.id, message.seq, self.now()).await?;
        Ok(tally.map(|tally| tally.status(viewer.shows_read)))
    }

    /// Returns the caller as somebody who looks at receipts.
    async fn receipt_viewer(&self, membership: &Membership, caller: &Caller) -> Result<ReceiptViewer> {
        let shows_read = match caller.account() {
            None => true,
            Some(account) => self.store.find_account(account).await?.ok_or(Error::InvalidToken)?.settings.read_receipts,
        };
        Ok(ReceiptViewer { member: membership.member.id, shows_read })
    }
}

impl From<NotMoved> for Error {
    fn from(refusal: NotMoved) -> Self {
        let beyond = |field| Self::invalid(field, "must not be beyond the head of the conversation");
        match refusal {
            NotMoved::Gone => Self::NotFound,
            NotMoved::DeliveredBeyondHead => beyond("delivered"),
            NotMoved::ReadBeyondHead => beyond("read"),
        }
    }
}
