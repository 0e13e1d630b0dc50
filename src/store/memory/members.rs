//! Members in memory: admission and removal.

use std::num::NonZeroU64;
use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::allocation::MemoryCost as _;
use super::chat::door::CredentialOwner;
use super::chat::{ChatState, MemberRecord, StoredOutcome};
use crate::domain::account_log::AccountEvent;
use crate::domain::chat::{ChatKind, EndReason};
use crate::domain::chat_item::Notifications;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{DoorChange, Event};
use crate::domain::id::{AccountId, ChatId, LinkId, MemberId};
use crate::domain::knock::KnockStatus;
use crate::domain::limits::Limits;
use crate::domain::member::{LeaveReason, Member, Membership, Role};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::principal::Principal;
use crate::domain::text::Name;
use crate::store::members::{Binding, Members, NotBound, NotRemoved};
use crate::store::{Committed, StoreResult, WriteResult};

#[async_trait]
impl Members for MemoryStore {
    async fn list_members(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Arc<Member>>>> {
        Ok(self.read(chat, now, |state| {
            let members = state.members.iter().map(|record| &record.membership.member).filter(|member| !state.is_departed(member.id));
            Page::first(members.filter(|member| u64::from(member.id.0) > page.after).cloned(), page.limit)
        }))
    }

    async fn bind_member(&self, chat: ChatId, binding: Binding, now: Timestamp) -> WriteResult<Arc<Member>, NotBound> {
        Ok(self.write(chat, now, NotBound::Gone, |state| {
            let account = Principal::Account(binding.account);
            if state.membership_of(&account).is_some() {
                return Err(NotBound::AlreadyMember);
            }
            let member = state.membership_of(&Principal::Credential(binding.credential)).ok_or(NotBound::Gone)?.member.clone();
            if !self.enter_chat(chat, account) {
                return Err(NotBound::AccountFull);
            }
            Ok(state.bind(&member, &binding, now, &self.limits))
        }))
    }

    async fn refresh_member(&self, chat: ChatId, account: AccountId, now: Timestamp) -> StoreResult<Option<Committed<()>>> {
        let Some(name) = self.directory.read().accounts.get(&account).map(|record| record.account.name.clone()) else { return Ok(None) };
        let refreshed = self.write(chat, now, (), |state| {
            if state.chat.kind != ChatKind::Link {
                state.rename_member(account, &name, now);
            }
            Ok(())
        });
        Ok(refreshed.ok())
    }

    async fn remove_member(&self, chat: ChatId, member: MemberId, by: MemberId, now: Timestamp) -> WriteResult<(), NotRemoved> {
        let removed = self.write(chat, now, NotRemoved::Gone, |state| {
            let leaver = state.member(member).ok_or(NotRemoved::Gone)?.membership.member.clone();
            let remover = state.member(by).ok_or(NotRemoved::Gone)?.membership.member.clone();
            if member == by {
                return state.leave(&leaver, now);
            }
            if leaver.is_owner() {
                return Err(NotRemoved::OwnerCannotLeave);
            }
            if !remover.role.may_moderate(leaver.role) {
                return Err(NotRemoved::NotAllowed);
            }
            if state.chat.admits_visitors() {
                return Err(NotRemoved::ChatIsOpen);
            }
            state.remove(&[leaver], LeaveReason::Removed, &remover, now, &self.limits);
            Ok(Left::Removed)
        });
        Ok(match removed.map(Committed::into_parts) {
            // A group without an account is of no one: it ends.
            Ok((Left::Last, updates)) => Ok(self.end(chat, EndReason::Closed, now, |_| true).unwrap_or_else(|| Committed::new((), updates))),
            Ok((Left::Removed, updates)) => Ok(Committed::new((), updates)),
            Err(refusal) => Err(refusal),
        })
    }
}

/// Whether a member left, or would leave a group without an account.
enum Left {
    Removed,
    Last,
}

impl ChatState {
    /// Ends the membership of one who leaves. The owner of a group hands over first.
    fn leave(&mut self, leaver: &Arc<Member>, now: Timestamp) -> Result<Left, NotRemoved> {
        if leaver.is_owner() {
            if self.chat.kind != ChatKind::Group {
                return Err(NotRemoved::OwnerCannotLeave);
            }
            let Some(successor) = self.successor() else { return Ok(Left::Last) };
            self.set_role(successor, Role::Owner, leaver, now);
        }
        self.remove_one(leaver, leaver, LeaveReason::Left, now);
        Ok(Left::Removed)
    }

