//! Links in memory: how they are made, how they die.

use async_trait::async_trait;

use super::MemoryStore;
use super::doorway::Linked;
use super::keys::refuse_bad_key;
use super::state::{ChatState, Made};
use super::weight::Hefty as _;
use crate::domain::bounds::Bounds;
use crate::domain::clock::Timestamp;
use crate::domain::entry::Event;
use crate::domain::id::{ChatId, LinkId, MemberId};
use crate::domain::key::Once;
use crate::domain::knock::Verdict;
use crate::domain::link::{Admitted, Link};
use crate::domain::member::Departure;
use crate::domain::page::{Cut, ListPage};
use crate::store::links::{Links, NewLink, NotLinked, NotRevoked};
use crate::store::{StoreResult, Write};

refuse_bad_key!(NotLinked);

#[async_trait]
impl Links for MemoryStore {
    async fn create_link(&self, new: NewLink, now: Timestamp) -> Write<Once<Link>, NotLinked> {
        let (chat, id) = (new.chat, new.link.id);
        Ok(self.write(chat, now, NotLinked::Gone, |state| {
            if !state.may_still_link(new.link.made_by) {
                return Err(NotLinked::Gone);
            }
            if let Some(Made::Link(link)) = state.keys.made(new.key.as_ref(), now)? {
                return Ok(Once::again(*link));
            }
            if !self.fill().takes_guests() {
                return Err(NotLinked::NodeFull);
            }
            let live = state.doorway().links.iter().filter(|linked| linked.link.is_live(now)).count();
            if live >= self.bounds.links {
                return Err(NotLinked::Full);
            }
            let doorway = state.doorway_mut();
            doorway.last_link += 1;
            let link = Link { number: doorway.last_link, ..new.link };
            let linked = Linked { link: link.clone(), knocks: 0, last_decision: None };
            doorway.heft.links += linked.heft();
            doorway.links.push(linked);
            state.keys.keep(new.key.as_ref(), || Made::Link(Box::new(link.clone())), now);
            state.tell(Event::LinkCreated(Box::new(link.clone())), now, &self.bounds);
            state.forget_oldest_dead(now, &self.bounds);
            self.index_link(id, chat);
            Ok(Once::first(link))
        }))
    }

    async fn find_link(&self, link: LinkId, now: Timestamp) -> StoreResult<Option<(ChatId, Link)>> {
        let Some(chat) = self.chat_of(link) else { return Ok(None) };
        let found = self.read(chat, now, |state| state.doorway().linked(link).map(|linked| linked.link.clone()));
        Ok(found.flatten().map(|link| (chat, link)))
    }

    async fn links(&self, chat: ChatId, page: ListPage, now: Timestamp) -> StoreResult<Option<Cut<Link>>> {
        Ok(self.read(chat, now, |state| {
            let links = state.doorway().links.iter().map(|linked| &linked.link);
            Cut::first(links.filter(|link| link.number > page.after).cloned(), page.limit)
        }))
    }

    async fn revoke_link(&self, link: LinkId, admitted: Admitted, now: Timestamp) -> Write<(), NotRevoked> {
        let Some(chat) = self.chat_of(link) else { return Ok(Err(NotRevoked::Gone)) };
        Ok(self.write(chat, now, NotRevoked::Gone, |state| {
            if state.doorway().linked(link).is_none() {
                return Err(NotRevoked::Gone);
            }
            let evicts = admitted == Admitted::Evicted;
            if evicts && state.chat.admits_visitors() {
                return Err(NotRevoked::ChatIsOpen);
            }
            state.revoke_where(|one| one.id == link, now, &self.bounds);
            if evicts {
                let let_in = state.members.iter().filter(|seated| seated.via == Some(link));
                let leavers: Vec<_> = let_in.map(|seated| seated.seat.member.clone()).collect();
                state.remove(&leavers, Departure::Evicted, now, &self.bounds);
            }
            Ok(())
        }))
    }
}

impl ChatState {
    /// Revokes the links that `which` says, each with the knocks that wait on it.
    pub(super) fn revoke_where(&mut self, which: impl Fn(&Link) -> bool, now: Timestamp, bounds: &Bounds) {
        let standing = self.doorway().links.iter().map(|linked| &linked.link).filter(|link| link.revoked_at.is_none());
        let revoked: Vec<LinkId> = standing.filter(|link| which(link)).map(|link| link.id).collect();
        for id in revoked {
            if let Some(linked) = self.doorway_mut().linked_mut(id) {
                linked.link.revoked_at = Some(now);
                let link = Box::new(linked.link.clone());
                self.tell(Event::LinkRevoked(link), now, bounds);
            }
            self.decide_all(Some(id), Verdict::Decline, now, bounds);
        }
    }

    fn may_still_link(&self, maker: Option<MemberId>) -> bool {
        match maker {
            Some(MemberId::OWNER) => true,
            Some(member) => self.chat.admits_visitors() && self.seated(member).is_some(),
            None => self.chat.admits_visitors(),
        }
    }

    /// Keeps the last dead links; the older ones go, with the knocks that came by them.
    pub(super) fn forget_oldest_dead(&mut self, now: Timestamp, bounds: &Bounds) {
        let dead: Vec<LinkId> = self.doorway().links.iter().filter(|linked| !linked.link.is_live(now)).map(|linked| linked.link.id).collect();
        for id in &dead[..dead.len().saturating_sub(bounds.dead_links)] {
            self.decide_all(Some(*id), Verdict::Decline, now, bounds);
            self.forget_knocks_by(*id);
            let doorway = self.doorway_mut();
            doorway.bars.retain(|(link, ..), _| link != id);
            doorway.weigh_bars();
            doorway.heft.links -= doorway.linked(*id).map_or(0, Linked::heft);
            doorway.links.retain(|linked| linked.link.id != *id);
            doorway.dropped_links.push(*id);
        }
    }
}
