//! Effects of an owner's decision on the knocks of a chat in memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::ChatState;
use crate::domain::clock::Timestamp;
use crate::domain::id::{KnockId, LinkId};
use crate::domain::knock::{Decision, DecisionEffect, Knock, KnockSelector, KnockStatus, Verdict};
use crate::domain::limits::{AMBIGUITY_WINDOW, Limits};
use crate::domain::member::Member;
use crate::store::knocks::NotDecided;
use crate::store::memory::allocation::MemoryCost as _;

impl ChatState {
    /// Stores the last decision on a link, so that a decision without a knock id can be repeated.
    pub(in crate::store::memory) fn remember_decision(&mut self, link: LinkId, verdict: Verdict, ids: Vec<KnockId>) {
        let door = self.door_mut();
        if let Some(record) = door.link_mut(link) {
            let before = record.bytes();
            record.last_decision = Some((verdict, ids));
            let now = record.bytes();
            door.bytes.links = door.bytes.links + now - before;
        }
    }

    /// Applies the owner's decision to all selected knocks, or to none if that is not possible.
    pub(in crate::store::memory) fn decide(&mut self, decision: &Decision, now: Timestamp, limits: &Limits) -> Result<Vec<KnockId>, NotDecided> {
        let by = self.decider(decision.by).ok_or(NotDecided::Gone)?;
        let named = match &decision.knocks {
            KnockSelector::OnLink(link, ids) => {
                self.door().link(*link).ok_or(NotDecided::Gone)?;
                self.numbers_of(Some(*link), ids)?
            }
            KnockSelector::InChat(_, ids) => self.numbers_of(None, ids)?,
            KnockSelector::Sole(link) => {
                let record = self.door().link(*link).ok_or(NotDecided::Gone)?;
                match self.sole_pending(*link, now)? {
                    Some(number) => vec![number],
                    None => return repeated_decision(decision.verdict, record.last_decision.clone(), record.shown_knocks()),
                }
            }
        };
        let decided = self.undecided(&named, decision.verdict)?;
        if decision.verdict == Verdict::Approve {
            self.may_admit(&decided, limits)?;
        }
        self.apply_decision(decision, &by, &decided, now, limits);
        for link in self.links_of(&decided) {
            let on_link = named.iter().filter_map(|number| self.door().knocks.get(number)).filter(|record| record.knock.link == link);
            let ids = on_link.map(|record| record.knock.id).collect();
            self.remember_decision(link, decision.verdict, ids);
        }
        Ok(named.iter().filter_map(|number| self.door().knocks.get(number)).map(|record| record.knock.id).collect())
    }

    /// Returns the links on which these knocks were made.
    fn links_of(&self, numbers: &[u64]) -> HashSet<LinkId> {
        numbers.iter().filter_map(|number| self.door().knocks.get(number)).map(|record| record.knock.link).collect()
    }

    /// Returns the knocks that the verdict decides; the others already have its status. An error if one has a different status.
    fn undecided(&self, named: &[u64], verdict: Verdict) -> Result<Vec<u64>, NotDecided> {
        let mut decided = Vec::new();
        for number in named {
            match self.door().knocks.get(number).map(|record| record.knock.effect_of(verdict)) {
                Some(Ok(DecisionEffect::Decides)) => decided.push(*number),
                Some(Ok(DecisionEffect::Repeats)) => {}
                Some(Err(_)) | None => return Err(NotDecided::AlreadyDecided),
            }
        }
        Ok(decided)
    }

    /// Ends these knocks as `by` decided.
    fn apply_decision(&mut self, decision: &Decision, by: &Arc<Member>, decided: &[u64], now: Timestamp, limits: &Limits) {
        if decision.verdict == Verdict::Decline && !decided.is_empty() {
            self.start_cooldowns(decided, now);
        }
        for number in decided {
            let door = self.door_mut();
            if let Some(record) = door.knocks.get_mut(number) {
                let before = record.knock.bytes();
                record.knock.reason.clone_from(&decision.reason);
                door.bytes.knocks += record.knock.bytes() - before;
            }
            self.end_knock(*number, decision.verdict.status(), Some(by), now, limits);
        }
    }

    /// Checks that all of these guests can be admitted, within each link's remaining uses.
    fn may_admit(&self, decided: &[u64], limits: &Limits) -> Result<(), NotDecided> {
        for link in self.links_of(decided) {
            let guests = decided.iter().filter(|number| self.door().knocks.get(number).is_some_and(|record| record.knock.link == link)).count();
            let uses_left = self.door().link(link).map_or(0, |record| record.link.uses_left());
            if guests > uses_left as usize {
                return Err(NotDecided::LinkUsedUp);
            }
        }
        let guests = decided.len();
        if guests > 0 && (self.members.len() + guests > limits.members || !self.has_room(guests, limits)) {
            return Err(NotDecided::Full);
        }
        Ok(())
    }

    /// Returns the number of the only pending knock on `link` that the owner sees, if there is one.
    fn sole_pending(&self, link: LinkId, now: Timestamp) -> Result<Option<u64>, NotDecided> {
        let pending: Vec<&Knock> = self.door().shown_pending().map(|record| &record.knock).filter(|knock| knock.link == link).collect();
        let ended_by_itself = |knock: &Knock| {
            let by_itself = matches!(knock.status, KnockStatus::Withdrawn | KnockStatus::Expired);
            knock.link == link && by_itself && knock.ended_at.is_some_and(|ended| now < ended + AMBIGUITY_WINDOW)
        };
        match pending.as_slice() {
            [] => Ok(None),
            [only] if !self.door().knocks.values().any(|record| record.is_shown() && ended_by_itself(&record.knock)) => Ok(Some(only.number)),
            several => Err(NotDecided::SeveralKnocked(several.iter().map(|knock| knock.id).collect())),
        }
    }

    /// Resolves knock ids that the owner sees, on `link` if given, to numbers. One pass over all knocks, since a full door has many.
    fn numbers_of(&self, link: Option<LinkId>, ids: &[KnockId]) -> Result<Vec<u64>, NotDecided> {
        let requested: HashSet<KnockId> = ids.iter().copied().collect();
        let known = self.door().knocks.values().filter(|record| record.is_shown()).map(|record| &record.knock);
        let found: HashMap<KnockId, u64> = known
            .filter(|knock| requested.contains(&knock.id) && link.is_none_or(|link| link == knock.link))
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

/// Resolves a decision without a knock id when none is pending: repeats the last one, unless it differs or there was none.
fn repeated_decision(verdict: Verdict, last: Option<(Verdict, Vec<KnockId>)>, knocks: u64) -> Result<Vec<KnockId>, NotDecided> {
    match last {
        Some((last_verdict, ids)) if last_verdict == verdict => Ok(ids),
        None if knocks == 0 => Err(NotDecided::NobodyKnocked),
        _ => Err(NotDecided::AlreadyDecided),
    }
}