    /// Adds `member`; the caller appends the corresponding entry next.
    pub(super) fn add_member(&mut self, member: &Arc<Member>, credential: Principal, knock: Option<u64>, via: Option<LinkId>, now: Timestamp) {
        self.last_member = self.last_member.max(member.id);
        self.note_account(credential);
        self.tell(credential, AccountEvent::ChatAdded { chat: self.chat.id, head: self.chat.head });
        let joined = self.chat.head + 1;
        let membership = Membership { member: member.clone(), visible_from: self.visible_from(joined) };
        let knock = knock.and_then(NonZeroU64::new);
        let index = self.members.partition_point(|record| record.membership.member.id < member.id);
        self.members.insert(index, MemberRecord { membership, credential, knock, via, joined, notifications: Notifications::On });
        if let Some(door) = &mut self.door {
            door.add_name(member, credential);
        }
        self.chat.renew(now);
    }

    /// Admits the guest of a knock, on behalf of `by` if a member decided: assigns a membership and a unique name, and appends an entry.
    pub(super) fn admit(&mut self, knock: u64, by: Option<Arc<Member>>, now: Timestamp) {
        let Some(record) = self.door().knocks.get(&knock) else { return };
        let (client, link, name, username) = (record.client, record.knock.link, record.knock.display_name(), record.knock.username.clone());
        let former = self.former_member(client);
        let (id, name) = former.map_or_else(|| (MemberId(self.last_member.0 + 1), name), |former| (former.id, former.name.clone()));
        let member = Arc::new(Member { id, name: self.free_name(&name), username, role: Role::Member });
        self.add_member(&member, client, Some(knock), Some(link), now);
        self.note_coming(id, by.as_ref().map(|by| by.id), now);
        if let Some(record) = self.door_mut().knocks.get_mut(&knock) {
            record.knock.member = Some(member.clone());
        }
        if let Some(record) = self.door_mut().link_mut(link) {
            record.link.uses = record.link.uses.saturating_add(1);
        }
        self.append(Event::MemberJoined { member, by }, now);
    }

    /// Gives a membership to an account, and appends an entry.
    fn bind(&mut self, member: &Arc<Member>, binding: &Binding, now: Timestamp, limits: &Limits) -> Arc<Member> {
        let (old, account) = (Principal::Credential(binding.credential), Principal::Account(binding.account));
        let bound = Arc::new(Member { username: Some(binding.username.clone()), ..(**member).clone() });
        if let Some(CredentialOwner::Guest { knock }) = self.door().credentials.get(&account) {
            self.end_knock(*knock, KnockStatus::Withdrawn, None, now, limits);
        }
        self.note_account(account);
        self.tell(account, AccountEvent::ChatAdded { chat: self.chat.id, head: self.chat.head });
        let Ok(index) = self.members.binary_search_by_key(&member.id, |record| record.membership.member.id) else { return bound };
        let record = &mut self.members[index];
        (record.membership.member, record.credential) = (bound.clone(), account);
        let knock = record.knock.map(NonZeroU64::get);
        if let Some(door) = &mut self.door {
            door.credentials.remove(&old);
            door.credentials.insert(account, CredentialOwner::Member(member.id));
            if let Some(record) = knock.and_then(|knock| door.knocks.get_mut(&knock)) {
                let before = record.knock.bytes();
                (record.client, record.knock.member, record.knock.username) = (account, Some(bound.clone()), Some(binding.username.clone()));
                door.bytes.knocks = door.bytes.knocks + record.knock.bytes() - before;
                let knock = record.knock.id;
                door.sign_knock(knock, &binding.username);
            }
        }
        self.forget_results_of(old);
        self.append(Event::MemberUpdated { member: bound.clone(), by: bound.clone(), door: DoorChange::Same }, now);
        bound
    }

