//! The door of one chat in memory: who may knock, how a knock ends.

use std::collections::HashMap;
use std::sync::Arc;

use super::doorway::{Arrived, Bar, Holder};
use super::keys::refuse_bad_key;
use super::state::ChatState;
use super::weight::Hefty as _;
use crate::domain::address::ClientAddress;
use crate::domain::bounds::{BARS, Bounds, LONGEST_BAR};
use crate::domain::clock::Timestamp;
use crate::domain::entry::Event;
use crate::domain::id::{KnockId, LinkId};
use crate::domain::knock::{Knock, KnockStatus, Knocked, Verdict, bar_after};
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::domain::text::Name;
use crate::store::knocks::{NewKnock, NotKnocked};

refuse_bad_key!(NotKnocked);

impl ChatState {
    /// Somebody knocks: they wait, or are let in at once, which the entry of their knock says.
    pub(super) fn arrive(&mut self, new: &NewKnock, now: Timestamp, bounds: &Bounds) -> Result<Knocked, NotKnocked> {
        let link = self.doorway().linked(new.link).map(|linked| linked.link.clone()).filter(|link| link.is_live(now)).ok_or(NotKnocked::Gone)?;
        let at_once = self.chat.admits_visitors() || link.auto_approve;
        self.may_arrive(new, at_once, now, bounds)?;
        let (number, client) = (self.doorway().last_knock + 1, new.client);
        let mut knock = self.knock_from(new, &link, number, now);
        if at_once {
            (knock.status, knock.ended_at) = (KnockStatus::Approved, Some(now));
        }
        let doorway = self.doorway_mut();
        doorway.last_knock = number;
        doorway.holders.insert(client, Holder::Guest { knock: number });
        doorway.heft.knocks += knock.heft();
        doorway.knocks.insert(number, Arrived { knock: knock.clone(), client, address: new.address, key: new.key.map(|key| key.scope) });
        if let Some(linked) = doorway.linked_mut(new.link) {
            linked.knocks += 1;
        }
        self.tell(Event::Knock(Box::new(knock)), now, bounds);
        if at_once {
            self.admit(number, None, now);
        } else {
            self.doorway_mut().pending.insert(number, new.link, new.address);
        }
        let knock = self.doorway().knocks[&number].knock.clone();
        Ok(Knocked { chat: self.chat.id, knock, client })
    }

    fn knock_from(&self, new: &NewKnock, link: &Link, number: u64, now: Timestamp) -> Knock {
        let called = new.name.clone().unwrap_or_else(Name::guest);
        Knock {
            id: new.id,
            number,
            link: link.id,
            label: link.label.clone(),
            name_taken: self.is_taken(&called),
            name: new.name.clone(),
            note: new.note.clone(),
            status: KnockStatus::Pending,
            reason: None,
            created_at: now,
            expires_at: Knock::patience(now),
            ended_at: None,
            member: None,
        }
    }

    fn may_arrive(&self, new: &NewKnock, at_once: bool, now: Timestamp, bounds: &Bounds) -> Result<(), NotKnocked> {
        let doorway = self.doorway();
        if let Some(bar) = doorway.bars.get(&barred(new)).filter(|bar| bar.until > now) {
            return Err(NotKnocked::Barred { until: bar.until });
        }
        if !self.has_room(1, bounds) || (at_once && self.members.len() >= bounds.members) {
            return Err(NotKnocked::Full);
        }
        if at_once {
            return Ok(());
        }
        let waiting = &doorway.pending;
        let crowded = waiting.len() >= bounds.chat_knocks
            || waiting.on_link(new.link) >= bounds.link_knocks
            || waiting.on_link_from(new.link, new.address) >= bounds.address_knocks();
        if crowded { Err(NotKnocked::TooManyPending { until: doorway.patience() }) } else { Ok(()) }
    }

    /// Ends a knock: the door hears of it, and whoever is approved is let in.
    pub(super) fn end_knock(&mut self, number: u64, status: KnockStatus, by: Option<&Arc<Member>>, now: Timestamp, bounds: &Bounds) {
        let doorway = self.doorway_mut();
        let Some(arrived) = doorway.knocks.get_mut(&number) else { return };
        if arrived.knock.end(status, now).is_err() {
            return;
        }
        let knock = arrived.knock.id;
        doorway.pending.remove(number);
        self.tell(Event::KnockDecided { knock, status, by: by.cloned() }, now, bounds);
        if status == KnockStatus::Approved {
            self.admit(number, by.cloned(), now);
            return;
        }
        self.doorway_mut().ended.push_back(number);
        while self.doorway().ended.len() > bounds.ended_knocks {
            if let Some(oldest) = self.doorway_mut().ended.pop_front() {
                self.forget_knock(oldest);
            }
        }
    }

    /// Knocks that waited long enough end.
    pub(super) fn expire_knocks(&mut self, now: Timestamp, bounds: &Bounds) {
        loop {
            let first = self.doorway().pending.iter().next();
            let Some(number) = first else { break };
            if self.doorway().knocks.get(&number).is_some_and(|arrived| arrived.knock.expires_at > now) {
                break;
            }
            self.doorway_mut().pending.remove(number);
            self.end_knock(number, KnockStatus::Expired, None, now, bounds);
        }
    }

    /// Everybody who waits is decided, in the order of arrival: on one link, or on all of them.
    pub(super) fn decide_all(&mut self, on: Option<LinkId>, verdict: Verdict, now: Timestamp, bounds: &Bounds) {
        let owner = self.owner();
        let mut decided: HashMap<LinkId, Vec<KnockId>> = HashMap::new();
        let waiting: Vec<u64> = self.doorway().pending.iter().collect();
        for number in waiting {
            let Some((link, id)) = self.doorway().knocks.get(&number).map(|arrived| (arrived.knock.link, arrived.knock.id)) else { continue };
            if on.is_none_or(|only| only == link) {
                self.end_knock(number, verdict.status(), Some(&owner), now, bounds);
                decided.entry(link).or_default().push(id);
            }
        }
        for (link, ids) in decided {
            self.remember(link, verdict, ids);
        }
    }

    /// Bars from the links by which they came those who are declined.
    pub(super) fn bar_all(&mut self, declined: &[u64], now: Timestamp) {
        self.doorway_mut().bars.retain(|_, bar| bar.until + LONGEST_BAR > now);
        for number in declined {
            self.bar(*number, now);
        }
        self.doorway_mut().weigh_bars();
    }

    /// Bars the declined guest's address with their name from that link, twice as long each time.
    fn bar(&mut self, number: u64, now: Timestamp) {
        let doorway = self.doorway_mut();
        let Some(arrived) = doorway.knocks.get(&number) else { return };
        let place = (arrived.knock.link, arrived.address, arrived.knock.called().folded());
        let times = doorway.bars.get(&place).map_or(1, |bar| bar.times.saturating_add(1));
        if doorway.bars.len() >= BARS && !doorway.bars.contains_key(&place) {
            let first = doorway.bars.iter().min_by_key(|(_, bar)| bar.until).map(|(place, _)| place.clone());
            first.and_then(|place| doorway.bars.remove(&place));
        }
        doorway.bars.insert(place, Bar { until: now + bar_after(times), times });
    }
}

fn barred(new: &NewKnock) -> (LinkId, ClientAddress, Box<str>) {
    let called = new.name.clone().unwrap_or_else(Name::guest);
    (new.link, new.address, called.folded())
}
