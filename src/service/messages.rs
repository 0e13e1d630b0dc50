//! Messages: posting, reading.

use std::sync::Arc;

use super::Service;
use super::access::Caller;
use super::error::{Error, Full, Result};
use super::rates::Poster;
use crate::domain::address::ClientAddress;
use crate::domain::chat::View;
use crate::domain::entry::Entry;
use crate::domain::id::ChatId;
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::message::Message;
use crate::domain::page::{Cut, LogPage};
use crate::domain::text::{ClientRef, MessageText};
use crate::store::messages::{NewMessage, NotPosted};

impl Service {
    /// Somebody says something, from this address.
    pub async fn post_message(
        self: &Arc<Self>,
        chat: ChatId,
        caller: Caller,
        address: ClientAddress,
        text: MessageText,
        client_ref: Option<ClientRef>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Arc<Entry>>> {
        let member = self.view(chat, caller).await?.seat.map(|seat| seat.member);
        self.admit_post(chat, member.as_ref().map_or(Poster::Visitor(address), |member| Poster::Member(member.id)))?;
        let new = NewMessage { chat, message: Message { member, text, client_ref }, key };
        let posted = self.commit(|store, now| async move { store.append_message(new, now).await }).await?;
        self.figures.posts.add(u64::from(!posted.replayed));
        Ok(posted)
    }

    /// The chat with a page of its messages, as far as its head: what came since is followed from there.
    pub async fn messages(&self, chat: ChatId, caller: Caller, page: LogPage) -> Result<(View, Cut<Arc<Entry>>)> {
        let view = self.view(chat, caller).await?;
        let page = page.up_to(view.chat.head);
        let messages = self.store.messages_page(chat, view.since(), page, self.now()).await?.ok_or(Error::NotFound)?;
        Ok((view, messages))
    }
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