    /// Gives the member that an account is another name, and appends an entry.
    fn rename_member(&mut self, account: AccountId, name: &Name, now: Timestamp) {
        let Some(id) = self.membership_of(&Principal::Account(account)).map(|membership| membership.member.id) else { return };
        let Ok(index) = self.members.binary_search_by_key(&id, |record| record.membership.member.id) else { return };
        let (before, credential) = (self.members[index].membership.member.clone(), self.members[index].credential);
        if let Some(door) = &mut self.door {
            door.remove_name(&before, credential);
        }
        let taken = self.other_in_direct_chat(id).is_some_and(|other| other.name.is_confusable_with(name));
        let free = if taken { name.numbered(2) } else { self.free_name(name) };
        let member = Arc::new(Member { name: free, ..(*before).clone() });
        if let Some(door) = &mut self.door {
            door.add_name(&member, credential);
        }
        if member.name != before.name {
            self.members[index].membership.member = member.clone();
            self.append(Event::MemberUpdated { member: member.clone(), by: member, door: DoorChange::Same }, now);
        }
    }

    /// Returns true if a member has this name or a confusable one. Only needed once there are knocks.
    pub(super) fn is_name_taken(&self, name: &Name) -> bool {
        name.confusable_keys().iter().any(|key| self.door().names.contains(key))
    }

    /// Removes these members on behalf of `by`, and revokes every link that would readmit them without a decision.
    pub(super) fn remove(&mut self, leavers: &[Arc<Member>], reason: LeaveReason, by: &Arc<Member>, now: Timestamp, limits: &Limits) {
        for leaver in leavers {
            self.remove_one(leaver, by, reason, now);
        }
        if !leavers.is_empty() {
            self.member_was_removed = true;
            self.revoke_where(|link| link.auto_approve, now, limits);
        }
    }

    fn remove_one(&mut self, leaver: &Arc<Member>, by: &Arc<Member>, reason: LeaveReason, now: Timestamp) {
        let Ok(index) = self.members.binary_search_by_key(&leaver.id, |record| record.membership.member.id) else { return };
        let record = self.members.remove(index);
        self.door_mut().remove_name(leaver, record.credential);
        if let Some(knock) = record.knock {
            self.remove_knock(knock.get());
        }
        self.forget_results_of(record.credential);
        self.note_leaving(&record, by.id, reason, now);
        self.forget_receipt(leaver.id);
        self.append(Event::MemberLeft { member: leaver.clone(), by: by.clone(), reason }, now);
    }

    /// Drops the tickets of a former credential and the stored results that would be replayed to its holder.
    pub(super) fn forget_results_of(&mut self, credential: Principal) {
        self.drop_tickets_of(credential);
        self.keys.retain(|result| match result {
            StoredOutcome::Knock(guest_knock) => guest_knock.client != credential,
            StoredOutcome::Ticket(ticket) => ticket.holder.principal != Some(credential),
            StoredOutcome::Message(_) | StoredOutcome::Link(_) | StoredOutcome::Webhook(_) => true,
        });
    }

    /// Returns the name itself, or with a free number appended: the smallest or close to it, found by binary search over any number of equal names.
    pub(super) fn free_name(&self, name: &Name) -> Name {
        if !self.is_name_taken(name) {
            return name.clone();
        }
        let (mut taken, mut free) = (1, 2);
        while self.is_name_taken(&name.numbered(free)) {
            (taken, free) = (free, free * 2);
        }
        while free - taken > 1 {
            let between = taken.midpoint(free);
            if self.is_name_taken(&name.numbered(between)) { taken = between } else { free = between }
        }
        name.numbered(free)
    }
}
