//! The door of one chat in memory: who may knock, what a decision does.

use std::collections::HashMap;
use std::sync::Arc;

use super::doorway::{Arrived, Bar, Holder};
use super::keys::refuse_bad_key;
use super::state::ChatState;
use super::weight::Hefty as _;
use crate::domain::address::ClientAddress;
use crate::domain::bounds::{BARS, Bounds, LONGEST_BAR, PENDING_A_CHAT, PENDING_A_LINK, PENDING_AN_ADDRESS, VACATED};
use crate::domain::clock::Timestamp;
use crate::domain::entry::Event;
use crate::domain::id::{KnockId, LinkId};
use crate::domain::knock::{Bearing, Decision, Knock, KnockStatus, Knocked, Verdict, Which, bar_after};
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::domain::text::Name;
use crate::store::knocks::{NewKnock, NotDecided, NotKnocked};

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
            self.doorway_mut().pending.insert(number);
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
        let on_link: Vec<&Arrived> = doorway.pending_on(new.link).iter().filter_map(|number| doorway.knocks.get(number)).collect();
        let from_there: Vec<&Arrived> = on_link.iter().copied().filter(|arrived| arrived.address == new.address).collect();
        let first = |waiting: &[&Arrived]| waiting.first().map_or(now, |first| first.knock.expires_at);
        if from_there.len() >= PENDING_AN_ADDRESS {
            return Err(NotKnocked::TooManyPending { until: first(&from_there) });
        }
        if on_link.len() >= PENDING_A_LINK || doorway.pending.len() >= PENDING_A_CHAT {
            let until = if on_link.len() >= PENDING_A_LINK { first(&on_link) } else { doorway.patience() };
            return Err(NotKnocked::TooManyPending { until });
        }
        Ok(())
    }

    /// Ends a knock: the door hears of it, and whoever is approved is let in.
    pub(super) fn end_knock(&mut self, number: u64, status: KnockStatus, by: Option<&Arc<Member>>, now: Timestamp, bounds: &Bounds) {
        let doorway = self.doorway_mut();
        let Some(arrived) = doorway.knocks.get_mut(&number) else { return };
        if arrived.knock.end(status, now).is_err() {
            return;
        }
        let knock = arrived.knock.id;
        doorway.pending.remove(&number);
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
        while let Some(number) = self.doorway().pending.first().copied() {
            let doorway = self.doorway_mut();
            if doorway.knocks.get(&number).is_some_and(|arrived| arrived.knock.expires_at > now) {
                break;
            }
            doorway.pending.remove(&number);
            self.end_knock(number, KnockStatus::Expired, None, now, bounds);
        }
    }

    /// Everybody who waits is decided, in the order of arrival: on one link, or on all of them.
    pub(super) fn decide_all(&mut self, on: Option<LinkId>, verdict: Verdict, now: Timestamp, bounds: &Bounds) {
        let owner = self.owner();
        let mut decided: HashMap<LinkId, Vec<KnockId>> = HashMap::new();
        for number in self.doorway().pending.clone() {
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

    /// Remembers what was decided last on a link, for who decides without naming a knock.
    fn remember(&mut self, link: LinkId, verdict: Verdict, ids: Vec<KnockId>) {
        let doorway = self.doorway_mut();
        if let Some(linked) = doorway.linked_mut(link) {
            let before = linked.heft();
            linked.last_decision = Some((verdict, ids));
            let now = linked.heft();
            doorway.heft.links = doorway.heft.links + now - before;
        }
    }

    /// The owner decides; nothing of it is done where not all of it can be.
    pub(super) fn decide(&mut self, decision: &Decision, now: Timestamp, bounds: &Bounds) -> Result<Vec<KnockId>, NotDecided> {
        let linked = self.doorway().linked(decision.link).ok_or(NotDecided::Gone)?;
        let (uses_left, last) = (linked.link.uses_left(), linked.last_decision.clone());
        let named = match &decision.which {
            Which::These(ids) => self.these(decision.link, ids)?,
            Which::Only => match self.only_one(decision.link, now)? {
                Some(number) => vec![number],
                None => return repeated(decision.verdict, last, linked.knocks),
            },
        };
        let decided = self.still_to_decide(&named, decision.verdict)?;
        if decision.verdict == Verdict::Approve {
            self.may_admit(decided.len(), uses_left, bounds)?;
        }
        let ids: Vec<KnockId> = named.iter().filter_map(|number| self.doorway().knocks.get(number)).map(|arrived| arrived.knock.id).collect();
        self.carry_out(decision, &decided, now, bounds);
        if !decided.is_empty() {
            self.remember(decision.link, decision.verdict, ids.clone());
        }
        Ok(ids)
    }

    /// Which of these knocks the verdict decides; the others stand so already, and none stands otherwise.
    fn still_to_decide(&self, named: &[u64], verdict: Verdict) -> Result<Vec<u64>, NotDecided> {
        let mut decided = Vec::new();
        for number in named {
            match self.doorway().knocks.get(number).map(|arrived| arrived.knock.bearing(verdict)) {
                Some(Ok(Bearing::Decides)) => decided.push(*number),
                Some(Ok(Bearing::Repeats)) => {}
                Some(Err(_)) | None => return Err(NotDecided::AlreadyDecided),
            }
        }
        Ok(decided)
    }

    fn carry_out(&mut self, decision: &Decision, decided: &[u64], now: Timestamp, bounds: &Bounds) {
        let owner = self.owner();
        for number in decided {
            let doorway = self.doorway_mut();
            if let Some(arrived) = doorway.knocks.get_mut(number) {
                let before = arrived.knock.heft();
                arrived.knock.reason.clone_from(&decision.reason);
                doorway.heft.knocks += arrived.knock.heft() - before;
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

    /// The only knock that waits on `link`, if one does.
    fn only_one(&self, link: LinkId, now: Timestamp) -> Result<Option<u64>, NotDecided> {
        let waiting = self.doorway().pending_on(link);
        let vacated = |knock: &Knock| {
            let by_itself = matches!(knock.status, KnockStatus::Withdrawn | KnockStatus::Expired);
            knock.link == link && by_itself && knock.ended_at.is_some_and(|ended| now < ended + VACATED)
        };
        match waiting.as_slice() {
            [] => Ok(None),
            [only] if !self.doorway().knocks.values().any(|arrived| vacated(&arrived.knock)) => Ok(Some(*only)),
            several => {
                let ids = several.iter().filter_map(|number| self.doorway().knocks.get(number)).map(|arrived| arrived.knock.id);
                Err(NotDecided::SeveralKnocked(ids.collect()))
            }
        }
    }

    fn these(&self, link: LinkId, ids: &[KnockId]) -> Result<Vec<u64>, NotDecided> {
        let mut numbers = Vec::new();
        for id in ids {
            let known = self.doorway().knocks.values().find(|arrived| arrived.knock.id == *id && arrived.knock.link == link);
            let number = known.ok_or(NotDecided::Gone)?.knock.number;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// Bars the declined guest's address with their name from that link, twice as long each time.
    fn bar(&mut self, number: u64, now: Timestamp) {
        let doorway = self.doorway_mut();
        let Some(arrived) = doorway.knocks.get(&number) else { return };
        let place = (arrived.knock.link, arrived.address, arrived.knock.called().folded());
        doorway.bars.retain(|_, bar| bar.until + LONGEST_BAR > now);
        let times = doorway.bars.get(&place).map_or(1, |bar| bar.times.saturating_add(1));
        if doorway.bars.len() >= BARS && !doorway.bars.contains_key(&place) {
            let first = doorway.bars.iter().min_by_key(|(_, bar)| bar.until).map(|(place, _)| place.clone());
            first.and_then(|place| doorway.bars.remove(&place));
        }
        doorway.bars.insert(place, Bar { until: now + bar_after(times), times });
        doorway.weigh_bars();
    }
}

/// What a decision without a knock is where none waits: the last one once more, unless it was another or there was none.
fn repeated(verdict: Verdict, last: Option<(Verdict, Vec<KnockId>)>, knocks: u64) -> Result<Vec<KnockId>, NotDecided> {
    match last {
        Some((said, ids)) if said == verdict => Ok(ids),
        None if knocks == 0 => Err(NotDecided::NobodyKnocked),
        _ => Err(NotDecided::AlreadyDecided),
    }
}

fn barred(new: &NewKnock) -> (LinkId, ClientAddress, Box<str>) {
    let called = new.name.clone().unwrap_or_else(Name::guest);
    (new.link, new.address, called.folded())
}
