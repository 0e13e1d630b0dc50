//! Export of an account: its chats, and its own messages in them.

use std::sync::Arc;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Error, Result};
use crate::domain::account::Account;
use crate::domain::chat::ChatView;
use crate::domain::event_log::{Entry, Event, Topic};
use crate::domain::id::ChatId;
use crate::domain::pagination::LogRange;

/// A part of the own messages of an account in a chat.
#[derive(Debug)]
pub struct OwnMessages {
    /// The messages.
    pub entries: Vec<Arc<Entry>>,
    /// The last entry of the log that was looked at.
    pub through: u64,
}

impl Service {
    /// Returns the chats in which the caller's account is or was a member, or knocked.
    pub async fn own_chats(&self, caller: &Caller) -> Result<Vec<ChatId>> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        Ok(self.store.chats_of(account).await?)
    }

    /// Returns a chat as the caller's account sees it; `None` unless it is a member.
    pub async fn own_chat(&self, caller: &Caller, chat: ChatId) -> Result<Option<ChatView>> {
        self.live_account(caller).await?;
        let view = self.store.find_chat(chat, caller.principal(), self.now()).await?;
        Ok(view.filter(|view| view.membership.is_some()))
    }

    /// Returns the caller's own messages among up to `max` entries of a chat after `after`, also where it is no member any more; `None` at the end.
    /// Checks the caller's session on every call.
    pub async fn own_messages(&self, caller: &Caller, chat: ChatId, after: u64, max: usize) -> Result<Option<OwnMessages>> {
        let account = self.live_account(caller).await?;
        let range = LogRange::Forward { after, before: None, limit: max };
        let Some(page) = self.store.entries_page(Topic::Conversation(chat), 1, range, self.now()).await? else { return Ok(None) };
        let Some(last) = page.items.last() else { return Ok(None) };
        let through = last.seq;
        let is_own = |entry: &Arc<Entry>| match &entry.event {
            Event::Message(message) => message.member.as_ref().is_some_and(|member| member.username.as_ref() == Some(&account.username)),
            _ => false,
        };
        Ok(Some(OwnMessages { entries: page.items.into_iter().filter(is_own).collect(), through }))
    }

    /// Returns the caller's account while its session lives.
    async fn live_account(&self, caller: &Caller) -> Result<Account> {
        let SignedIn { account, session } = caller.signed_in().ok_or(Error::Unauthenticated)?;
        self.store.find_session(session, self.now()).await?.ok_or(Error::InvalidToken)?;
        self.store.find_account(account).await?.ok_or(Error::InvalidToken)
    }
}
