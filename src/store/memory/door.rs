//! The door of one chat in memory: who may knock, what a decision does.

use std::sync::Arc;

use super::keys::refuse_bad_key;
use super::state::{Bar, ChatState, Holder, Waiting};
use crate::domain::address::ClientAddress;
use crate::domain::bounds::{BARS, Bounds, LONGEST_BAR, PENDING_A_CHAT, PENDING_A_LINK, PENDING_AN_ADDRESS, VACATED};
use crate::domain::clock::Timestamp;
use crate::domain::entry::Event;
use crate::domain::id::{KnockId, LinkId};
use crate::domain::knock::{Bearing, Decision, Knock, KnockStatus, Knocked, Verdict, Which, bar_after};
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::store::knocks::{NewKnock, NotDecided, NotKnocked};

refuse_bad_key!(NotKnocked);

impl ChatState {
    /// Somebody knocks: they wait, or are let in at once.
    pub(super) fn arrive(&mut self, new: &NewKnock, now: Timestamp, bounds: &Bounds) -> Result<Knocked, NotKnocked> {
        let link = self.linked(new.link).map(|linked| linked.link.clone()).filter(|link| link.is_live(now)).ok_or(NotKnocked::Gone)?;
        let at_once = self.chat.admits_visitors() || link.auto_approve;
        self.may_arrive(new, at_once, now, bounds)?;
        let (number, client) = (self.last_knock + 1, new.client);
        let knock = self.knock_from(new, &link, number, now);
        self.last_knock = number;
        self.holders.insert(client, Holder::Guest { knock: number });
        self.knocks.insert(number, Waiting { knock: knock.clone(), client, address: new.address });
        if let Some(linked) = self.linked_mut(new.link) {
            linked.knocks += 1;
        }
        if at_once {
            self.end_knock(number, KnockStatus::Approved, None, now, bounds);
        } else {
            self.pending.insert(number);
            self.tell(Event::Knock(Box::new(knock)), now, bounds);
        }
        let knock = self.knocks[&number].knock.clone();
        Ok(Knocked { chat: self.chat.id, knock, client })
    }

