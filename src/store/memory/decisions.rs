//! What an owner's decision does to the knocks of a chat in memory.

use std::collections::{HashMap, HashSet};

use super::state::ChatState;
use super::weight::Hefty as _;
use crate::domain::bounds::{Bounds, VACATED};
use crate::domain::clock::Timestamp;
use crate::domain::id::{KnockId, LinkId};
use crate::domain::knock::{Bearing, Decision, Knock, KnockSelector, KnockStatus, Verdict};
use crate::store::knocks::NotDecided;

impl ChatState {
    /// Remembers what was decided last on a link, for who decides without naming a knock.
    pub(super) fn remember(&mut self, link: LinkId, verdict: Verdict, ids: Vec<KnockId>) {
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
        let named = match &decision.knocks {
            KnockSelector::OnLink(link, ids) => {
                self.doorway().linked(*link).ok_or(NotDecided::Gone)?;
                self.these(Some(*link), ids)?
            }
            KnockSelector::InChat(_, ids) => self.these(None, ids)?,
            KnockSelector::Sole(link) => {
                let linked = self.doorway().linked(*link).ok_or(NotDecided::Gone)?;
                match self.only_one(*link, now)? {
                    Some(number) => vec![number],
                    None => return repeated(decision.verdict, linked.last_decision.clone(), linked.knocks),
                }
            }
        };
        let decided = self.still_to_decide(&named, decision.verdict)?;
        if decision.verdict == Verdict::Approve {
            self.may_admit(&decided, bounds)?;
        }
        self.carry_out(decision, &decided, now, bounds);
        for link in self.links_of(&decided) {
            let on_link = named.iter().filter_map(|number| self.doorway().knocks.get(number)).filter(|arrived| arrived.knock.link == link);
            let ids = on_link.map(|arrived| arrived.knock.id).collect();
            self.remember(link, decision.verdict, ids);
        }
        Ok(named.iter().filter_map(|number| self.doorway().knocks.get(number)).map(|arrived| arrived.knock.id).collect())
    }

    /// The links by which these knocks came.
    fn links_of(&self, numbers: &[u64]) -> HashSet<LinkId> {
        numbers.iter().filter_map(|number| self.doorway().knocks.get(number)).map(|arrived| arrived.knock.link).collect()
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

    /// Ends these knocks as the owner decided.
    fn carry_out(&mut self, decision: &Decision, decided: &[u64], now: Timestamp, bounds: &Bounds) {
        let owner = self.owner();
        if decision.verdict == Verdict::Decline && !decided.is_empty() {
            self.bar_all(decided, now);
        }
        for number in decided {
            let doorway = self.doorway_mut();
            if let Some(arrived) = doorway.knocks.get_mut(number) {
                let before = arrived.knock.heft();
                arrived.knock.reason.clone_from(&decision.reason);
                doorway.heft.knocks += arrived.knock.heft() - before;
            }
            self.end_knock(*number, decision.verdict.status(), Some(&owner), now, bounds);
        }
    }

    /// Whether all of these can be let in: no link lets in more than it has uses left.
    fn may_admit(&self, decided: &[u64], bounds: &Bounds) -> Result<(), NotDecided> {
        for link in self.links_of(decided) {
            let guests = decided.iter().filter(|number| self.doorway().knocks.get(number).is_some_and(|arrived| arrived.knock.link == link)).count();
            let uses_left = self.doorway().linked(link).map_or(0, |linked| linked.link.uses_left());
            if guests > uses_left as usize {
                return Err(NotDecided::LinkUsedUp);
            }
        }
        let guests = decided.len();
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

    /// The numbers of these knocks, which came by `link`, where one is named; all are looked for at once, since a full door has many.
    fn these(&self, link: Option<LinkId>, ids: &[KnockId]) -> Result<Vec<u64>, NotDecided> {
        let wanted: HashSet<KnockId> = ids.iter().copied().collect();
        let known = self.doorway().knocks.values().map(|arrived| &arrived.knock);
        let found: HashMap<KnockId, u64> = known
            .filter(|knock| wanted.contains(&knock.id) && link.is_none_or(|link| link == knock.link))
            .map(|knock| (knock.id, knock.number))
            .collect();
        let mut numbers = Vec::with_capacity(found.len());
        for id in ids {
            let number = *found.get(id).ok_or(NotDecided::Gone)?;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
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
