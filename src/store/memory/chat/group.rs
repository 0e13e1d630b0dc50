//! Memberships of one group in memory: how members came and went, roles, and who takes over.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{ChatState, MemberRecord};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::{DoorChange, Event};
use crate::domain::group::{Group, GroupMember, MembershipStatus};
use crate::domain::id::{AccountId, MemberId};
use crate::domain::member::{LeaveReason, Member, Role};
use crate::domain::principal::Principal;
use crate::store::memory::allocation::{TREE_OVERHEAD, slots};

/// The former members without an account that a group remembers. They cannot come back.
const MAX_FORMER_GUESTS: usize = 1_000;

/// How a member of a group came, and how it went if it did.
#[derive(Debug)]
struct GroupMembership {
    added_by: Option<MemberId>,
    added_at: Timestamp,
    former: Option<FormerMember>,
}

/// A member that is none now.
#[derive(Debug)]
struct FormerMember {
    member: Arc<Member>,
    account: Option<AccountId>,
    by: MemberId,
    at: Timestamp,
    reason: LeaveReason,
}

/// The memberships of a group, former ones included.
#[derive(Debug, Default)]
pub(in crate::store::memory) struct GroupMemberships {
    all: BTreeMap<MemberId, GroupMembership>,
    /// Former members without an account, in the order in which they went.
    former_guests: VecDeque<MemberId>,
}

impl GroupMemberships {
    /// Records that a member came.
    fn add(&mut self, member: MemberId, added_by: Option<MemberId>, now: Timestamp) {
        self.all.insert(member, GroupMembership { added_by, added_at: now, former: None });
    }

    /// Records that a member went.
    fn remove(&mut self, record: &MemberRecord, by: MemberId, reason: LeaveReason, now: Timestamp) {
        let (member, account) = (record.membership.member.clone(), record.credential.account());
        let id = member.id;
        if let Some(membership) = self.all.get_mut(&id) {
            membership.former = Some(FormerMember { member, account, by, at: now, reason });
        }
        if account.is_none() {
            self.former_guests.push_back(id);
        }
        if self.former_guests.len() > MAX_FORMER_GUESTS
            && let Some(oldest) = self.former_guests.pop_front()
        {
            self.all.remove(&oldest);
        }
    }

    /// Returns the former member that an account was, and why it went.
    fn former(&self, account: AccountId) -> Option<(&Arc<Member>, LeaveReason)> {
        let former = self.all.values().filter_map(|membership| membership.former.as_ref());
        former.into_iter().find(|former| former.account == Some(account)).map(|former| (&former.member, former.reason))
    }

    /// Erases an account that was a member. Returns what is left of it.
    pub(in crate::store::memory) fn erase(&mut self, account: AccountId) -> Option<Arc<Member>> {
        let former = self.all.values_mut().filter_map(|membership| membership.former.as_mut());
        let former = former.into_iter().find(|former| former.account == Some(account))?;
        former.member = Arc::new(former.member.deleted());
        (former.account, former.reason) = (None, LeaveReason::Deleted);
        Some(former.member.clone())
    }

    /// Records that a member went with its account.
    pub(in crate::store::memory) fn note_erased(&mut self, member: &Arc<Member>, now: Timestamp) {
        if let Some(membership) = self.all.get_mut(&member.id) {
            let former = FormerMember { member: member.clone(), account: None, by: member.id, at: now, reason: LeaveReason::Deleted };
            membership.former.get_or_insert(former);
        }
    }

    /// Returns its size in memory, in bytes.
    pub(in crate::store::memory) fn bytes(&self) -> u64 {
        slots::<(MemberId, GroupMembership)>(TREE_OVERHEAD * self.all.len()) + slots::<MemberId>(self.former_guests.capacity())
    }
}

/// Why an account comes into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::memory) enum Coming {
    /// By its own act: it joins, knocks or uses a link.
    ByItself,
    /// A member adds it.
    Added,
}

impl ChatState {
    /// Returns true if an account may come into the group: one that left comes back by itself, one that was removed is added.
    pub(in crate::store::memory) fn may_come(&self, principal: Principal, coming: Coming) -> bool {
        let former = self.group().zip(principal.account()).and_then(|(group, account)| group.former(account));
        match former {
            None => true,
            Some((_, LeaveReason::Left)) => coming == Coming::ByItself,
            Some(_) => coming == Coming::Added,
        }
    }

    /// Returns the former membership that a principal comes back to.
    pub(in crate::store::memory) fn former_member(&self, principal: Principal) -> Option<Arc<Member>> {
        let (group, account) = self.group().zip(principal.account())?;
        group.former(account).map(|(member, _)| member.clone())
    }

