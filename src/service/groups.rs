//! Groups: create, find, list, members and their roles.

use std::collections::HashSet;
use std::sync::Arc;

use super::Service;
use super::authorization::{Caller, SignedIn};
use super::error::{Capacity, Conflict, Error, Result};
use super::knocks::{Guest, LinkRelation};
use super::rate_limits::Author;
use crate::domain::chat::{Admission, Chat, ChatKind, ChatView, HistoryVisibility, Lifetime};
use crate::domain::chat_item::ChatItem;
use crate::domain::event_log::Entry;
use crate::domain::group::{Group, GroupMember, GroupName, MembershipStatus};
use crate::domain::id::{AccountId, ChatId, LinkId, MemberId};
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::member::{Member, Role};
use crate::domain::message::MessageDraft;
use crate::domain::pagination::{NamedPage, Page, PageRequest};
use crate::domain::person::Person;
use crate::domain::principal::Principal;
use crate::domain::search_term::SearchTerm;
use crate::domain::text::{Description, Title};
use crate::domain::username::Username;
use crate::store::groups::{Came, Coming, NewGroup, NotCome, NotGrouped, RoleNotChanged};
use crate::store::messages::NewMessage;

/// Parameters of a new group.
#[derive(Clone, Debug)]
pub struct NewGroupParams {
    /// Its name.
    pub name: GroupName,
    /// The title.
    pub title: Option<Title>,
    /// What it is about.
    pub description: Option<Description>,
    /// The usernames of those whom the owner adds; `None` for one that no account can have.
    pub members: Vec<Option<Username>>,
    /// How accounts join.
    pub admission: Admission,
    /// How much of the history new members can read.
    pub history: HistoryVisibility,
    /// The lifetime, if it has one.
    pub expires_in: Option<Lifetime>,
}

/// A group as an account sees it.
#[derive(Clone, Debug)]
pub struct GroupCard {
    /// The chat, with the membership of a member.
    pub view: ChatView,
    /// The line of its list, for a member.
    pub item: Option<ChatItem>,
}

impl GroupCard {
    /// Returns the name of the group.
    #[must_use]
    pub fn name(&self) -> &str {
        self.view.chat.group.as_ref().map_or("", |group| group.name.as_str())
    }
}

impl Service {
    /// Creates a group; the caller becomes its owner.
    pub async fn create_group(
        self: &Arc<Self>,
        caller: &Caller,
        params: NewGroupParams,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<ChatItem>> {
        let SignedIn { account: owner, .. } = self.require_account(caller)?;
        if params.name.is_reserved() {
            return Err(Error::Conflict(Conflict::GroupNameTaken));
        }
        self.admit_chat_creation(caller.charge().address())?;
        let (mut members, mut seen) = (Vec::new(), HashSet::from([owner]));
        for username in params.members {
            let member = self.named_account(username).await?.id;
            if seen.insert(member) {
                members.push(member);
            }
        }
        let chat = Chat {
            title: params.title,
            group: Some(Arc::new(Group { name: params.name, description: params.description, members: 0 })),
            admission: params.admission,
            history: params.history,
            ..Chat::new(ChatKind::Group, params.expires_in, self.random.as_ref(), self.now())
        };
        let door = LinkId::random(self.random.as_ref());
        let accounts = [&[owner], &members[..]].concat();
        let new = NewGroup { chat, door, owner, members, key };
        let created = self.commit(|store, now| async move { store.create_group(new, now).await }).await?;
        self.refresh_names(created.value.chat.id, &accounts).await;
        let item = self.store.chat_item(owner, created.value.chat.id, self.now()).await?.ok_or(Error::NotFound)?;
        Ok(Idempotent { value: item, replayed: created.replayed })
    }

    /// Returns the chat of the group with this name.
    pub async fn group_chat(&self, name: Option<&GroupName>) -> Result<ChatId> {
        let name = name.ok_or(Error::NotFound)?;
        self.store.find_group(name).await?.ok_or(Error::NotFound)
    }

    /// Posts a message into a group that the caller named. Its key belongs to the caller in all chats.
    pub async fn send_to_group(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        draft: MessageDraft,
        key: Option<IdempotencyKey>,
    ) -> Result<Idempotent<Arc<Entry>>> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let member = self.require_member(chat, caller).await?.1.member;
        self.admit_post(chat, Author::Person(Person::Account(account)))?;
        let new = NewMessage { chat, message: draft.by(Some(member)), key };
        let posted = self.commit(move |store, now| async move { store.send_to_group(account, new, now).await }).await?;
        self.counters.posts.add(u64::from(!posted.replayed));
        Ok(posted)
    }

