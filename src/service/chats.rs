//! Chats: opening, reading, changing, closing.

use std::sync::Arc;

use super::Service;
use super::access::Caller;
use super::error::{Conflict, Error, Full, Result};
use crate::domain::address::ClientAddress;
use crate::domain::chat::{Admission, Chat, ChatChange, History, Lifetime, OpenedChat, View};
use crate::domain::entry::{Entry, Topic};
use crate::domain::id::{ChatId, Credential, Epoch, MemberId};
use crate::domain::key::{IdempotencyKey, Once};
use crate::domain::member::{Member, Role};
use crate::domain::page::{Cut, LogPage};
use crate::domain::text::{Name, Title};
use crate::store::chats::{NewChat, NotOpened, NotUpdated};

/// How somebody wants their chat.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What they are called in it.
    pub name: Option<Name>,
    /// What it is called.
    pub title: Option<Title>,
    /// How people get in.
    pub admission: Admission,
    /// How much of the past they read.
    pub history: History,
    /// How long it lives.
    pub expires_in: Lifetime,
}

/// Which log of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogName {
    /// What the members hear.
    Chat,
    /// What the owner hears besides.
    Door,
}

impl Service {
    /// Opens a chat for whoever wants one.
    pub async fn open_chat(self: &Arc<Self>, opening: Opening, address: ClientAddress, key: Option<IdempotencyKey>) -> Result<Once<OpenedChat>> {
        self.admit_chat_creation(address)?;
        let now = self.now();
        let chat = Chat {
            id: ChatId::random(self.dice.as_ref()),
            epoch: Epoch::random(self.dice.as_ref()),
            title: opening.title,
            admission: opening.admission,
            history: opening.history,
            created_at: now,
            expires_in: opening.expires_in,
            expires_at: now + opening.expires_in.span(),
            head: 0,
            door: 0,
        };
        let name = opening.name.unwrap_or_else(Name::owner);
        let owner = Arc::new(Member { id: MemberId::OWNER, name, role: Role::Owner });
        let new = NewChat { chat, owner, author: Credential::random(self.dice.as_ref()), key };
        self.commit(|store, now| async move { store.create_chat(new, now).await }).await
    }

    /// The chat as it is to the caller.
    pub async fn chat(&self, chat: ChatId, caller: &Caller) -> Result<View> {
        self.view(chat, caller).await
    }

    /// The owner changes the chat.
    pub async fn update_chat(self: &Arc<Self>, chat: ChatId, caller: &Caller, change: ChatChange) -> Result<View> {
        let (_, seat) = self.owned(chat, caller).await?;
        let chat = self.commit(move |store, now| async move { store.update_chat(chat, change, now).await }).await?;
        Ok(View { chat, seat: Some(seat) })
    }

    /// The owner closes the chat.
    pub async fn close_chat(self: &Arc<Self>, chat: ChatId, caller: &Caller) -> Result<()> {
        self.owned(chat, caller).await?;
        self.commit(move |store, now| async move { Ok(store.close_chat(chat, now).await?.ok_or(Error::NotFound)) }).await
    }

    /// A page of what happened in the chat or, for its owner, at its door.
    pub async fn activity(&self, chat: ChatId, caller: &Caller, log: LogName, page: LogPage) -> Result<Cut<Arc<Entry>>> {
        let (topic, floor, head) = match log {
            LogName::Chat => {
                let view = self.view(chat, caller).await?;
                (Topic::Conversation(chat), view.since(), view.chat.head)
            }
            LogName::Door => (Topic::Door(chat), 1, self.owned(chat, caller).await?.0.door),
        };
        let page = page.up_to(head);
        self.store.entries_page(topic, floor, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Up to `most` entries of a transcript, as far as the number `last`; whether the caller may read them is asked anew for each part.
    pub async fn transcript(&self, chat: ChatId, caller: &Caller, after: u64, last: u64, most: usize) -> Result<Vec<Arc<Entry>>> {
        let page = LogPage::Forward { after, before: Some(last + 1), limit: most };
        Ok(self.activity(chat, caller, LogName::Chat, page).await?.items)
    }
}

impl From<NotOpened> for Error {
    fn from(refusal: NotOpened) -> Self {
        match refusal {
            NotOpened::NodeFull => Self::Full(Full::Node),
            NotOpened::KeyReused => Self::key_reused(),
            NotOpened::TooManyKeys => Self::too_many_keys(),
        }
    }
}

impl From<NotUpdated> for Error {
    fn from(refusal: NotUpdated) -> Self {
        match refusal {
            NotUpdated::Gone => Self::NotFound,
            NotUpdated::SomebodyWasRemoved => Self::Conflict(Conflict::SomebodyWasRemoved),
            NotUpdated::NodeFull => Self::Full(Full::Node),
            NotUpdated::MembersFull | NotUpdated::Full => Self::Full(Full::Chat),
        }
    }
}
