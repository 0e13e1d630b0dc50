//! Members in memory: admission and removal.

use std::num::NonZeroU64;
use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::allocation::MemoryCost as _;
use super::chat::door::CredentialOwner;
use super::chat::{ChatState, MemberRecord, StoredOutcome};
use crate::domain::chat_item::Notifications;
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Event;
use crate::domain::id::{ChatId, LinkId, MemberId};
use crate::domain::knock::KnockStatus;
use crate::domain::limits::Limits;
use crate::domain::member::{LeaveReason, Member, Membership, Role};
use crate::domain::pagination::{Page, PageRequest};
use crate::domain::principal::Principal;
use crate::domain::text::Name;
use crate::store::members::{Binding, Members, NotBound, NotRemoved};
use crate::store::{StoreResult, WriteResult};

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

    async fn remove_member(&self, chat: ChatId, member: MemberId, by: MemberId, now: Timestamp) -> WriteResult<(), NotRemoved> {
        Ok(self.write(chat, now, NotRemoved::Gone, |state| {
            let leaver = state.member(member).ok_or(NotRemoved::Gone)?.membership.member.clone();
            let remover = state.member(by).ok_or(NotRemoved::Gone)?.membership.member.clone();
            if leaver.is_owner() {
                return Err(NotRemoved::OwnerCannotLeave);
            }
            if member == by {
                state.remove_one(&leaver, &remover, LeaveReason::Left, now);
                return Ok(());
            }
            if state.chat.admits_visitors() {
                return Err(NotRemoved::ChatIsOpen);
            }
            state.remove(&[leaver], LeaveReason::Removed, now, &self.limits);
            Ok(())
        }))
    }
}

impl ChatState {
    /// Adds `member`; the caller appends the corresponding entry next.
    pub(super) fn add_member(&mut self, member: &Arc<Member>, credential: Principal, knock: Option<u64>, via: Option<LinkId>, now: Timestamp) {
        self.last_member = member.id;
        self.note_account(credential);
        let joined = self.chat.head + 1;
        let membership = Membership { member: member.clone(), visible_from: self.visible_from(joined) };
        let knock = knock.and_then(NonZeroU64::new);
        self.members.push(MemberRecord { membership, credential, knock, via, joined, notifications: Notifications::On });
        if let Some(door) = &mut self.door {
            door.add_name(member, credential);
        }
        self.chat.renew(now);
    }

    /// Admits the guest of a knock, on behalf of `by` if a member decided: assigns a membership and a unique name, and appends an entry.
    pub(super) fn admit(&mut self, knock: u64, by: Option<Arc<Member>>, now: Timestamp) {
        let Some(record) = self.door().knocks.get(&knock) else { return };
        let (client, link, name, username) = (record.client, record.knock.link, record.knock.display_name(), record.knock.username.clone());
        let id = MemberId(self.last_member.0 + 1);
        let member = Arc::new(Member { id, name: self.free_name(&name), username, role: Role::Member });
        self.add_member(&member, client, Some(knock), Some(link), now);
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
        self.append(Event::MemberUpdated { member: bound.clone(), by: bound.clone() }, now);
        bound
    }

    /// Returns true if a member has this name or a confusable one. Only needed once there are knocks.
    pub(super) fn is_name_taken(&self, name: &Name) -> bool {
        name.confusable_keys().iter().any(|key| self.door().names.contains(key))
    }

    /// Removes these members on behalf of the owner, and revokes every link that would readmit them without a decision.
    pub(super) fn remove(&mut self, leavers: &[Arc<Member>], reason: LeaveReason, now: Timestamp, limits: &Limits) {
        let owner = self.owner();
        for leaver in leavers {
            self.remove_one(leaver, &owner, reason, now);
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
        self.forget_receipt(leaver.id);
        self.append(Event::MemberLeft { member: leaver.clone(), by: by.clone(), reason }, now);
    }

    /// Drops the tickets of a former credential and the stored results that would be replayed to its holder.
    pub(super) fn forget_results_of(&mut self, credential: Principal) {
        self.drop_tickets_of(credential);
        self.keys.retain(|result| match result {
            StoredOutcome::Knock(guest_knock) => guest_knock.client != credential,
            StoredOutcome::Ticket(ticket) => ticket.holder.principal != Some(credential),
            StoredOutcome::Message(_) | StoredOutcome::Link(_) => true,
        });
    }

    /// Returns the name itself, or with a free number appended: the smallest or close to it, found by binary search over any number of equal names.
    fn free_name(&self, name: &Name) -> Name {
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
