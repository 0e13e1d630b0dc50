//! A knock: from the guest's asking to its end.

use std::sync::Arc;
use std::time::Duration;

use bip39::Language;

use super::bounds::{FIRST_BAR, KNOCK_LIFE, LONGEST_BAR};
use super::clock::Timestamp;
use super::id::{ChatId, Credential, KnockId, LinkId};
use super::member::Member;
use super::text::{Label, Name, Note, Reason};

/// How a knock stands. All but `Pending` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnockStatus {
    /// It waits for the owner.
    Pending,
    /// The owner let them in.
    Approved,
    /// The owner did not.
    Declined,
    /// The guest took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

/// What an owner says to a knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Come in.
    Approve,
    /// Stay out.
    Decline,
}

impl Verdict {
    /// How a knock stands after it.
    #[must_use]
    pub const fn status(self) -> KnockStatus {
        match self {
            Self::Approve => KnockStatus::Approved,
            Self::Decline => KnockStatus::Declined,
        }
    }
}

/// The knock stands otherwise already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyEnded;

/// What a verdict is to a knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearing {
    /// It decides it.
    Decides,
    /// It says once more what was decided.
    Repeats,
}

/// A knock as it stands at one moment.
#[derive(Clone, Debug)]
pub struct Knock {
    /// Its public name.
    pub id: KnockId,
    /// Its place among the chat's knocks, in the order of arrival.
    pub number: u64,
    /// The link it came by.
    pub link: LinkId,
    /// What that link is called.
    pub label: Option<Label>,
    /// What the guest calls themselves, if anything.
    pub name: Option<Name>,
    /// What they say.
    pub note: Option<Note>,
    /// Whether a member is called that already, or could be mistaken for it. For the owner's eyes only.
    pub name_taken: bool,
    /// How it stands.
    pub status: KnockStatus,
    /// What the owner wrote when deciding.
    pub reason: Option<Reason>,
    /// When it arrived.
    pub created_at: Timestamp,
    /// When it will have waited long enough.
    pub expires_at: Timestamp,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// Who the guest became.
    pub member: Option<Arc<Member>>,
}

impl Knock {
    /// What the guest is called where a name is needed.
    #[must_use]
    pub fn called(&self) -> Name {
        self.name.clone().unwrap_or_else(Name::guest)
    }

    /// The two words that guest and owner both see, so that they can compare them: 22 bits of the knock's own id.
    #[must_use]
    pub fn code(&self) -> String {
        let words = Language::English.word_list();
        let [a, b, c, d, ..] = self.id.uuid().into_bytes();
        let (first, second) = (u16::from_be_bytes([a, b]) >> 5, u16::from_be_bytes([c, d]) >> 5);
        format!("{} {}", words[usize::from(first)], words[usize::from(second)])
    }

    /// How it stands at `now`, whether or not its end was written down yet.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> KnockStatus {
        match self.status {
            KnockStatus::Pending if now >= self.expires_at => KnockStatus::Expired,
            status => status,
        }
    }

    /// What `verdict` would be to it; refused where it stands otherwise already.
    pub fn bearing(&self, verdict: Verdict) -> Result<Bearing, AlreadyEnded> {
        match self.status {
            KnockStatus::Pending => Ok(Bearing::Decides),
            status if status == verdict.status() => Ok(Bearing::Repeats),
            _ => Err(AlreadyEnded),
        }
    }

    /// Ends it, when it has waited long enough at the latest. An ended one cannot end otherwise.
    pub fn end(&mut self, status: KnockStatus, now: Timestamp) -> Result<(), AlreadyEnded> {
        if self.status != KnockStatus::Pending {
            return Err(AlreadyEnded);
        }
        self.status = status;
        self.ended_at = Some(now.min(self.expires_at));
        Ok(())
    }

    /// When a knock that arrives at `now` will have waited long enough.
    #[must_use]
    pub fn patience(now: Timestamp) -> Timestamp {
        now + KNOCK_LIFE
    }
}

/// A knock as the guest who made it sees it.
#[derive(Clone, Debug)]
pub struct Knocked {
    /// Where it leads.
    pub chat: ChatId,
    /// How it stands.
    pub knock: Knock,
    /// What the guest shows.
    pub client: Credential,
}

/// Which knocks are decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnockSelector {
    /// The only one that waits on the link.
    Sole(LinkId),
    /// These, which came by the link.
    OnLink(LinkId, Vec<KnockId>),
    /// These, by whichever links they came into the chat.
    InChat(ChatId, Vec<KnockId>),
}

/// What an owner decides.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Which knocks.
    pub knocks: KnockSelector,
    /// How.
    pub verdict: Verdict,
    /// What the guests are told.
    pub reason: Option<Reason>,
}

/// How long the `times`-th decline in a row bars (the first is 1): ten minutes, doubling each time, up to a day.
#[must_use]
pub fn bar_after(times: u32) -> Duration {
    FIRST_BAR.saturating_mul(1 << times.saturating_sub(1).min(10)).min(LONGEST_BAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_double_up_to_a_day() {
        assert_eq!(bar_after(1).as_secs(), 600);
        assert_eq!(bar_after(2).as_secs(), 1_200);
        assert_eq!(bar_after(3).as_secs(), 2_400);
        assert_eq!(bar_after(99).as_secs(), 86_400);
    }
}
