//! Links in memory: creation and revocation.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryStore;
use super::chat::door::LinkRecord;
use super::chat::idempotency::impl_from_key_error;
use super::chat::{ChatState, StoredOutcome};
use crate::domain::clock::Timestamp;
use crate::domain::event_log::Event;
use crate::domain::id::{ChatId, LinkId, MemberId};
use crate::domain::idempotency::Idempotent;
use crate::domain::knock::Verdict;
use crate::domain::limits::Limits;
use crate::domain::link::{Link, OnRevoke};
use crate::domain::member::{LeaveReason, Member};
use crate::domain::pagination::{Page, PageRequest};
use crate::store::links::{Links, NewLink, NotLinked, NotRevoked};
use crate::store::memory::allocation::MemoryCost as _;
use crate::store::{StoreResult, WriteResult};

impl_from_key_error!(NotLinked);

#[async_trait]
impl Links for MemoryStore {
    async fn create_link(&self, new: NewLink, now: Timestamp) -> WriteResult<Idempotent<Link>, NotLinked> {
        let (chat, id) = (new.chat, new.link.id);
        Ok(self.write(chat, now, NotLinked::Gone, |state| {
            if !state.may_create_link(new.link.created_by) {
                return Err(NotLinked::Gone);
            }
            if let Some(StoredOutcome::Link(link)) = state.keys.lookup(new.key.as_ref(), now)? {
                return Ok(Idempotent::replayed(*link));
            }
            if !self.memory_usage().accepts_new_guests() {
                return Err(NotLinked::NodeFull);
            }
            let live = state.door().links.iter().filter(|record| record.link.is_live(now)).count();
            if live >= self.limits.links {
                return Err(NotLinked::Full);
            }
            let door = state.door_mut();
            door.last_link += 1;
            let link = Link { number: door.last_link, ..new.link };
            let record = LinkRecord { link: link.clone(), knocks: 0, hidden_knocks: 0, last_decision: None };
            door.bytes.links += record.bytes();
            door.links.push(record);
            state.keys.insert(new.key.as_ref(), || StoredOutcome::Link(Box::new(link.clone())), now);
            state.append_door(Event::LinkCreated(Box::new(link.clone())), now, &self.limits);
            state.forget_oldest_dead(now, &self.limits);
            self.index_link(id, chat);
            Ok(Idempotent::new(link))
        }))
    }

    async fn find_link(&self, link: LinkId, now: Timestamp) -> StoreResult<Option<(ChatId, Link)>> {
        let Some(chat) = self.chat_of(link) else { return Ok(None) };
        let found = self.read(chat, now, |state| state.door().link(link).map(|record| record.link.clone()));
        Ok(found.flatten().map(|link| (chat, link)))
    }

    async fn list_links(&self, chat: ChatId, page: PageRequest, now: Timestamp) -> StoreResult<Option<Page<Link>>> {
        Ok(self.read(chat, now, |state| {
            let links = state.door().links.iter().map(|record| &record.link);
            Page::first(links.filter(|link| link.number > page.after).cloned(), page.limit)
        }))
    }

    async fn revoke_link(&self, link: LinkId, on_revoke: OnRevoke, by: MemberId, now: Timestamp) -> WriteResult<(), NotRevoked> {
        let Some(chat) = self.chat_of(link) else { return Ok(Err(NotRevoked::Gone)) };
        Ok(self.write(chat, now, NotRevoked::Gone, |state| {
            let by = state.decider(by).filter(|_| state.door().link(link).is_some()).ok_or(NotRevoked::Gone)?;
            let evicts = on_revoke == OnRevoke::EvictMembers;
            if evicts && state.chat.admits_visitors() {
                return Err(NotRevoked::ChatIsOpen);
            }
            state.revoke_where(|candidate| candidate.id == link, now, &self.limits);
            if evicts {
                let members = state.members.iter().filter(|record| record.via == Some(link)).map(|record| &record.membership.member);
                let evicted: Vec<_> = members.filter(|member| by.role.may_moderate(member.role)).cloned().collect();
                state.remove(&evicted, LeaveReason::Evicted, &by, now, &self.limits);
            }
            Ok(())
        }))
    }
}

impl ChatState {
    /// Revokes the links that satisfy `which` and declines their pending knocks.
    pub(super) fn revoke_where(&mut self, which: impl Fn(&Link) -> bool, now: Timestamp, limits: &Limits) {
        let active = self.door().links.iter().map(|record| &record.link).filter(|link| link.revoked_at.is_none());
        let revoked: Vec<LinkId> = active.filter(|link| which(link)).map(|link| link.id).collect();
        for id in revoked {
            if let Some(record) = self.door_mut().link_mut(id) {
                record.link.revoked_at = Some(now);
                let link = Box::new(record.link.clone());
                self.append_door(Event::LinkRevoked(link), now, limits);
            }
            self.decide_all(Some(id), Verdict::Decline, now, limits);
        }
    }

    /// Returns a member who has the right to the door.
    pub(super) fn decider(&self, member: MemberId) -> Option<Arc<Member>> {
        let record = self.member(member).filter(|_| !self.is_departed(member))?;
        Some(record.membership.member.clone()).filter(|member| member.role.has_door())
    }

    fn may_create_link(&self, creator: Option<MemberId>) -> bool {
        match creator {
            Some(member) => self.decider(member).is_some() || (self.chat.admits_visitors() && self.member(member).is_some()),
            None => self.chat.admits_visitors(),
        }
    }

    /// Drops the oldest dead links beyond the limit, with the knocks made on them.
    pub(super) fn forget_oldest_dead(&mut self, now: Timestamp, limits: &Limits) {
        let dead: Vec<LinkId> = self.door().links.iter().filter(|record| !record.link.is_live(now)).map(|record| record.link.id).collect();
        for id in &dead[..dead.len().saturating_sub(limits.dead_links)] {
            self.decide_all(Some(*id), Verdict::Decline, now, limits);
            self.forget_knocks_by(*id);
            let door = self.door_mut();
            door.cooldowns.retain(|(link, ..), _| link != id);
            door.count_cooldown_bytes();
            door.bytes.links -= door.link(*id).map_or(0, LinkRecord::bytes);
            door.links.retain(|record| record.link.id != *id);
            door.dropped_links.push(*id);
        }
    }
}
