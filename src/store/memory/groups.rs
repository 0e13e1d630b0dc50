//! Groups in memory: creation, names, coming in, roles.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::ChatState;
use super::chat::door::{CredentialOwner, Door, LinkRecord};
use super::chat::group::Coming as Way;
use super::chat::idempotency::impl_from_key_error;
use super::directory::Directory;
use super::directory::group_index::NameTaken;
use crate::domain::account::Account;
use crate::domain::chat::{Admission, ChatKind, ChatView, EndReason, OpenedChat};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{Entry, Event};
use crate::domain::group::{GroupMember, GroupName, MembershipStatus};
use crate::domain::id::{AccountId, ChatId, LinkId, MemberId};
use crate::domain::idempotency::Idempotent;
use crate::domain::knock::KnockStatus;
use crate::domain::limits::Limits;
use crate::domain::link::Link;
use crate::domain::member::{Member, Role};
use crate::domain::pagination::{NamedPage, Page, PageRequest};
use crate::domain::principal::Principal;
use crate::store::groups::{Came, Coming, Groups, NewGroup, NotCome, NotGrouped, RoleNotChanged};
use crate::store::messages::{NewMessage, NotPosted};
use crate::store::{Committed, StoreResult, WriteResult};

/// Groups looked at in one step of a list.
const LOOKED_AT: usize = 256;

impl_from_key_error!(NotGrouped);

#[async_trait]
impl Groups for MemoryStore {
    async fn create_group(&self, new: NewGroup, now: Timestamp) -> WriteResult<Idempotent<OpenedChat>, NotGrouped> {
        Ok(self.create_once(new.key, now, || self.begin_group(&new, now)))
    }

    async fn find_group(&self, name: &GroupName) -> StoreResult<Option<ChatId>> {
        Ok(self.directory.read().groups.find(name))
    }

    async fn group_door(&self, chat: ChatId, now: Timestamp) -> StoreResult<Option<LinkId>> {
        Ok(self.read(chat, now, |state| state.door().name_link.as_ref().map(|record| record.link.id)).flatten())
    }

    async fn list_groups(&self, viewer: AccountId, prefix: &str, page: NamedPage, now: Timestamp) -> StoreResult<Page<ChatView>> {
        let (mut after, mut found) = (page.after, Vec::new());
        loop {
            let next = self.directory.read().groups.after(prefix, after.as_ref(), LOOKED_AT);
            after = next.last().map(|(name, _)| name.clone());
            let views = next.iter().filter_map(|(_, chat)| self.read(*chat, now, |state| state.view_of(viewer)));
            found.extend(views.filter(|view| view.chat.admission != Admission::Invite));
            if next.len() < LOOKED_AT || found.len() > page.limit {
                return Ok(Page::first(found.into_iter(), page.limit));
            }
        }
    }

    async fn send_to_group(&self, account: AccountId, new: NewMessage, now: Timestamp) -> WriteResult<Idempotent<Arc<Entry>>, NotPosted> {
        Ok(self.write(new.chat, now, NotPosted::Gone, |state| self.post(state, new, Some(account), now)))
    }

    async fn come_into_group(&self, chat: ChatId, account: AccountId, coming: Coming, now: Timestamp) -> WriteResult<Came, NotCome> {
        Ok(self.write(chat, now, NotCome::Gone, |state| {
            if state.chat.kind != ChatKind::Group {
                return Err(NotCome::NotAllowed);
            }
            let present = state.membership_of(&Principal::Account(account)).map(|membership| membership.member.id);
            let adder = match coming {
                Coming::Joining => None,
                Coming::AddedBy(by) => Some(state.decider(by).ok_or(NotCome::NotAllowed)?),
            };
            if let Some(member) = present.and_then(|member| state.group_member(member)) {
                return Ok(Came { member, is_new: false });
            }
            let newcomer = self.newcomer(state, account, adder.as_ref())?;
            if state.members.len() >= self.limits.members {
                return Err(NotCome::Full);
            }
            if !self.enter_chat(chat, Principal::Account(account)) {
                return Err(NotCome::AccountFull);
            }
            let id = state.join(&newcomer, adder, now, &self.limits);
            state.group_member(id).map(|member| Came { member, is_new: true }).ok_or(NotCome::Gone)
        }))
    }

