//! A chat: kind, admission, history visibility, lifetime.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::clock::Timestamp;
use super::group::{Group, GroupName};
use super::id::{ChatId, Epoch};
use super::member::{Member, Membership};
use super::principal::Principal;
use super::random::RandomSource;
use super::text::{Description, InvalidText, Title};

/// The kind of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatKind {
    /// People join by links, without an account. It expires.
    Link,
    /// Two accounts, which it is found by.
    Direct,
    /// Accounts, and guests of its links. It is found by its name.
    Group,
}

impl ChatKind {
    /// Returns true for chats that forget their oldest entries at their limits, where others refuse new ones.
    #[must_use]
    pub const fn forgets(self) -> bool {
        match self {
            Self::Link => false,
            Self::Direct | Self::Group => true,
        }
    }
}

/// How people join a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Guests knock, and the owner decides.
    Knock,
    /// Anyone with the chat's URL reads and writes.
    Open,
    /// No one can ask to join.
    Invite,
}

/// How much history a new member can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryVisibility {
    /// All of it.
    All,
    /// Entries since the member joined, including the join itself.
    SinceJoin,
}

/// Why a chat ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The owner closed it.
    Closed,
    /// Its lifetime ended.
    Expired,
}

/// How long a chat lives after the last message or admission, or how long a link accepts knocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    seconds: NonZeroU32,
}

impl Lifetime {
    /// The default: 24 hours.
    pub const DEFAULT: Self = Self { seconds: NonZeroU32::new(24 * 3_600).expect("a day has seconds") };
    /// The maximum, in seconds: 30 days.
    pub const MAX_SECONDS: u64 = 30 * 24 * 3_600;
    /// The minimum for a chat, in seconds.
    pub const MIN_CHAT_SECONDS: u64 = 60;
    /// The minimum for a link, in seconds.
    pub const MIN_LINK_SECONDS: u64 = 1;

    /// Validates the lifetime of a chat: 60 seconds to 30 days.
    pub fn for_chat(seconds: u64) -> Result<Self, InvalidText> {
        Self::from_to(Self::MIN_CHAT_SECONDS, seconds)
    }

    /// Validates the lifetime of a link: 1 second to 30 days.
    pub fn for_link(seconds: u64) -> Result<Self, InvalidText> {
        Self::from_to(Self::MIN_LINK_SECONDS, seconds)
    }

    /// Converts to a [`Duration`].
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.seconds.get() as u64)
    }

    fn from_to(min: u64, seconds: u64) -> Result<Self, InvalidText> {
        let fits = (min..=Self::MAX_SECONDS).contains(&seconds);
        let seconds = u32::try_from(seconds).ok().and_then(NonZeroU32::new).filter(|_| fits);
        seconds.map(|seconds| Self { seconds }).ok_or_else(|| InvalidText(format!("must be {min} to {} seconds", Self::MAX_SECONDS)))
    }
}

/// A snapshot of a chat.
#[derive(Clone, Debug)]
pub struct Chat {
    /// The id in URLs.
    pub id: ChatId,
    /// The epoch that the sequence numbers of its entries belong to.
    pub epoch: Epoch,
    /// Its kind.
    pub kind: ChatKind,
    /// The title, if any.
    pub title: Option<Title>,
    /// What a group has besides.
    pub group: Option<Arc<Group>>,
    /// How people join.
    pub admission: Admission,
    /// How much history members admitted from now on can read.
    pub history: HistoryVisibility,
    /// When it was created.
    pub created_at: Timestamp,
    /// How long it lives after the last message or admission; `None` if it does not expire.
    pub expires_in: Option<Lifetime>,
    /// When it expires unless it is renewed; [`Timestamp::NEVER`] if it does not.
    pub expires_at: Timestamp,
    /// The first sequence number of the conversation that is still kept.
    pub first: u64,
    /// The sequence number of the last entry in the conversation.
    pub head: u64,
    /// The sequence number of the last entry in the door's log.
    pub door: u64,
    /// Counts changes of messages that were posted before. Rendered messages are valid for one revision.
    pub revision: u32,
}

