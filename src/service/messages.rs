//! Messages: post, read, cache rendered pages.

use std::sync::Arc;

use super::Service;
use super::authorization::Caller;
use super::error::{Capacity, Conflict, Error, Result};
use super::rate_limits::Author;
use crate::domain::chat::ChatView;
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::{ChatId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::message::{MessageDraft, html_of};
use crate::domain::pagination::{LogRange, Page};
use crate::domain::person::Person;
use crate::domain::receipt::MessageStatus;
use crate::domain::text::MessageText;
pub use crate::hub::page_cache::{CachedPage, PageKey};
use crate::store::messages::{MessageEdit, NewMessage, NotDeleted, NotEdited, NotPosted};

impl Service {
    /// Posts a message as the caller: as a member, or as a visitor of an open chat.
    pub async fn post_message(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        draft: MessageDraft,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<Arc<Entry>>> {
        let member = self.require_reader(chat, caller).await?.membership.map(|membership| membership.member);
        let person = caller.account().map(Person::Account).or_else(|| member.as_ref().map(|member| Person::Member(chat, member.id)));
        self.admit_post(chat, person.map_or_else(|| Author::Visitor(chat, caller.charge().address()), Author::Person))?;
        let new = NewMessage { chat, message: draft.by(member), key };
        let posted = self.commit(|store, now| async move { store.append_message(new, now).await }).await?;
        self.counters.posts.add(u64::from(!posted.replayed));
        Ok(posted)
    }

    /// Returns the message with this number, and how far it got if the caller is its author.
    pub async fn message(&self, chat: ChatId, caller: &Caller, seq: u64) -> Result<(Arc<Entry>, Option<MessageStatus>)> {
        let view = self.require_reader(chat, caller).await?;
        let message = self.store.find_message(chat, view.visible_from(), seq, self.now()).await?.ok_or(Error::NotFound)?;
        let status = self.status_of(&view, &message, caller).await?;
        Ok((message, status))
    }

    /// Edits a message of the caller. It counts as a post. Returns the message as it now is, and how far it got.
    pub async fn edit_message(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        seq: u64,
        text: Option<MessageText>,
    ) -> Result<(Arc<Entry>, Option<MessageStatus>)> {
        let by = self.require_poster(chat, caller).await?;
        let html = html_of(text.as_ref());
        let edit = MessageEdit { chat, seq, by, text, html };
        let message = self.commit(|store, now| async move { store.edit_message(edit, now).await }).await?;
        let status = self.status_of(&self.require_reader(chat, caller).await?, &message, caller).await?;
        Ok((message, status))
    }

    /// Deletes a message: its author may, and members with the right to delete the author's messages.
    pub async fn delete_message(self: &Arc<Self>, chat: ChatId, caller: &Caller, seq: u64) -> Result<()> {
        let (_, membership) = self.require_member(chat, caller).await?;
        let by = membership.member.id;
        self.commit(move |store, now| async move { store.delete_message(chat, seq, by, now).await }).await
    }

    /// Returns the member that the caller is, whose change is counted as a post.
    pub(super) async fn require_poster(&self, chat: ChatId, caller: &Caller) -> Result<MemberId> {
        let (_, membership) = self.require_member(chat, caller).await?;
        let member = membership.member.id;
        self.admit_post(chat, Author::Person(caller.account().map_or(Person::Member(chat, member), Person::Account)))?;
        Ok(member)
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
            NotPosted::NothingToReplyTo => Self::invalid("reply_to", "must be the number of a message that you can read"),
            NotPosted::Full => Self::Full(Capacity::Chat),
            NotPosted::NodeFull => Self::Full(Capacity::Node),
            NotPosted::KeyReused => Self::key_reused(),
            NotPosted::TooManyKeys => Self::too_many_keys(),
        }
    }
}

impl From<NotEdited> for Error {
    fn from(refusal: NotEdited) -> Self {
        match refusal {
            NotEdited::Gone => Self::NotFound,
            NotEdited::NotAuthor => Self::NotAllowed,
            NotEdited::Deleted => Self::Conflict(Conflict::MessageDeleted),
            NotEdited::NothingLeft => Self::invalid("text", "must not be null: the message has neither image nor video"),
            NotEdited::Full => Self::Full(Capacity::Chat),
            NotEdited::NodeFull => Self::Full(Capacity::Node),
        }
    }
}

impl From<NotDeleted> for Error {
    fn from(refusal: NotDeleted) -> Self {
        match refusal {
            NotDeleted::Gone => Self::NotFound,
            NotDeleted::NotAllowed => Self::NotAllowed,
        }
    }
}