    async fn change_role(
        &self,
        chat: ChatId,
        member: MemberId,
        role: Role,
        by: MemberId,
        now: Timestamp,
    ) -> WriteResult<Arc<Member>, RoleNotChanged> {
        Ok(self.write(chat, now, RoleNotChanged::Gone, |state| {
            let owner = state.member(by).filter(|_| !state.is_departed(by)).ok_or(RoleNotChanged::Gone)?.membership.member.clone();
            if state.chat.kind != ChatKind::Group || !owner.role.may_govern() {
                return Err(RoleNotChanged::NotAllowed);
            }
            let record = state.member(member).ok_or(RoleNotChanged::Gone)?;
            if record.credential.account().is_none() && role != Role::Member {
                return Err(RoleNotChanged::NoAccount);
            }
            if member == by && role != Role::Owner {
                return Err(RoleNotChanged::OwnerIsFixed);
            }
            let changed = state.set_role(member, role, &owner, now).ok_or(RoleNotChanged::Gone)?;
            if role == Role::Owner && member != by {
                state.set_role(by, Role::Admin, &owner, now);
            }
            Ok(changed)
        }))
    }

    async fn list_group_members(
        &self,
        chat: ChatId,
        status: MembershipStatus,
        page: PageRequest,
        now: Timestamp,
    ) -> StoreResult<Option<Page<GroupMember>>> {
        Ok(self.read(chat, now, |state| Page::first(state.group_members(status, page.after), page.limit)))
    }
}

impl MemoryStore {
    /// Creates a group. It can be found once the directory knows its name.
    fn begin_group(&self, new: &NewGroup, now: Timestamp) -> Result<Committed<Idempotent<OpenedChat>>, NotGrouped> {
        let chat = new.chat.id;
        let (owner, members) = self.directory.read().first_members(new)?;
        let mut state = ChatState::new(new.chat.clone());
        state.door = Some(Box::new(Door { name_link: Some(Box::new(name_link(new.door, now))), ..Door::default() }));
        let founder = Arc::new(Member { id: MemberId::OWNER, name: owner.name, username: Some(owner.username), role: Role::Owner });
        state.add_member(&founder, Principal::Account(owner.id), None, None, now);
        state.note_coming(founder.id, None, now);
        state.append(Event::MemberJoined { member: founder.clone(), by: None }, now);
        for member in &members {
            state.join(member, Some(founder.clone()), now, &self.limits);
        }
        let news = state.take_news();
        let (opened, mut updates) = self.insert_chat(state).ok_or(NotGrouped::NodeFull)?;
        self.index_link(new.door, chat);
        let named = self.directory_mut().begin_group(new, now);
        if let Err(refusal) = named {
            // No one has seen it: there is nothing to announce.
            drop(self.end(chat, EndReason::Closed, now, |_| true));
            return Err(refusal);
        }
        updates.extend(self.tell_accounts(news));
        let opened = OpenedChat { chat: opened, owner: founder, author: Principal::Account(new.owner) };
        Ok(Committed::new(Idempotent::new(opened), updates))
    }