    /// Records in a group that a member came.
    pub(in crate::store::memory) fn note_coming(&mut self, member: MemberId, by: Option<MemberId>, now: Timestamp) {
        if let Some(group) = self.group_mut() {
            group.add(member, by, now);
            self.count_members();
        }
    }

    /// Records in a group that a member went.
    pub(in crate::store::memory) fn note_leaving(&mut self, record: &MemberRecord, by: MemberId, reason: LeaveReason, now: Timestamp) {
        if let Some(group) = self.group_mut() {
            group.remove(record, by, reason, now);
            self.count_members();
        }
    }

    pub(in crate::store::memory) fn count_members(&mut self) {
        let count = self.members.len() - usize::from(self.departed != MemberId::NONE);
        if let Some(group) = &mut self.chat.group {
            let members = u32::try_from(count).unwrap_or(u32::MAX);
            *group = Arc::new(Group { members, ..(**group).clone() });
        }
    }

    fn group(&self) -> Option<&GroupMemberships> {
        self.accounts.as_ref().filter(|_| self.chat.group.is_some()).map(|accounts| &accounts.group)
    }

    pub(in crate::store::memory) fn group_mut(&mut self) -> Option<&mut GroupMemberships> {
        self.accounts.as_mut().filter(|_| self.chat.group.is_some()).map(|accounts| &mut accounts.group)
    }

    /// Returns who takes over a group whose owner this account is, once it leaves.
    pub(in crate::store::memory) fn successor_of(&self, account: AccountId) -> Option<MemberId> {
        let owner = self.members.iter().find(|record| record.membership.member.is_owner())?;
        (self.group().is_some() && owner.credential == Principal::Account(account)).then(|| self.successor())?
    }

    /// Returns who takes over a group from its owner: the account that has been a member for the longest time, admins first.
    pub(in crate::store::memory) fn successor(&self) -> Option<MemberId> {
        let accounts = self.members.iter().filter(|record| record.credential.account().is_some() && !record.membership.member.is_owner());
        let order = |record: &&MemberRecord| (record.membership.member.role != Role::Admin, record.joined);
        accounts.min_by_key(order).map(|record| record.membership.member.id)
    }

    /// Gives a member another role, and appends an entry. Returns the member after the change.
    pub(in crate::store::memory) fn set_role(&mut self, id: MemberId, role: Role, by: &Arc<Member>, now: Timestamp) -> Option<Arc<Member>> {
        let index = self.members.binary_search_by_key(&id, |record| record.membership.member.id).ok()?;
        let before = self.members[index].membership.member.clone();
        if before.role == role {
            return Some(before);
        }
        let member = Arc::new(Member { role, ..(*before).clone() });
        self.members[index].membership.member = member.clone();
        let door = if before.role.has_door() == role.has_door() { DoorChange::Same } else { DoorChange::Changed };
        let by = if by.id == id { member.clone() } else { by.clone() };
        self.append(Event::MemberUpdated { member: member.clone(), by, door }, now);
        Some(member)
    }

    /// Returns a member of the group as a list shows it.
    pub(in crate::store::memory) fn group_member(&self, id: MemberId) -> Option<GroupMember> {
        let membership = self.group()?.all.get(&id)?;
        let (former, named) = (membership.former.as_ref(), |by: MemberId| self.present_or_former(by));
        Some(GroupMember {
            member: self.present_or_former(id)?,
            status: if former.is_some() { MembershipStatus::Inactive } else { MembershipStatus::Active },
            added_by: membership.added_by.and_then(named),
            added_at: membership.added_at,
            removed_by: former.and_then(|former| named(former.by)),
            removed_at: former.map(|former| former.at),
        })
    }

    /// Returns the members of the group after `after` with this status, by number.
    pub(in crate::store::memory) fn group_members(&self, status: MembershipStatus, after: u64) -> impl Iterator<Item = GroupMember> {
        let ids = self.group().into_iter().flat_map(|group| group.all.keys().copied());
        let later = ids.filter(move |id| u64::from(id.0) > after && !self.is_departed(*id));
        later.filter_map(|id| self.group_member(id)).filter(move |member| member.status == status)
    }

    fn present_or_former(&self, id: MemberId) -> Option<Arc<Member>> {
        if let Some(record) = self.member(id) {
            return Some(record.membership.member.clone());
        }
        self.group()?.all.get(&id)?.former.as_ref().map(|former| former.member.clone())
    }
}
