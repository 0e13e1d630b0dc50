//! A link: what members share so that guests can knock.

use super::clock::Timestamp;
use super::id::{LinkId, MemberId};
use super::text::Label;

/// A snapshot of a link.
#[derive(Clone, Debug)]
pub struct Link {
    /// The id in URLs.
    pub id: LinkId,
    /// Its position among the chat's links, in order of creation.
    pub number: u64,
    /// The label its creator gave it.
    pub label: Option<Label>,
    /// The member who created it; `None` for a visitor of an open chat.
    pub created_by: Option<MemberId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it stops accepting knocks.
    pub expires_at: Timestamp,
    /// The most guests it may admit.
    pub max_uses: Option<u32>,
    /// Guests it has admitted.
    pub uses: u32,
    /// True if it admits guests without a decision.
    pub auto_approve: bool,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Link {
    /// Returns true if it accepts knocks: not expired, not revoked, not used up.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at && self.uses_left() > 0
    }

    /// Returns how many more guests it may admit.
    #[must_use]
    pub fn uses_left(&self) -> u32 {
        self.max_uses.map_or(u32::MAX, |max| max.saturating_sub(self.uses))
    }

    /// Returns true if the owner created it.
    #[must_use]
    pub fn is_by_owner(&self) -> bool {
        self.created_by == Some(MemberId::OWNER)
    }
}

/// What happens to the members that a revoked link had admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRevoke {
    /// They stay.
    KeepMembers,
    /// They are removed.
    EvictMembers,
}
