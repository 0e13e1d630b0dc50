//! A link: what people share, so that others can knock.

use super::clock::Timestamp;
use super::id::{LinkId, MemberId};
use super::text::Label;

/// A link as it stands at one moment.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its name in addresses.
    pub id: LinkId,
    /// Its place among the chat's links, in the order of their making.
    pub number: u64,
    /// What its maker calls it.
    pub label: Option<Label>,
    /// Who made it; nobody that is known, where a visitor of an open chat did.
    pub made_by: Option<MemberId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it can no longer be knocked on.
    pub expires_at: Timestamp,
    /// How many it may let in.
    pub max_uses: Option<u32>,
    /// How many it let in.
    pub uses: u32,
    /// Whether it lets in without asking.
    pub auto_approve: bool,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Link {
    /// Whether it can be knocked on: not expired, not revoked, not used up.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at && self.uses_left() > 0
    }

    /// How many more it may let in.
    #[must_use]
    pub fn uses_left(&self) -> u32 {
        self.max_uses.map_or(u32::MAX, |most| most.saturating_sub(self.uses))
    }

    /// Whether the owner made it.
    #[must_use]
    pub fn is_owners(&self) -> bool {
        self.made_by == Some(MemberId::OWNER)
    }
}

/// What becomes of those whom a revoked link had let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// They stay.
    Stay,
    /// They are removed.
    Evicted,
}
