//! Messages: post, read, cache rendered pages.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Conflict, Error, Result};
use super::rate_limits::Author;
use crate::domain::chat::ChatView;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::ChatId;
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::message::Message;
use crate::domain::pagination::{LogRange, Page};
use crate::domain::person::Person;
use crate::domain::text::{ClientRef, MessageText};
pub use crate::hub::page_cache::{CachedPage, PageKey};
use crate::store::messages::{NewMessage, NotPosted};

impl Service {
    /// Posts a message as the caller: as a member, or as a visitor of an open chat.
    pub async fn post_message(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        text: MessageText,
        client_ref: Option<ClientRef>,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<Arc<Entry>>> {
        let member = self.require_reader(chat, caller).await?.membership.map(|membership| membership.member);
        let person = caller.account().map(Person::Account).or_else(|| member.as_ref().map(|member| Person::Member(chat, member.id)));
        self.admit_post(chat, person.map_or_else(|| Author::Visitor(chat, caller.charge().address()), Author::Person))?;
        let new = NewMessage { chat, message: Message { member, text, client_ref }, key };
        let posted = self.commit(|store, now| async move { store.append_message(new, now).await }).await?;
        self.counters.posts.add(u64::from(!posted.replayed));
        Ok(posted)
    }

    /// Returns the chat and a page of its messages up to its head, from which a stream can continue.
    pub async fn messages(&self, chat: ChatId, caller: &Caller, page: LogRange) -> Result<(ChatView, Messages)> {
        let view = self.require_reader(chat, caller).await?;
        let page = page.up_to(view.chat.head);
        if let Some(cached) = self.hub.pages().get(chat, PageKey::new(&view, page)) {
            return Ok((view, Messages::Written(cached)));
        }
        let read = self.read_messages(&view, page).await?;
        Ok((view, Messages::Read(page, read)))
    }

    /// Returns more messages of a page that is read in parts. Checks the caller's access again.
    pub async fn more_messages(&self, chat: ChatId, caller: &Caller, page: LogRange) -> Result<Vec<Arc<Entry>>> {
        let view = self.require_reader(chat, caller).await?;
        Ok(self.read_messages(&view, page).await?.items)
    }

    /// Caches a rendered page, to serve the next request for the same page.
    pub async fn keep_messages(&self, chat: ChatId, page: CachedPage) -> Result<()> {
        let now = self.now();
        self.hub.pages().insert(chat, page, now);
        // The chat may have ended between reading the page and caching it.
        if self.store.heads(&[Topic::Conversation(chat)], now).await?.iter().all(Option::is_none) {
            self.hub.pages().remove(chat);
        }
        Ok(())
    }

    async fn read_messages(&self, view: &ChatView, page: LogRange) -> Result<Page<Arc<Entry>>> {
        self.store.messages_page(view.chat.id, view.visible_from(), page, self.now()).await?.ok_or(Error::NotFound)
    }
}

/// A page of messages.
#[derive(Debug)]
pub enum Messages {
    /// Rendered before, from the cache.
    Written(Arc<CachedPage>),
    /// From the store: the range and its entries.
    Read(LogRange, Page<Arc<Entry>>),
}

impl From<NotPosted> for Error {
    fn from(refusal: NotPosted) -> Self {
        match refusal {
            NotPosted::Gone => Self::NotFound,
            NotPosted::NotAccepted => Self::NotAccepted,
            NotPosted::BlockedByAuthor => Self::Conflict(Conflict::BlockedByYou),
            NotPosted::Full => Self::Full(Capacity::Chat),
            NotPosted::NodeFull => Self::Full(Capacity::Node),
            NotPosted::KeyReused => Self::key_reused(),
            NotPosted::TooManyKeys => Self::too_many_keys(),
        }
    }
}
