//! Messages: posting, reading.

use std::sync::Arc;

use super::Service;
use super::access::Caller;
use super::error::{Error, Full, Result};
use super::rate_limits::Author;
use crate::domain::chat::View;
use crate::domain::entry::{Entry, Topic};
use crate::domain::id::ChatId;
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::message::Message;
use crate::domain::page::{Cut, LogPage};
use crate::domain::text::{ClientRef, MessageText};
pub use crate::live::pages::Page;
use crate::store::messages::{NewMessage, NotPosted};

impl Service {
    /// Somebody says something.
    pub async fn post_message(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        text: MessageText,
        client_ref: Option<ClientRef>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Arc<Entry>>> {
        let member = self.view(chat, caller).await?.seat.map(|seat| seat.member);
        self.admit_post(chat, member.as_ref().map_or_else(|| Author::Visitor(caller.charge().address()), |member| Author::Member(member.id)))?;
        let new = NewMessage { chat, message: Message { member, text, client_ref }, key };
        let posted = self.commit(|store, now| async move { store.append_message(new, now).await }).await?;
        self.figures.posts.add(u64::from(!posted.replayed));
        Ok(posted)
    }

    /// The chat with a page of its messages, as far as its head: what came since is followed from there.
    pub async fn messages(&self, chat: ChatId, caller: &Caller, page: LogPage) -> Result<(View, Messages)> {
        let view = self.view(chat, caller).await?;
        let page = page.up_to(view.chat.head);
        if let Some(written) = self.live.pages().find(chat, view.since(), page, view.chat.head) {
            return Ok((view, Messages::Written(written)));
        }
        let read = self.read_messages(&view, page).await?;
        Ok((view, Messages::Read(page, read)))
    }

    /// More of the same messages.
    pub async fn more_messages(&self, chat: ChatId, caller: &Caller, page: LogPage) -> Result<Vec<Arc<Entry>>> {
        let view = self.view(chat, caller).await?;
        Ok(self.read_messages(&view, page).await?.items)
    }

    /// A page of messages was written down: whoever asks for the same soon gets it as it is.
    pub async fn keep_messages(&self, chat: ChatId, page: Page) -> Result<()> {
        let now = self.now();
        self.live.pages().keep(chat, page, now);
        // It may have ended after the page was read, and before this was kept.
        if self.store.heads(&[Topic::Conversation(chat)], now).await?.iter().all(Option::is_none) {
            self.live.pages().forget(chat);
        }
        Ok(())
    }

    async fn read_messages(&self, view: &View, page: LogPage) -> Result<Cut<Arc<Entry>>> {
        self.store.messages_page(view.chat.id, view.since(), page, self.now()).await?.ok_or(Error::NotFound)
    }
}

/// A page of messages.
#[derive(Debug)]
pub enum Messages {
    /// As it was written down before.
    Written(Arc<Page>),
    /// From the store: which page it is, and what is on it.
    Read(LogPage, Cut<Arc<Entry>>),
}

impl From<NotPosted> for Error {
    fn from(refusal: NotPosted) -> Self {
        match refusal {
            NotPosted::Gone => Self::NotFound,
            NotPosted::Full => Self::Full(Full::Chat),
            NotPosted::NodeFull => Self::Full(Full::Node),
            NotPosted::KeyReused => Self::key_reused(),
            NotPosted::TooManyKeys => Self::too_many_keys(),
        }
    }
}
