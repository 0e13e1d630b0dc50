//! Who types in a room: in the order in which they began, until they stop, post, leave, or say nothing more for a while.

use crate::domain::clock::Timestamp;
use crate::domain::event_log::{EndsStreamsOf, Entry};
use crate::domain::id::{AccountId, MemberId};
use crate::domain::presence::MemberAccount;
use crate::domain::typing::TypingChange;

#[derive(Debug)]
struct TypingMember {
    by: MemberAccount,
    until: Timestamp,
}

/// The members that are typing.
#[derive(Debug, Default)]
pub(super) struct Typing {
    members: Vec<TypingMember>,
    /// Whether others are typing than at the last publication.
    has_changed: bool,
    /// The moment for which a look at those who fell silent is planned.
    look_at: Option<Timestamp>,
}

impl Typing {
    /// Applies what a member says.
    pub(super) fn apply(&mut self, change: TypingChange) {
        let TypingChange { by, until } = change;
        let known = self.members.iter().position(|one| one.by.member == by.member);
        match (known, until) {
            (Some(index), Some(until)) => self.members[index].until = until,
            (None, Some(until)) => {
                self.members.push(TypingMember { by, until });
                self.has_changed = true;
            }
            (_, None) => self.retain(|one| one.member != by.member),
        }
    }

    /// Removes the author of a message, and one who is no longer a member.
    pub(super) fn apply_entry(&mut self, entry: &Entry) {
        let leaver = match entry.ends_streams_of() {
            Some(EndsStreamsOf::Member(member, _)) => Some(member),
            _ => None,
        };
        if let Some(member) = leaver.or_else(|| entry.author()) {
            self.forget(member);
        }
    }

    fn forget(&mut self, member: MemberId) {
        self.retain(|one| one.member != member);
    }

    /// Removes an account that no longer shows it.
    pub(super) fn hide(&mut self, account: AccountId) {
        self.retain(|one| one.account != Some(account));
    }

    fn retain(&mut self, keep: impl Fn(&MemberAccount) -> bool) {
        let before = self.members.len();
        self.members.retain(|one| keep(&one.by));
        self.has_changed |= self.members.len() < before;
    }

    /// Returns true if there is something to publish.
    pub(super) const fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// Returns true if nobody types.
    pub(super) const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Removes those whose time is over, and returns the others if they changed since the last call.
    pub(super) fn take_changed(&mut self, now: Timestamp) -> Option<Vec<MemberAccount>> {
        let before = self.members.len();
        self.members.retain(|one| one.until > now);
        self.has_changed |= self.members.len() < before;
        std::mem::take(&mut self.has_changed).then(|| self.members.iter().map(|one| one.by).collect())
    }

    /// Returns when the next look at those who fell silent is due, if it must be planned.
    pub(super) fn plan_look(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.look_at = self.look_at.filter(|planned| *planned > now);
        if self.look_at.is_some() {
            return None;
        }
        self.look_at = self.members.iter().map(|one| one.until).min();
        self.look_at
    }

    /// Returns its size in memory.
    pub(super) const fn bytes(&self) -> usize {
        self.members.capacity() * size_of::<TypingMember>()
    }
}
