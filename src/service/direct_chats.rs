//! Direct chats: messages to an account, named by its username.

use std::sync::Arc;
use std::time::Duration;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Capacity, Error, Limit, Result};
use super::rate_limits::Author;
use crate::domain::chat::{Chat, ChatKind};
use crate::domain::event_log::Entry;
use crate::domain::id::{ChatId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::message::MessageDraft;
use crate::domain::pagination::{NumberedPage, PageRequest};
use crate::domain::person::Person;
use crate::domain::receipt::{MemberReceipt, MessageStatus, RecipientTally};
use crate::domain::username::Username;
use crate::store::Store;
use crate::store::direct_chats::{NewDirectMessage, NotSent, SentMessage};

/// A page of the messages of a direct chat.
#[derive(Debug, Default)]
pub struct DirectMessages {
    /// The chat; `None` if the two have none yet.
    pub chat: Option<ChatId>,
    /// The messages of the page, oldest first.
    pub entries: Vec<Arc<Entry>>,
    /// How many messages the chat has, as far as the caller can read it.
    pub total: u64,
    /// How far both are.
    pub receipts: DirectReceipts,
}

/// The receipts of both members of a direct chat, for the status of what one of them wrote.
#[derive(Debug)]
pub struct DirectReceipts {
    author: MemberId,
    receipts: Vec<MemberReceipt>,
}

impl Default for DirectReceipts {
    fn default() -> Self {
        Self { author: MemberId::NONE, receipts: Vec::new() }
    }
}

impl DirectReceipts {
    /// Returns how far a message got, if the caller wrote it.
    #[must_use]
    pub fn status_of(&self, message: &Entry) -> Option<MessageStatus> {
        if !message.has_status_for(self.author) {
            return None;
        }
        let (own, others): (Vec<_>, Vec<_>) = self.receipts.iter().partition(|receipt| receipt.member.id == self.author);
        let mut tally = RecipientTally::default();
        for other in others {
            tally.count(other.receipt, other.shows_read, message.seq);
        }
        Some(tally.status(own.iter().all(|own| own.shows_read)))
    }
}

impl Service {
    /// Sends a message to an account. The first one begins a direct chat with it.
    pub async fn send_direct(
        self: &Arc<Self>,
        caller: &Caller,
        to: Option<Username>,
        draft: MessageDraft,
        key: Option<IdempotencyKey>,
    ) -> Result<(ChatId, Idempotent<Arc<Entry>>)> {
        let SignedIn { account: from, .. } = self.require_account(caller)?;
        let to = self.named_account(to).await?.id;
        if to == from {
            return Err(Error::invalid("to", "must not be yourself"));
        }
        let chat = Chat::new(ChatKind::Direct, None, self.random.as_ref(), self.now());
        let known = self.store.find_direct_chat(from, to).await?.unwrap_or(chat.id);
        self.admit_post(known, Author::Person(Person::Account(from)))?;
        let (limit, now) = (&self.rate_limits.direct_chats, self.now());
        let admitted = limit.try_acquire(from, now);
        let next = admitted.err().unwrap_or_default();
        let new = NewDirectMessage { chat, from, to, message: draft.by(None), is_admitted: admitted.is_ok(), key };
        let step = async move |store: Arc<dyn Store>, now| Ok(store.send_direct(new, now).await?.map_err(|refusal| not_sent(refusal, next)));
        let sent = self.commit(step).await;
        let has_begun = matches!(&sent, Ok(Idempotent { value: SentMessage { has_begun: true, .. }, .. }));
        if admitted.is_ok() && !has_begun {
            limit.refund(from, now);
        }
        let Idempotent { value: SentMessage { chat, entry, .. }, replayed } = sent?;
        if has_begun {
            self.refresh_names(chat, &[from, to]).await;
        }
        self.counters.posts.add(u64::from(!replayed));
        Ok((chat, Idempotent { value: entry, replayed }))
    }

    /// Returns a page of the messages of the direct chat with an account, by the page's number. An account that the caller may not see is not found.
    pub async fn direct_messages(&self, caller: &Caller, with: Option<Username>, page: NumberedPage) -> Result<DirectMessages> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let with = self.named_account(with).await?.id;
        self.visible_account(account, with).await?.ok_or(Error::NotFound)?;
        let Some(chat) = self.store.find_direct_chat(account, with).await? else { return Ok(DirectMessages::default()) };
        let view = self.require_reader(chat, caller).await?;
        let author = view.membership.as_ref().ok_or(Error::NotFound)?.member.id;
        let (entries, total) = self.store.messages_by_number(chat, view.visible_from(), page, self.now()).await?.ok_or(Error::NotFound)?;
        let both = PageRequest { after: 0, limit: 2 };
        let receipts = self.store.list_receipts(chat, both, self.now()).await?.ok_or(Error::NotFound)?.items;
        Ok(DirectMessages { chat: Some(chat), entries, total, receipts: DirectReceipts { author, receipts } })
    }
}

fn not_sent(refusal: NotSent, next: Duration) -> Error {
    match refusal {
        NotSent::Gone => Error::NotFound,
        NotSent::NotAdmitted => Error::Limit(Limit::Openings, next),
        NotSent::AccountFull => Error::Full(Capacity::Account),
        NotSent::NotPosted(refusal) => refusal.into(),
    }
}
