//! A signal in the ephemeral lane of a room: a whole set of members, of which each viewer sees those that it may see.

use std::hash::{DefaultHasher, Hasher as _};

use bytes::Bytes;

use crate::domain::ephemeral::EphemeralEvent;
use crate::domain::event_log::Topic;
use crate::domain::id::MemberId;
use crate::domain::presence::{MemberAccount, OnlineMembers, Sight};
use crate::domain::typing::MAX_TYPING;
use crate::hub::frame::Render;

/// What a set of members is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Typing,
    Online { is_listed: bool },
}

impl Kind {
    fn event(self, members: impl Iterator<Item = MemberId>) -> EphemeralEvent {
        match self {
            Self::Typing => EphemeralEvent::Typing(members.take(MAX_TYPING).collect()),
            Self::Online { is_listed: false } => EphemeralEvent::Online { members: Vec::new(), count: members.count() },
            Self::Online { is_listed: true } => {
                let members: Vec<MemberId> = members.collect();
                EphemeralEvent::Online { count: members.len(), members }
            }
        }
    }
}

/// The digest of the bytes that a viewer got last: a set that looks the same to it is not sent again, whatever changed in it that the viewer may not see.
pub(super) type Digest = u64;
/// The digest of nothing, and of a set of no typing members.
pub(super) const NOTHING: Digest = 0;

/// A set of members, rendered for those who see all of them.
#[derive(Debug)]
pub(super) struct Signal {
    kind: Kind,
    members: Vec<MemberAccount>,
    rendered: (Bytes, Digest),
}

impl Signal {
    /// Creates the signal of who is typing, those who began first first.
    pub(super) fn typing(members: Vec<MemberAccount>, render: &dyn Render, topic: Topic) -> Self {
        Self::new(Kind::Typing, members, render, topic)
    }

    /// Creates the signal of who is online.
    pub(super) fn online(online: OnlineMembers, render: &dyn Render, topic: Topic) -> Self {
        Self::new(Kind::Online { is_listed: online.is_listed }, online.members, render, topic)
    }

    fn new(kind: Kind, members: Vec<MemberAccount>, render: &dyn Render, topic: Topic) -> Self {
        let rendered = rendered(kind, members.iter(), render, topic);
        Self { kind, members, rendered }
    }

    /// Returns the bytes for a viewer, unless it got the same ones last.
    pub(super) fn news(&self, last: &mut Digest, sight: Option<&Sight>, render: &dyn Render, topic: Topic) -> Option<Bytes> {
        let sees_all =
            sight.is_none_or(|sight| sight.is_shown && (sight.hidden.is_empty() || self.members.iter().all(|one| sight.sees(one.account))));
        let (bytes, digest) = match sight {
            Some(sight) if !sees_all => rendered(self.kind, self.members.iter().filter(|one| sight.sees(one.account)), render, topic),
            _ => self.rendered.clone(),
        };
        (std::mem::replace(last, digest) != digest).then_some(bytes)
    }

    /// Returns its size in memory.
    pub(super) fn bytes(&self) -> usize {
        self.members.len() * size_of::<MemberAccount>() + self.rendered.0.len()
    }
}

fn rendered<'a>(kind: Kind, members: impl Iterator<Item = &'a MemberAccount>, render: &dyn Render, topic: Topic) -> (Bytes, Digest) {
    let event = kind.event(members.map(|one| one.member));
    let bytes = render.ephemeral(topic, &event);
    if event == EphemeralEvent::Typing(Vec::new()) {
        return (bytes, NOTHING);
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    (bytes, hasher.finish().max(NOTHING + 1))
}