    /// Returns a group; one that admits by invitation alone only to its members.
    pub async fn group(&self, caller: &Caller, name: Option<&GroupName>) -> Result<GroupCard> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let chat = self.group_chat(name).await?;
        let view = self.store.find_chat(chat, caller.principal(), self.now()).await?.ok_or(Error::NotFound)?;
        if view.membership.is_none() && view.chat.admission == Admission::Invite {
            return Err(Error::NotFound);
        }
        self.card(account, view).await
    }

    /// Lists the groups that accounts may join or knock at, by name.
    pub async fn groups(&self, caller: &Caller, search: Option<&SearchTerm>, page: NamedPage) -> Result<Page<GroupCard>> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        let Page { items, has_more } = self.store.list_groups(account, search.map_or("", SearchTerm::as_str), page, self.now()).await?;
        let mut cards = Vec::with_capacity(items.len());
        for view in items {
            cards.push(self.card(account, view).await?);
        }
        Ok(Page { items: cards, has_more })
    }

    async fn card(&self, account: AccountId, view: ChatView) -> Result<GroupCard> {
        let item = match view.membership {
            Some(_) => self.store.chat_item(account, view.chat.id, self.now()).await?,
            None => None,
        };
        Ok(GroupCard { view, item })
    }

    /// Lists the members of a group, or those that were. Only members may.
    pub async fn group_members(&self, chat: ChatId, caller: &Caller, status: MembershipStatus, page: PageRequest) -> Result<Page<GroupMember>> {
        self.require_member(chat, caller).await?;
        self.store.list_group_members(chat, status, page, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Adds an account to a group.
    pub async fn add_to_group(self: &Arc<Self>, chat: ChatId, caller: &Caller, username: Option<Username>) -> Result<Came> {
        let by = self.require_door(chat, caller).await?.1.member.id;
        let account = self.named_account(username).await?.id;
        self.come_into_group(chat, account, Coming::AddedBy(by)).await
    }

    /// Joins an open group.
    pub async fn join_group(self: &Arc<Self>, chat: ChatId, caller: &Caller) -> Result<Came> {
        let SignedIn { account, .. } = self.require_account(caller)?;
        self.come_into_group(chat, account, Coming::Joining).await
    }

    async fn come_into_group(self: &Arc<Self>, chat: ChatId, account: AccountId, coming: Coming) -> Result<Came> {
        let came = self.commit(move |store, now| async move { store.come_into_group(chat, account, coming, now).await }).await?;
        self.refresh_names(chat, &[account]).await;
        Ok(came)
    }

    /// Knocks at a group by its name; an open one admits at once. One that admits by invitation alone is not found.
    pub async fn knock_at_group(
        self: &Arc<Self>,
        chat: ChatId,
        caller: &Caller,
        guest: Guest,
        key: Option<IdempotencyKey>,
    ) -> Result<(Option<Idempotent<()>>, LinkRelation)> {
        let door = self.group_door(chat, caller).await?;
        self.knock(door, caller, guest, key).await
    }

    /// Returns how the caller's knock at a group stands, or that it is a member.
    pub async fn group_knock(&self, chat: ChatId, caller: &Caller) -> Result<LinkRelation> {
        let door = self.group_door(chat, caller).await?;
        self.link_relation(door, caller).await?.ok_or(Error::NotFound)
    }

    /// Withdraws the caller's knock at a group.
    pub async fn withdraw_group_knock(self: &Arc<Self>, chat: ChatId, caller: &Caller) -> Result<()> {
        let door = self.group_door(chat, caller).await?;
        match self.link_relation(door, caller).await? {
            Some(LinkRelation::Knocked(knocked)) => self.withdraw_knock(door, knocked.knock.id, caller).await,
            _ => Err(Error::NotFound),
        }
    }

    async fn group_door(&self, chat: ChatId, caller: &Caller) -> Result<LinkId> {
        self.require_account(caller)?;
        self.store.group_door(chat, self.now()).await?.ok_or(Error::NotFound)
    }

    /// Changes the role of a member. Only the owner of a group may; a new owner takes their place.
    pub async fn change_role(self: &Arc<Self>, chat: ChatId, caller: &Caller, member: MemberId, role: Role) -> Result<Arc<Member>> {
        let by = self.require_member(chat, caller).await?.1.member.id;
        self.commit(move |store, now| async move { store.change_role(chat, member, role, by, now).await }).await
    }

    /// Returns the number that an account has in a chat; [`MemberId::NONE`] if it is no member, or no account can have this username.
    pub async fn member_named(&self, chat: ChatId, caller: &Caller, username: Option<Username>) -> Result<MemberId> {
        self.require_member(chat, caller).await?;
        let account = match self.named_account(username).await {
            Ok(account) => account.id,
            Err(Error::NotFound) => return Ok(MemberId::NONE),
            Err(error) => return Err(error),
        };
        let view = self.store.find_chat(chat, Some(Principal::Account(account)), self.now()).await?.ok_or(Error::NotFound)?;
        Ok(view.membership.map_or(MemberId::NONE, |membership| membership.member.id))
    }
}

impl From<NotGrouped> for Error {
    fn from(refusal: NotGrouped) -> Self {
        match refusal {
            NotGrouped::Gone => Self::NotFound,
            NotGrouped::NameTaken => Self::Conflict(Conflict::GroupNameTaken),
            NotGrouped::NotAccepted(usernames) => Self::AdditionsNotAccepted(usernames),
            NotGrouped::NodeFull => Self::Full(Capacity::Node),
            NotGrouped::AccountFull => Self::Full(Capacity::Account),
            NotGrouped::KeyReused => Self::key_reused(),
            NotGrouped::TooManyKeys => Self::too_many_keys(),
        }
    }
}

impl From<NotCome> for Error {
    fn from(refusal: NotCome) -> Self {
        match refusal {
            NotCome::Gone => Self::NotFound,
            NotCome::NotAllowed => Self::NotAllowed,
            NotCome::NotAccepted => Self::NotAccepted,
            NotCome::BlockedByAdder => Self::Conflict(Conflict::BlockedByYou),
            NotCome::Full => Self::Full(Capacity::Chat),
            NotCome::AccountFull => Self::Full(Capacity::Account),
        }
    }
}

impl From<RoleNotChanged> for Error {
    fn from(refusal: RoleNotChanged) -> Self {
        match refusal {
            RoleNotChanged::Gone => Self::NotFound,
            RoleNotChanged::NotAllowed => Self::NotAllowed,
            RoleNotChanged::OwnerIsFixed => Self::invalid("role", "of the owner stays until another member becomes the owner"),
            RoleNotChanged::NoAccount => Self::invalid("role", "must be member for one without an account"),
        }
    }
}
