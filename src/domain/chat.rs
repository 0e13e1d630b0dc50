//! A chat: who gets in, who reads what, how long it lives.

use std::sync::Arc;
use std::time::Duration;

use super::clock::Timestamp;
use super::id::{ChatId, Credential, Epoch};
use super::member::{Member, Seat};
use super::text::{Refusal, Title};

/// How people get in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// They knock, and the owner decides.
    Knock,
    /// Whoever has the chat's URL reads and writes.
    Open,
}

/// How much of the past a new member reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// All of it.
    All,
    /// What came since they joined, their own joining included.
    SinceJoin,
}

/// Why a chat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its owner closed it.
    Closed,
    /// Its time was up.
    Expired,
}

/// How long a chat lives after the last message or admission, or how long a link may be knocked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    seconds: u32,
}

impl Lifetime {
    /// 24 hours, where nobody said otherwise.
    pub const DEFAULT: Self = Self { seconds: 24 * 3_600 };
    /// The longest: 30 days, in seconds.
    pub const MOST: u64 = 30 * 24 * 3_600;
    /// The shortest of a chat, in seconds.
    pub const LEAST_OF_CHAT: u64 = 60;
    /// The shortest of a link, in seconds.
    pub const LEAST_OF_LINK: u64 = 1;

    /// Of a chat: 60 seconds to 30 days.
    pub fn of_chat(seconds: u64) -> Result<Self, Refusal> {
        Self::from_to(Self::LEAST_OF_CHAT, seconds)
    }

    /// Of a link: 1 second to 30 days.
    pub fn of_link(seconds: u64) -> Result<Self, Refusal> {
        Self::from_to(Self::LEAST_OF_LINK, seconds)
    }

    /// As a span.
    #[must_use]
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.seconds as u64)
    }

    fn from_to(least: u64, seconds: u64) -> Result<Self, Refusal> {
        let fits = (least..=Self::MOST).contains(&seconds);
        let seconds = u32::try_from(seconds).ok().filter(|_| fits);
        seconds.map(|seconds| Self { seconds }).ok_or_else(|| Refusal(format!("must be {least} to {} seconds", Self::MOST)))
    }
}

/// A chat as it stands at one moment.
#[derive(Clone, Debug)]
pub struct Chat {
    /// Its name in addresses.
    pub id: ChatId,
    /// Which numbering its entries belong to.
    pub epoch: Epoch,
    /// What it is called, if anything.
    pub title: Option<Title>,
    /// How people get in.
    pub admission: Admission,
    /// How much of the past those read who are admitted from now on.
    pub history: History,
    /// When it was opened.
    pub created_at: Timestamp,
    /// How long it lives after the last message or admission.
    pub expires_in: Lifetime,
    /// When it will be gone, if nothing happens.
    pub expires_at: Timestamp,
    /// The number of the last entry in its conversation.
    pub head: u64,
    /// The number of the last entry in its door's log.
    pub door: u64,
}

impl Chat {
    /// Whether somebody who showed no credential may read, follow and write.
    #[must_use]
    pub fn admits_visitors(&self) -> bool {
        self.admission == Admission::Open
    }

    /// Whether this caller may make a link: in an open chat any holder, in a knock chat the owner.
    #[must_use]
    pub fn may_make_links(&self, seat: Option<&Seat>) -> bool {
        self.admits_visitors() || seat.is_some_and(|seat| seat.member.is_owner())
    }

    /// Begins a new lifetime at `now`.
    pub fn renew(&mut self, now: Timestamp) {
        self.expires_at = now + self.expires_in.span();
    }
}

/// A chat that was opened.
#[derive(Clone, Debug)]
pub struct OpenedChat {
    /// As it was then.
    pub chat: Chat,
    /// Its owner.
    pub owner: Arc<Member>,
    /// What the owner shows.
    pub author: Credential,
}

/// A chat as somebody who asks stands to it.
#[derive(Clone, Debug)]
pub struct View {
    /// The chat.
    pub chat: Chat,
    /// Who asks, where they show a member's credential.
    pub seat: Option<Seat>,
}

impl View {
    /// The first number of the conversation that they get.
    #[must_use]
    pub fn since(&self) -> u64 {
        self.seat.as_ref().map_or(1, |seat| seat.since)
    }

    /// Whether they own the chat.
    #[must_use]
    pub fn is_owners(&self) -> bool {
        self.seat.as_ref().is_some_and(|seat| seat.member.is_owner())
    }
}

/// What an owner wants to be different; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ChatChange {
    /// A new title.
    pub title: Option<Title>,
    /// Another kind of admission.
    pub admission: Option<Admission>,
    /// Another history for those admitted afterwards.
    pub history: Option<History>,
    /// A new lifetime, counted from now.
    pub expires_in: Option<Lifetime>,
}

impl ChatChange {
    /// Whether nothing is to be different.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.title.is_none() && self.admission.is_none() && self.history.is_none() && self.expires_in.is_none()
    }

    /// `chat` with the change in it, at `now`.
    #[must_use]
    pub fn applied_to(&self, chat: &Chat, now: Timestamp) -> Chat {
        let mut changed = chat.clone();
        if let Some(title) = &self.title {
            changed.title = Some(title.clone());
        }
        changed.admission = self.admission.unwrap_or(chat.admission);
        changed.history = self.history.unwrap_or(chat.history);
        if let Some(expires_in) = self.expires_in {
            changed.expires_in = expires_in;
            changed.renew(now);
        }
        changed
    }
}
