//! Knocks that wait for a decision: the earliest is shown first, so that a new one never takes its place under the finger.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::wire::knocks::{Knock, KnockStatus};

/// How long a knock must have been shown before a key decides it, in milliseconds: the one before may just have been withdrawn.
const SETTLING_MS: u64 = 400;

/// The pending knocks of one chat, earliest first.
#[derive(Clone, Debug, Default)]
pub struct Door {
    pending: Vec<Knock>,
    deciding: BTreeSet<Uuid>,
    shown: Option<Uuid>,
    shown_since_ms: u64,
}

impl Door {
    /// Replaces all by what the server lists.
    pub fn replace(&mut self, mut knocks: Vec<Knock>) {
        knocks.sort_by_key(|knock| knock.created_at);
        self.deciding.retain(|id| knocks.iter().any(|knock| knock.knock_id == *id));
        self.pending = knocks;
    }

    /// Adds a knock; one that is known already is replaced.
    pub fn add(&mut self, knock: Knock) {
        self.remove(knock.knock_id);
        if knock.status == KnockStatus::Pending {
            self.pending.push(knock);
        }
    }

    /// Removes a knock that was decided, or has ended.
    pub fn remove(&mut self, knock_id: Uuid) {
        self.pending.retain(|knock| knock.knock_id != knock_id);
        self.deciding.remove(&knock_id);
    }

    /// Returns the knock to decide, and how many wait.
    #[must_use]
    pub fn shown(&self) -> Option<(&Knock, usize)> {
        let mut waiting = self.pending.iter().filter(|knock| !self.deciding.contains(&knock.knock_id));
        let first = waiting.next()?;
        Some((first, waiting.count() + 1))
    }

    /// Returns how many wait for a decision.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shown().map_or(0, |(_, waiting)| waiting)
    }

    /// Notes since when the shown knock is shown.
    pub fn look(&mut self, now_ms: u64) {
        let shown = self.shown().map(|(knock, _)| knock.knock_id);
        if shown != self.shown {
            self.shown = shown;
            self.shown_since_ms = now_ms;
        }
    }

    /// Takes the shown knock to decide it; none where it has just appeared.
    pub fn take(&mut self, now_ms: u64) -> Option<Uuid> {
        let (knock, _) = self.shown()?;
        let id = knock.knock_id;
        if self.shown != Some(id) || now_ms < self.shown_since_ms + SETTLING_MS {
            return None;
        }
        self.deciding.insert(id);
        Some(id)
    }

    /// Shows a knock again whose decision failed.
    pub fn put_back(&mut self, knock_id: Uuid) {
        self.deciding.remove(&knock_id);
    }
}
