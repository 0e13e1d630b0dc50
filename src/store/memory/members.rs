//! Members in memory: how they are admitted, how they leave.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::{ChatState, Made, Seated};
use crate::domain::bounds::Bounds;
use crate::domain::clock::Timestamp;
use crate::domain::entry::Event;
use crate::domain::id::{ChatId, Credential, LinkId, MemberId};
use crate::domain::member::{Departure, Member, Role, Seat};
use crate::domain::page::{Cut, ListPage};
use crate::domain::text::Name;
use crate::store::members::{Members, NotRemoved};
use crate::store::{StoreResult, Write};

#[async_trait]
impl Members for MemoryStore {
    async fn members(&self, chat: ChatId, page: ListPage, now: Timestamp) -> StoreResult<Option<Cut<Arc<Member>>>> {
        Ok(self.read(chat, now, |state| {
            let members = state.members.iter().map(|seated| &seated.seat.member);
            Cut::first(members.filter(|member| u64::from(member.id.0) > page.after).cloned(), page.limit)
        }))
    }

    async fn remove_member(&self, chat: ChatId, member: MemberId, by: MemberId, now: Timestamp) -> Write<(), NotRemoved> {
        Ok(self.write(chat, now, NotRemoved::Gone, |state| {
            let leaver = state.seated(member).ok_or(NotRemoved::Gone)?.seat.member.clone();
            let remover = state.seated(by).ok_or(NotRemoved::Gone)?.seat.member.clone();
            if leaver.is_owner() {
                return Err(NotRemoved::OwnerCannotLeave);
            }
            if member == by {
                state.unseat(&leaver, &remover, Departure::Left, now);
                return Ok(());
            }
            if state.chat.admits_visitors() {
                return Err(NotRemoved::ChatIsOpen);
            }
            state.remove(&[leaver], Departure::Removed, now, &self.bounds);
            Ok(())
        }))
    }
}

impl ChatState {
    /// Gives `member` a place; the entry that says so comes next.
    pub(super) fn seat(&mut self, member: &Arc<Member>, credential: Credential, knock: Option<u64>, via: Option<LinkId>, now: Timestamp) {
        self.last_member = member.id;
        let seat = Seat { member: member.clone(), since: self.reads_since(self.chat.head + 1) };
        self.members.push(Seated { seat, credential, knock, via });
        if let Some(doorway) = &mut self.doorway {
            doorway.enrol(member, credential);
        }
        self.chat.renew(now);
    }

    /// Lets the guest of a knock in, by `by` where somebody decided it: a place, a name that nobody else has, an entry.
    pub(super) fn admit(&mut self, knock: u64, by: Option<Arc<Member>>, now: Timestamp) {
        let Some((client, link, called)) =
            self.doorway().knocks.get(&knock).map(|arrived| (arrived.client, arrived.knock.link, arrived.knock.called()))
        else {
            return;
        };
        let id = MemberId(self.last_member.0 + 1);
        let member = Arc::new(Member { id, name: self.free_name(&called), role: Role::Member });
        self.seat(&member, client, Some(knock), Some(link), now);
        if let Some(arrived) = self.doorway_mut().knocks.get_mut(&knock) {
            arrived.knock.member = Some(member.clone());
        }
        if let Some(linked) = self.doorway_mut().linked_mut(link) {
            linked.link.uses = linked.link.uses.saturating_add(1);
        }
        self.say(Event::MemberJoined { member, by }, now);
    }

    /// Whether a member is called so, or could be mistaken for it. Nobody asks before somebody knocks.
    pub(super) fn is_taken(&self, name: &Name) -> bool {
        name.guises().iter().any(|guise| self.doorway().names.contains(guise))
    }

    /// The owner removes these, and everything that would let them in again without being asked.
    pub(super) fn remove(&mut self, leavers: &[Arc<Member>], reason: Departure, now: Timestamp, bounds: &Bounds) {
        let owner = self.owner();
        for leaver in leavers {
            self.unseat(leaver, &owner, reason, now);
        }
        if !leavers.is_empty() {
            self.somebody_was_removed = true;
            self.revoke_where(|link| link.auto_approve, now, bounds);
        }
    }

    fn unseat(&mut self, leaver: &Arc<Member>, by: &Arc<Member>, reason: Departure, now: Timestamp) {
        let Ok(place) = self.members.binary_search_by_key(&leaver.id, |seated| seated.seat.member.id) else { return };
        let seated = self.members.remove(place);
        self.doorway_mut().strike(leaver, seated.credential);
        if let Some(knock) = seated.knock {
            self.take_knock(knock);
        }
        self.forget_made_for(seated.credential);
        self.say(Event::MemberLeft { member: leaver.clone(), by: by.clone(), reason }, now);
    }

    /// Forgets the tickets of a credential that is gone, and what repetitions would tell its holder.
    pub(super) fn forget_made_for(&mut self, credential: Credential) {
        self.tickets.retain(|ticket| ticket.holder != Some(credential));
        self.keys.retain(|made| match made {
            Made::Knock(knocked) => knocked.client != credential,
            Made::Ticket(ticket) => ticket.holder != Some(credential),
            Made::Message(_) | Made::Link(_) => true,
        });
    }

    /// The name itself, or else with a number behind it that is free: the smallest, or close to it, in few steps however many are called so.
    fn free_name(&self, called: &Name) -> Name {
        if !self.is_taken(called) {
            return called.clone();
        }
        let (mut taken, mut free) = (1, 2);
        while self.is_taken(&called.numbered(free)) {
            (taken, free) = (free, free * 2);
        }
        while free - taken > 1 {
            let between = taken.midpoint(free);
            if self.is_taken(&called.numbered(between)) { taken = between } else { free = between }
        }
        called.numbered(free)
    }
}