    /// Returns an account that may come into a group.
    fn newcomer(&self, state: &ChatState, account: AccountId, adder: Option<&Arc<Member>>) -> Result<Account, NotCome> {
        let directory = self.directory.read();
        let newcomer = directory.accounts.get(&account).ok_or(NotCome::Gone)?.account.clone();
        let Some(adder) = adder else {
            return match state.chat.admission {
                Admission::Invite => Err(NotCome::Gone),
                Admission::Knock => Err(NotCome::NotAllowed),
                Admission::Open if !state.may_come(Principal::Account(account), Way::ByItself) => Err(NotCome::NotAccepted),
                Admission::Open => Ok(newcomer),
            };
        };
        let adder = state.member(adder.id).and_then(|record| record.credential.account()).ok_or(NotCome::NotAllowed)?;
        if directory.friends.blocks(adder, account) {
            return Err(NotCome::BlockedByAdder);
        }
        let accepts = directory.accepts_addition(adder, &newcomer) && state.may_come(Principal::Account(account), Way::Added);
        if accepts { Ok(newcomer) } else { Err(NotCome::NotAccepted) }
    }
}

/// Returns the link that stands for the name of a group.
const fn name_link(id: LinkId, now: Timestamp) -> LinkRecord {
    let link = Link {
        id,
        number: 0,
        label: None,
        created_by: None,
        created_at: now,
        expires_at: Timestamp::NEVER,
        max_uses: None,
        uses: 0,
        auto_approve: false,
        revoked_at: None,
    };
    LinkRecord { link, knocks: 0, hidden_knocks: 0, last_decision: None }
}

impl Directory {
    fn accepts_addition(&self, adder: AccountId, newcomer: &Account) -> bool {
        newcomer.settings.direct_messages.accepts_addition(self.friends.relation(adder, newcomer.id))
    }

    /// Returns the owner of a new group and the accounts that it adds, if all of them accept that.
    fn first_members(&self, new: &NewGroup) -> Result<(Account, Vec<Account>), NotGrouped> {
        let account = |id: &AccountId| self.accounts.get(id).map(|record| record.account.clone()).ok_or(NotGrouped::Gone);
        let owner = account(&new.owner)?;
        let members = new.members.iter().map(account).collect::<Result<Vec<_>, _>>()?;
        let refused = members.iter().filter(|member| !self.accepts_addition(owner.id, member));
        let refused: Vec<_> = refused.map(|member| member.username.clone()).collect();
        if refused.is_empty() { Ok((owner, members)) } else { Err(NotGrouped::NotAccepted(refused)) }
    }

    /// Gives a new group its name, and adds it to the chats of its members.
    fn begin_group(&mut self, new: &NewGroup, now: Timestamp) -> Result<(), NotGrouped> {
        let Some(group) = &new.chat.group else { return Err(NotGrouped::Gone) };
        self.first_members(new)?;
        let all = || new.members.iter().chain([&new.owner]);
        if !all().all(|account| self.may_enter(*account, new.chat.id)) {
            return Err(NotGrouped::AccountFull);
        }
        self.groups.take(&group.name, new.chat.id, now).map_err(|NameTaken| NotGrouped::NameTaken)?;
        for account in all() {
            self.enter_chat(*account, new.chat.id);
        }
        Ok(())
    }
}

impl ChatState {
    /// Returns the chat as an account sees it.
    fn view_of(&self, account: AccountId) -> ChatView {
        ChatView { chat: self.chat.clone(), membership: self.membership_of(&Principal::Account(account)).cloned(), with: None }
    }

    /// Makes an account a member, the same one as before if it was one. Returns its number.
    fn join(&mut self, account: &Account, by: Option<Arc<Member>>, now: Timestamp, limits: &Limits) -> MemberId {
        let principal = Principal::Account(account.id);
        if let Some(CredentialOwner::Guest { knock }) = self.door().credentials.get(&principal) {
            self.end_knock(*knock, KnockStatus::Withdrawn, None, now, limits);
        }
        let id = self.former_member(principal).map_or(MemberId(self.last_member.0 + 1), |former| former.id);
        let name = self.free_name(&account.name);
        let member = Arc::new(Member { id, name, username: Some(account.username.clone()), role: Role::Member });
        self.add_member(&member, principal, None, None, now);
        self.note_coming(id, by.as_ref().map(|by| by.id), now);
        self.append(Event::MemberJoined { member, by }, now);
        id
    }
}
