//! Chat items: the chats of an account, clearing and muting.

use std::sync::Arc;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Error, Result};
use crate::domain::chat::ChatKind;
use crate::domain::chat_item::{ChatFilter, ChatItem, Notifications, RecentPage};
use crate::domain::id::{ChatId, MemberId};
use crate::domain::pagination::Page;
use crate::domain::person::Person;
use crate::domain::username::Username;
use crate::store::chat_items::{NoMember, NotCleared};

/// The account that must be a member of listed chats, by its username.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Participant {
    /// Any chat is listed.
    Any,
    /// Only those with this account; none if no account can have the username.
    Named(Option<Username>),
}

impl Service {
    /// Lists the chats of the caller's account, the latest first.
    pub async fn chat_items(&self, caller: &Caller, kind: Option<ChatKind>, participant: Participant, page: RecentPage) -> Result<Page<ChatItem>> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let participant = match participant {
            Participant::Any => None,
            Participant::Named(username) => match self.named_account(username).await {
                Ok(participant) => Some(participant.id),
                Err(Error::NotFound) => return Ok(Page { items: Vec::new(), has_more: false }),
                Err(error) => return Err(error),
            },
        };
        Ok(self.store.list_chats(account, ChatFilter { kind, participant }, page, self.now()).await?)
    }

    /// Returns a chat of the caller's account.
    pub(super) async fn chat_item(&self, caller: &Caller, chat: ChatId) -> Result<ChatItem> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        self.store.chat_item(account, chat, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Mutes a chat for the caller, or ends that. Only members may.
    pub async fn set_notifications(self: &Arc<Self>, chat: ChatId, caller: &Caller, to: Notifications) -> Result<()> {
        let member = self.require_member(chat, caller).await?.1.member.id;
        self.commit(move |store, now| async move { store.set_notifications(chat, member, to, now).await }).await
    }

    /// Clears a direct chat for the caller. Their streams of it end with `bye`: what they showed is gone.
    pub(super) async fn clear_chat(self: &Arc<Self>, chat: ChatId, caller: &Caller, member: MemberId) -> Result<()> {
        self.commit(move |store, now| async move { store.clear_chat(chat, member, now).await }).await?;
        if let Some(account) = caller.account() {
            self.displace_chat_streams(Person::Account(account), chat);
        }
        Ok(())
    }
}

impl From<NotCleared> for Error {
    fn from(refusal: NotCleared) -> Self {
        match refusal {
            NotCleared::Gone => Self::NotFound,
            NotCleared::NotDirect => Self::NotAllowed,
        }
    }
}

impl From<NoMember> for Error {
    fn from(_: NoMember) -> Self {
        Self::NotFound
    }
}