impl Chat {
    /// Returns a chat of this kind before its first entry: one that invites, shows its whole history, and has no title.
    #[must_use]
    pub fn new(kind: ChatKind, expires_in: Option<Lifetime>, random: &dyn RandomSource, now: Timestamp) -> Self {
        Self {
            id: ChatId::random(random),
            epoch: Epoch::random(random),
            kind,
            title: None,
            group: None,
            admission: Admission::Invite,
            history: HistoryVisibility::All,
            created_at: now,
            expires_in,
            expires_at: expires_in.map_or(Timestamp::NEVER, |expires_in| now + expires_in.duration()),
            first: 1,
            head: 0,
            door: 0,
            revision: 0,
        }
    }

    /// Returns true if callers without a credential may read, follow and write.
    #[must_use]
    pub fn admits_visitors(&self) -> bool {
        self.admission == Admission::Open && self.kind == ChatKind::Link
    }

    /// Returns true if this caller may create a link: any caller in an open chat, else those with the right to the door.
    #[must_use]
    pub fn may_make_links(&self, membership: Option<&Membership>) -> bool {
        self.admits_visitors() || membership.is_some_and(|membership| membership.member.role.has_door())
    }

    /// Starts a new lifetime at `now`.
    pub fn renew(&mut self, now: Timestamp) {
        self.expires_at = self.expires_in.map_or(Timestamp::NEVER, |expires_in| now + expires_in.duration());
    }
}

/// A newly created chat.
#[derive(Clone, Debug)]
pub struct OpenedChat {
    /// The chat as it was created.
    pub chat: Chat,
    /// Its owner.
    pub owner: Arc<Member>,
    /// The owner's credential.
    pub author: Principal,
}

/// A chat as seen by one caller.
#[derive(Clone, Debug)]
pub struct ChatView {
    /// The chat.
    pub chat: Chat,
    /// The caller's membership, if they present a member's credential.
    pub membership: Option<Membership>,
    /// In a direct chat, the other member.
    pub with: Option<Arc<Member>>,
}

impl ChatView {
    /// Returns the first sequence number of the conversation that the caller can read.
    #[must_use]
    pub fn visible_from(&self) -> u64 {
        self.floor().max(self.chat.first)
    }

    /// Returns the first sequence number of the conversation that the caller may read, whether it is still kept or not.
    #[must_use]
    pub fn floor(&self) -> u64 {
        self.membership.as_ref().map_or(1, |membership| membership.visible_from)
    }

    /// Returns true if the caller has the right to the door.
    #[must_use]
    pub fn has_door(&self) -> bool {
        self.membership.as_ref().is_some_and(|membership| membership.member.role.has_door())
    }
}

/// A change of a chat's settings; fields that are `None` stay as they are.
#[derive(Clone, Debug, Default)]
pub struct ChatChange {
    /// A new title; `Some(None)` removes it.
    pub title: Option<Option<Title>>,
    /// A new name, for a group.
    pub name: Option<GroupName>,
    /// A new description, for a group; `Some(None)` removes it.
    pub description: Option<Option<Description>>,
    /// A new kind of admission.
    pub admission: Option<Admission>,
    /// A new history visibility, for members admitted afterwards.
    pub history: Option<HistoryVisibility>,
    /// A new lifetime, counted from now; `Some(None)` lets a group live on.
    pub expires_in: Option<Option<Lifetime>>,
}

impl ChatChange {
    /// Returns true if nothing changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.changes_profile() && !self.needs_owner()
    }

    /// Returns true if it changes what those with the right to the profile may.
    #[must_use]
    pub const fn changes_profile(&self) -> bool {
        self.title.is_some() || self.description.is_some() || self.admission.is_some() || self.history.is_some()
    }

    /// Returns true if it changes what only the owner may: the lifetime, the name.
    #[must_use]
    pub const fn needs_owner(&self) -> bool {
        self.expires_in.is_some() || self.name.is_some()
    }

    /// Returns a copy of `chat` with the change applied at `now`.
    #[must_use]
    pub fn applied_to(&self, chat: &Chat, now: Timestamp) -> Chat {
        let mut changed = chat.clone();
        if let Some(title) = &self.title {
            changed.title.clone_from(title);
        }
        if let Some(group) = &chat.group {
            let name = self.name.clone().unwrap_or_else(|| group.name.clone());
            let description = self.description.clone().unwrap_or_else(|| group.description.clone());
            changed.group = Some(Arc::new(Group { name, description, members: group.members }));
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
