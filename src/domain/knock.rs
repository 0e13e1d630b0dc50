//! A knock: a guest's request for admission, from creation to its end.

use std::sync::Arc;
use std::time::Duration;

use bip39::Language;

use super::clock::Timestamp;
use super::id::{ChatId, KnockId, LinkId, MemberId};
use super::limits::{FIRST_COOLDOWN, KNOCK_LIFETIME, MAX_COOLDOWN};
use super::member::Member;
use super::principal::Principal;
use super::text::{Label, Name, Note, Reason};
use super::username::Username;

/// Status of a knock. All but `Pending` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnockStatus {
    /// Awaiting the owner's decision.
    Pending,
    /// The owner admitted the guest.
    Approved,
    /// The owner declined.
    Declined,
    /// The guest withdrew it.
    Withdrawn,
    /// It was not decided in time.
    Expired,
}

/// An owner's decision on a knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Admit the guest.
    Approve,
    /// Decline the guest.
    Decline,
}

impl Verdict {
    /// Returns the status that the verdict leads to.
    #[must_use]
    pub const fn status(self) -> KnockStatus {
        match self {
            Self::Approve => KnockStatus::Approved,
            Self::Decline => KnockStatus::Declined,
        }
    }
}

/// The knock has already ended with a different status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyEnded;

/// The effect of a verdict on a knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionEffect {
    /// It decides the knock.
    Decides,
    /// It repeats the decision already made.
    Repeats,
}

/// A snapshot of a knock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knock {
    /// Its public id.
    pub id: KnockId,
    /// Its position among the chat's knocks, in order of arrival.
    pub number: u64,
    /// The link it was made on.
    pub link: LinkId,
    /// Whether it was made on the name of a group, which has a link of its own that no one sees.
    pub is_by_name: bool,
    /// The label of that link.
    pub label: Option<Label>,
    /// The name the guest gave, if any.
    pub name: Option<Name>,
    /// The username of the guest's account, if they are signed in.
    pub username: Option<Username>,
    /// The guest's note.
    pub note: Option<Note>,
    /// True if a member already has this name or one that can be confused with it. Shown to the owner only.
    pub name_taken: bool,
    /// Its status.
    pub status: KnockStatus,
    /// The reason the owner gave with the decision.
    pub reason: Option<Reason>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires if it is not decided.
    pub expires_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// The member the guest became.
    pub member: Option<Arc<Member>>,
}

impl Knock {
    /// Returns the guest's name, or the default name if none was given.
    #[must_use]
    pub fn display_name(&self) -> Name {
        self.name.clone().unwrap_or_else(Name::guest)
    }

    /// Returns two words that both guest and owner see and can compare: 22 bits of the knock's id.
    #[must_use]
    pub fn verification_words(&self) -> String {
        let words = Language::English.word_list();
        let [a, b, c, d, ..] = self.id.uuid().into_bytes();
        let (first, second) = (u16::from_be_bytes([a, b]) >> 5, u16::from_be_bytes([c, d]) >> 5);
        format!("{} {}", words[usize::from(first)], words[usize::from(second)])
    }

    /// Returns the status at `now`, whether or not the expiry has been stored yet.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> KnockStatus {
        match self.status {
            KnockStatus::Pending if now >= self.expires_at => KnockStatus::Expired,
            status => status,
        }
    }

    /// Returns the effect of `verdict`; an error if the knock has ended differently.
    pub fn effect_of(&self, verdict: Verdict) -> Result<DecisionEffect, AlreadyEnded> {
        match self.status {
            KnockStatus::Pending => Ok(DecisionEffect::Decides),
            status if status == verdict.status() => Ok(DecisionEffect::Repeats),
            _ => Err(AlreadyEnded),
        }
    }

    /// Ends the knock, at the latest at its expiry. A knock that has ended stays as it is.
    pub fn end(&mut self, status: KnockStatus, now: Timestamp) -> Result<(), AlreadyEnded> {
        if self.status != KnockStatus::Pending {
            return Err(AlreadyEnded);
        }
        self.status = status;
        self.ended_at = Some(now.min(self.expires_at));
        Ok(())
    }

    /// Returns when a knock created at `now` expires.
    #[must_use]
    pub fn expires_at_for(now: Timestamp) -> Timestamp {
        now + KNOCK_LIFETIME
    }
}

/// A knock as seen by the guest who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestKnock {
    /// The chat it asks to join.
    pub chat: ChatId,
    /// The knock.
    pub knock: Knock,
    /// The guest.
    pub client: Principal,
}

/// Selects the knocks to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnockSelector {
    /// The only pending knock on the link.
    Sole(LinkId),
    /// These knocks, made on the link.
    OnLink(LinkId, Vec<KnockId>),
    /// These knocks, made on any link of the chat.
    InChat(ChatId, Vec<KnockId>),
}

/// An owner's decision on one or more knocks.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The knocks.
    pub knocks: KnockSelector,
    /// The member who decides.
    pub by: MemberId,
    /// The verdict.
    pub verdict: Verdict,
    /// The reason shown to the guests.
    pub reason: Option<Reason>,
}

/// Returns the cool-down after the `times`-th decline in a row (the first is 1): ten minutes, doubling each time, up to a day.
#[must_use]
pub fn cooldown_after(times: u32) -> Duration {
    FIRST_COOLDOWN.saturating_mul(1 << times.saturating_sub(1).min(10)).min(MAX_COOLDOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_double_up_to_a_day() {
        assert_eq!(cooldown_after(1).as_secs(), 600);
        assert_eq!(cooldown_after(2).as_secs(), 1_200);
        assert_eq!(cooldown_after(3).as_secs(), 2_400);
        assert_eq!(cooldown_after(99).as_secs(), 86_400);
    }
}