    fn knock_from(&self, new: &NewKnock, link: &Link, number: u64, now: Timestamp) -> Knock {
        Knock {
            id: new.id,
            number,
            link: link.id,
            label: link.label.clone(),
            name_taken: new.name.as_ref().is_some_and(|name| self.is_taken(name)),
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
        if let Some(bar) = self.bars.get(&barred(new)).filter(|bar| bar.until > now) {
            return Err(NotKnocked::Barred { until: bar.until });
        }
        if !self.has_room(1, bounds) || (at_once && self.members.len() >= bounds.members) {
            return Err(NotKnocked::Full);
        }
        if at_once {
            return Ok(());
        }
        let on_link: Vec<&Waiting> = self.pending_on(new.link).iter().filter_map(|number| self.knocks.get(number)).collect();
        let from_there: Vec<&Waiting> = on_link.iter().copied().filter(|waiting| waiting.address == new.address).collect();
        let first = |waiting: &[&Waiting]| waiting.first().map_or(now, |first| first.knock.expires_at);
        if from_there.len() >= PENDING_AN_ADDRESS {
            return Err(NotKnocked::TooManyPending { until: first(&from_there) });
        }
        if on_link.len() >= PENDING_A_LINK || self.pending.len() >= PENDING_A_CHAT {
            let until = if on_link.len() >= PENDING_A_LINK { first(&on_link) } else { self.patience() };
            return Err(NotKnocked::TooManyPending { until });
        }
        Ok(())
    }

    /// Ends a knock: the door hears of it, and whoever is approved is let in.
    pub(super) fn end_knock(&mut self, number: u64, status: KnockStatus, by: Option<&Arc<Member>>, now: Timestamp, bounds: &Bounds) {
        let Some(waiting) = self.knocks.get_mut(&number) else { return };
        if waiting.knock.end(status, now).is_err() {
            return;
        }
        let knock = waiting.knock.id;
        self.pending.remove(&number);
        self.tell(Event::KnockDecided { knock, status, by: by.cloned() }, now, bounds);
        if status == KnockStatus::Approved {
            self.admit(number, by.cloned(), now);
            return;
        }
        self.ended.push_back(number);
        while self.ended.len() > bounds.ended_knocks {
            if let Some(oldest) = self.ended.pop_front() {
                self.forget_knock(oldest);
            }
        }
    }

    /// Knocks that waited long enough end.
    pub(super) fn expire_knocks(&mut self, now: Timestamp, bounds: &Bounds) {
        while let Some(number) = self.pending.first().copied() {
            if self.knocks.get(&number).is_some_and(|waiting| waiting.knock.expires_at > now) {
                break;
            }
            self.pending.remove(&number);
            self.end_knock(number, KnockStatus::Expired, None, now, bounds);
        }
    }

    /// Everybody who waits comes in.
    pub(super) fn admit_all(&mut self, now: Timestamp, bounds: &Bounds) {
        let owner = self.owner();
        for number in self.pending.iter().copied().collect::<Vec<_>>() {
            self.end_knock(number, KnockStatus::Approved, Some(&owner), now, bounds);
        }
    }

    /// The owner decides; nothing of it is done where not all of it can be.
    pub(super) fn decide(&mut self, decision: &Decision, now: Timestamp, bounds: &Bounds) -> Result<Vec<KnockId>, NotDecided> {
        let uses_left = self.linked(decision.link).ok_or(NotDecided::Gone)?.link.uses_left();
        let named = match &decision.which {
            Which::Only => self.only_one(decision.link, now)?,
            Which::These(ids) => self.these(decision.link, ids)?,
        };
        let mut decided = Vec::new();
        for number in &named {
            match self.knocks.get(number).ok_or(NotDecided::AlreadyDecided)?.knock.bearing(decision.verdict) {
                Ok(Bearing::Decides) => decided.push(*number),
                Ok(Bearing::Repeats) => {}
                Err(_) => return Err(NotDecided::AlreadyDecided),
            }
        }
        if decision.verdict == Verdict::Approve {
            self.may_admit(decided.len(), uses_left, bounds)?;
        }
        self.carry_out(decision, &decided, now, bounds);
        let ids = named.iter().filter_map(|number| self.knocks.get(number)).map(|waiting| waiting.knock.id).collect();
        if let Some(linked) = self.linked_mut(decision.link) {
            linked.last_decided = named;
        }
        Ok(ids)
    }

    fn carry_out(&mut self, decision: &Decision, decided: &[u64], now: Timestamp, bounds: &Bounds) {
        let owner = self.owner();
        for number in decided {
            if let Some(waiting) = self.knocks.get_mut(number) {
                waiting.knock.reason.clone_from(&decision.reason);
            }
            if decision.verdict == Verdict::Decline {
                self.bar(*number, now);
            }
            self.end_knock(*number, decision.verdict.status(), Some(&owner), now, bounds);
        }
    }

    fn may_admit(&self, guests: usize, uses_left: u32, bounds: &Bounds) -> Result<(), NotDecided> {
        if guests > uses_left as usize {
            return Err(NotDecided::LinkUsedUp);
        }
        if guests > 0 && (self.members.len() + guests > bounds.members || !self.has_room(guests, bounds)) {
            return Err(NotDecided::Full);
        }
        Ok(())
    }

    /// The only knock that waits on `link`, or else those that were decided last.
    fn only_one(&self, link: LinkId, now: Timestamp) -> Result<Vec<u64>, NotDecided> {
        let waiting = self.pending_on(link);
        let ids = || waiting.iter().filter_map(|number| self.knocks.get(number)).map(|waiting| waiting.knock.id).collect();
        let vacated = |knock: &Knock| {
            let by_itself = matches!(knock.status, KnockStatus::Withdrawn | KnockStatus::Expired);
            knock.link == link && by_itself && knock.ended_at.is_some_and(|ended| now < ended + VACATED)
        };
        match waiting.as_slice() {
            [] => {
                let last = self.linked(link).map(|linked| linked.last_decided.clone()).filter(|last| !last.is_empty());
                last.ok_or(NotDecided::NobodyKnocked)
            }
            [_] if !self.knocks.values().any(|waiting| vacated(&waiting.knock)) => Ok(waiting),
            _ => Err(NotDecided::SeveralKnocked(ids())),
        }
    }

    fn these(&self, link: LinkId, ids: &[KnockId]) -> Result<Vec<u64>, NotDecided> {
        let mut numbers = Vec::new();
        for id in ids {
            let known = self.knocks.values().find(|waiting| waiting.knock.id == *id && waiting.knock.link == link);
            let number = known.ok_or(NotDecided::Gone)?.knock.number;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// Bars the declined guest's address with their name from that link, twice as long each time.
    fn bar(&mut self, number: u64, now: Timestamp) {
        let Some(waiting) = self.knocks.get(&number) else { return };
        let place = (waiting.knock.link, waiting.address, waiting.knock.called().folded());
        self.bars.retain(|_, bar| bar.until + LONGEST_BAR > now);
        let times = self.bars.get(&place).map_or(1, |bar| bar.times.saturating_add(1));
        if self.bars.len() >= BARS && !self.bars.contains_key(&place) {
            let first = self.bars.iter().min_by_key(|(_, bar)| bar.until).map(|(place, _)| place.clone());
            first.and_then(|place| self.bars.remove(&place));
        }
        self.bars.insert(place, Bar { until: now + bar_after(times), times });
    }
}

fn barred(new: &NewKnock) -> (LinkId, ClientAddress, Box<str>) {
    let called = new.name.clone().unwrap_or_else(crate::domain::text::Name::guest);
    (new.link, new.address, called.folded())
}
