//! Chats: create, read, update, close, and read their logs.

use std::sync::Arc;

use super::Service;
use super::authorization::{Caller, Identity};
use super::error::{Capacity, Conflict, Error, Result};
use crate::domain::chat::{Admission, Chat, ChatChange, ChatKind, ChatView, HistoryVisibility, Lifetime, OpenedChat};
use crate::domain::event_log::{Entry, Topic};
use crate::domain::id::{ChatId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::member::{Member, Role};
use crate::domain::pagination::{LogRange, Page};
use crate::domain::text::{Name, Title};
use crate::store::chats::{NewChat, NotOpened, NotUpdated};

/// Parameters of a new chat.
#[derive(Clone, Debug)]
pub struct NewChatParams {
    /// The owner's name.
    pub name: Option<Name>,
    /// The title.
    pub title: Option<Title>,
    /// How guests are admitted.
    pub admission: Admission,
    /// How much of the history new members can read.
    pub history: HistoryVisibility,
    /// The lifetime.
    pub expires_in: Lifetime,
}

/// Which log of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogName {
    /// The conversation, for all readers.
    Chat,
    /// The door's log, for the owner only.
    Door,
}

impl Service {
    /// Creates a chat; the caller becomes its owner.
    pub async fn open_chat(self: &Arc<Self>, caller: &Caller, params: NewChatParams, key: Option<IdempotencyKey>) -> Result<Idempotent<OpenedChat>> {
        self.admit_chat_creation(caller.charge().address())?;
        let Identity { principal: author, name, username } = self.identity(caller).await?;
        let chat = Chat {
            title: params.title,
            admission: params.admission,
            history: params.history,
            ..Chat::new(ChatKind::Link, Some(params.expires_in), self.random.as_ref(), self.now())
        };
        let name = params.name.or(name).unwrap_or_else(Name::owner);
        let owner = Arc::new(Member { id: MemberId::OWNER, name, username, role: Role::Owner });
        let new = NewChat { chat, owner, author, key };
        self.commit(|store, now| async move { store.create_chat(new, now).await }).await
    }

    /// Returns the chat as the caller sees it.
    pub async fn chat(&self, chat: ChatId, caller: &Caller) -> Result<ChatView> {
        self.require_reader(chat, caller).await
    }

    /// Updates the chat: the owner may, and admins its profile.
    pub async fn update_chat(self: &Arc<Self>, chat: ChatId, caller: &Caller, change: ChatChange) -> Result<ChatView> {
        let (before, membership) = self.require_member(chat, caller).await?;
        let (role, by) = (membership.member.role, membership.member.id);
        if !role.may_change_profile() || (change.needs_owner() && !role.may_govern()) {
            return Err(Error::NotAllowed);
        }
        check_kind(before.kind, &change)?;
        if change.name.is_some() {
            self.admit_new_name(self.require_account(caller)?.account)?;
        }
        let chat = self.commit(move |store, now| async move { store.update_chat(chat, change, by, now).await }).await?;
        Ok(ChatView { chat, membership: Some(membership), with: None })
    }

    /// Closes the chat, which only the owner may; a direct chat is cleared for the caller alone.
    pub async fn close_chat(self: &Arc<Self>, chat: ChatId, caller: &Caller) -> Result<()> {
        let (closed, membership) = self.require_member(chat, caller).await?;
        if closed.kind == ChatKind::Direct {
            return self.clear_chat(chat, caller, membership.member.id).await;
        }
        if !membership.member.role.may_govern() {
            return Err(Error::NotAllowed);
        }
        self.commit(move |store, now| async move { Ok(store.close_chat(chat, now).await?.ok_or(Error::NotFound)) }).await
    }

    /// Closes any chat on behalf of the operator.
    pub async fn remove_chat(self: &Arc<Self>, chat: ChatId) -> Result<()> {
        self.commit(move |store, now| async move { Ok(store.close_chat(chat, now).await?.ok_or(Error::NotFound)) }).await
    }

    /// Returns a page of the chat's log or, for its owner, of the door's log, and the first number of the conversation that the caller can read.
    pub async fn activity(&self, chat: ChatId, caller: &Caller, log: LogName, page: LogRange) -> Result<(u64, Page<Arc<Entry>>)> {
        let (topic, floor, head) = match log {
            LogName::Chat => {
                let view = self.require_reader(chat, caller).await?;
                (Topic::Conversation(chat), view.visible_from(), view.chat.head)
            }
            LogName::Door => (Topic::Door(chat), 1, self.require_door(chat, caller).await?.0.door),
        };
        let page = page.up_to(head);
        let page = self.store.entries_page(topic, floor, page, self.now()).await?.ok_or(Error::NotFound)?;
        Ok((floor, page))
    }

    /// Returns up to `max` transcript entries after `after`, through sequence number `last`, and the first number that the caller can read. Checks the
    /// caller's access on every call.
    pub async fn transcript(&self, chat: ChatId, caller: &Caller, after: u64, last: u64, max: usize) -> Result<(u64, Vec<Arc<Entry>>)> {
        let page = LogRange::Forward { after, before: Some(last + 1), limit: max };
        let (floor, page) = self.activity(chat, caller, LogName::Chat, page).await?;
        Ok((floor, page.items))
    }
}

/// Rejects what this kind of chat does not have.
fn check_kind(kind: ChatKind, change: &ChatChange) -> Result<()> {
    if kind == ChatKind::Group {
        return match &change.name {
            Some(name) if name.is_reserved() => Err(Error::Conflict(Conflict::GroupNameTaken)),
            _ => Ok(()),
        };
    }
    let only_for_groups = |field| Err(Error::invalid(field, "is for groups alone"));
    match change {
        ChatChange { name: Some(_), .. } => only_for_groups("name"),
        ChatChange { description: Some(_), .. } => only_for_groups("description"),
        ChatChange { expires_in: Some(None), .. } => Err(Error::invalid("expires_in", "must be a number of seconds")),
        ChatChange { admission: Some(Admission::Invite), .. } => Err(Error::invalid("admission", "must be knock or open")),
        _ => Ok(()),
    }
}

impl From<NotOpened> for Error {
    fn from(refusal: NotOpened) -> Self {
        match refusal {
            NotOpened::AccountFull => Self::Full(Capacity::Account),
            NotOpened::NodeFull => Self::Full(Capacity::Node),
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
            NotUpdated::NodeFull => Self::Full(Capacity::Node),
            NotUpdated::NameTaken => Self::Conflict(Conflict::GroupNameTaken),
            NotUpdated::MembersFull | NotUpdated::Full => Self::Full(Capacity::Chat),
        }
    }
}
