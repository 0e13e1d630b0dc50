//! Domain values as answers: the hand-written border between what Parlor thinks and what others see.

use std::sync::Arc;

use crate::config::PublicUrl;
use crate::domain::chat::{self, Chat, End, OpenedChat, View};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::entry::{Entry, Event};
use crate::domain::id::{ChatId, LinkId};
use crate::domain::knock::{Knock, KnockStatus, Knocked};
use crate::domain::link::Link;
use crate::domain::member::{self, Member};
use crate::domain::message::Message;
use crate::domain::ticket::Ticket;
use crate::service::knocks::Standing;
use crate::wire;
use crate::wire::events::{EventData, EventName};
use crate::wire::secret::Secret;
use crate::wire::time::Time;

/// Writes answers whose URLs start with one origin, and whose times are the wall clock's.
#[derive(Clone, Debug)]
pub struct Present {
    origin: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl Present {
    /// With this origin and clock.
    #[must_use]
    pub fn new(origin: &PublicUrl, clock: Arc<dyn Clock>) -> Self {
        Self { origin: origin.to_string().into(), clock }
    }

    /// A moment as the wall clock counts now.
    pub(super) fn time(&self, moment: Timestamp) -> Time {
        Time::from_millis(self.clock.wall(moment).millis())
    }

    /// Where the API has a chat.
    #[must_use]
    pub fn chat_url(&self, chat: ChatId) -> String {
        format!("{}/v1/chats/{chat}", self.origin)
    }

    /// Where people find a chat.
    #[must_use]
    pub fn page_url(&self, chat: ChatId) -> String {
        format!("{}/c/{chat}", self.origin)
    }

    /// Where people find a link.
    #[must_use]
    pub fn link_url(&self, link: LinkId) -> String {
        format!("{}/l/{link}", self.origin)
    }

    pub(super) fn opened(&self, opened: &OpenedChat) -> wire::chats::OpenedChat {
        wire::chats::OpenedChat {
            chat_id: opened.chat.id.to_string(),
            chat_url: self.chat_url(opened.chat.id),
            page_url: self.page_url(opened.chat.id),
            author_id: Secret::new(opened.author.reveal()),
            chat: self.chat(&opened.chat, Some(&opened.owner)),
        }
    }

    pub(super) fn link(&self, link: &Link) -> wire::links::Link {
        wire::links::Link {
            link_id: link.id.to_string(),
            link_url: self.link_url(link.id),
            exchange_url: format!("{}/v1/links/{}", self.origin, link.id),
            label: link.label.as_ref().map(|label| label.as_str().into()),
            created_at: self.time(link.created_at),
            expires_at: self.time(link.expires_at),
            revoked_at: link.revoked_at.map(|moment| self.time(moment)),
            max_uses: link.max_uses,
            uses: link.uses,
            auto_approve: link.auto_approve,
        }
    }

    pub(super) fn exchange(&self, link: LinkId, standing: &Standing) -> wire::knocks::Exchange {
        let base = wire::knocks::Exchange { link_url: Some(self.link_url(link)), ..Default::default() };
        let inside = |chat, member: Option<&Member>| wire::knocks::Exchange {
            approval_status: Some(true),
            status: Some(wire::knocks::KnockStatus::Approved),
            chat_url: Some(self.chat_url(chat)),
            member: member.map(self::member),
            ..base.clone()
        };
        match standing {
            Standing::Knocked(knocked) => self.knocked(knocked),
            Standing::Member(chat, member) => inside(*chat, Some(member)),
            Standing::OpenDoor(chat) => inside(*chat, None),
        }
    }

    pub(super) fn knocked(&self, knocked: &Knocked) -> wire::knocks::Exchange {
        let knock = &knocked.knock;
        let approved = knock.status == KnockStatus::Approved;
        wire::knocks::Exchange {
            link_url: Some(self.link_url(knock.link)),
            request_sent_status: true,
            approval_status: Some(approved),
            status: Some(status(knock.status)),
            client_id: Some(Secret::new(knocked.client.reveal())),
            knock_id: Some(knock.id.uuid()),
            code: Some(knock.code()),
            reason: knock.reason.as_ref().map(|reason| reason.as_str().into()),
            chat_url: approved.then(|| self.chat_url(knocked.chat)),
            member: knock.member.as_deref().map(member),
            expires_at: Some(self.time(knock.expires_at)),
        }
    }

    /// An entry of a chat's log as it stands in streams.
    pub(super) fn entry(&self, chat_id: ChatId, entry: &Entry) -> (EventName, EventData) {
        let number = entry.number;
        match &entry.event {
            Event::Message(said) => (EventName::Message, EventData::Message(self.message(chat_id, entry, said))),
            Event::MemberJoined { member: who, by } => {
                let data = wire::events::MemberJoined { seq: number, member: member(who), by: by.as_deref().map(member) };
                (EventName::MemberJoined, EventData::MemberJoined(data))
            }
            Event::MemberLeft { member: who, by, reason } => {
                let data = wire::events::MemberLeft { seq: number, member: member(who), by: member(by), reason: departure(*reason) };
                (EventName::MemberLeft, EventData::MemberLeft(data))
            }
            Event::ChatUpdated { chat, by } => {
                let data = wire::events::ChatUpdated { seq: number, chat: self.facts(chat), by: member(by) };
                (EventName::ChatUpdated, EventData::ChatUpdated(data))
            }
            Event::Knock(knocked) => (EventName::Knock, EventData::Knock(wire::events::Knocked { door: number, knock: self.knock(knocked) })),
            Event::KnockDecided { knock, status: decided, by } => {
                let by = by.as_deref().map(member);
                let data = wire::events::KnockDecided { door: number, knock_id: knock.uuid(), status: status(*decided), by };
                (EventName::KnockDecided, EventData::KnockDecided(data))
            }
            Event::LinkCreated(link) => (EventName::LinkCreated, self.link_changed(number, link)),
            Event::LinkRevoked(link) => (EventName::LinkRevoked, self.link_changed(number, link)),
        }
    }

    /// An entry without message bodies.
    pub(super) fn activity(&self, chat_id: ChatId, entry: &Entry) -> wire::events::Activity {
        let (kind, data) = self.entry(chat_id, entry);
        let mut activity = wire::events::Activity {
            seq: entry.number,
            kind,
            at: self.time(entry.at),
            member: None,
            by: None,
            reason: None,
            chat: None,
            knock: None,
            knock_id: None,
            status: None,
            link: None,
        };
        match data {
            EventData::Message(message) => activity.member = message.member,
            EventData::MemberJoined(joined) => (activity.member, activity.by) = (Some(joined.member), joined.by),
            EventData::MemberLeft(left) => (activity.member, activity.by, activity.reason) = (Some(left.member), Some(left.by), Some(left.reason)),
            EventData::ChatUpdated(updated) => (activity.chat, activity.by) = (Some(updated.chat), Some(updated.by)),
            EventData::Knock(knocked) => activity.knock = Some(knocked.knock),
            EventData::KnockDecided(decided) => {
                (activity.knock_id, activity.status, activity.by) = (Some(decided.knock_id), Some(decided.status), decided.by);
            }
            EventData::Link(changed) => activity.link = Some(changed.link),
        }
        activity
    }

    fn link_changed(&self, door: u64, link: &Link) -> EventData {
        EventData::Link(wire::events::LinkChanged { door, link: self.link(link) })
    }

    pub(super) fn view(&self, view: &View) -> wire::chats::Chat {
        self.chat(&view.chat, view.seat.as_ref().map(|seat| seat.member.as_ref()))
    }

    pub(super) fn chat(&self, chat: &Chat, me: Option<&Member>) -> wire::chats::Chat {
        wire::chats::Chat { facts: self.facts(chat), head: chat.head, me: me.map(member) }
    }

    /// The message that an entry is, if it is one.
    pub(super) fn posted(&self, chat: ChatId, entry: &Entry) -> Option<wire::messages::Message> {
        match &entry.event {
            Event::Message(said) => Some(self.message(chat, entry, said)),
            _ => None,
        }
    }

    fn message(&self, chat: ChatId, entry: &Entry, message: &Message) -> wire::messages::Message {
        wire::messages::Message {
            seq: entry.number,
            chat_id: chat.to_string(),
            member: message.member.as_deref().map(member),
            kind: wire::messages::MessageKind::Text,
            text: message.text.as_str().into(),
            client_ref: message.client_ref.as_ref().map(|reference| reference.as_str().into()),
            created_at: self.time(entry.at),
        }
    }

    pub(super) fn knock(&self, knock: &Knock) -> wire::knocks::Knock {
        wire::knocks::Knock {
            knock_id: knock.id.uuid(),
            name: knock.called().as_str().into(),
            note: knock.note.as_ref().map(|note| note.as_str().into()),
            code: knock.code(),
            name_taken: knock.name_taken,
            link_id: knock.link.to_string(),
            label: knock.label.as_ref().map(|label| label.as_str().into()),
            status: status(knock.status),
            created_at: self.time(knock.created_at),
            expires_at: self.time(knock.expires_at),
        }
    }

    pub(super) fn ticket(&self, ticket: &Ticket) -> wire::tickets::Ticket {
        wire::tickets::Ticket { ticket: Secret::new(ticket.id), expires_at: self.time(ticket.until()) }
    }

    fn facts(&self, chat: &Chat) -> wire::chats::ChatFacts {
        wire::chats::ChatFacts {
            chat_id: chat.id.to_string(),
            kind: wire::chats::ChatKind::Link,
            title: chat.title.as_ref().map(|title| title.as_str().into()),
            admission: match chat.admission {
                chat::Admission::Knock => wire::chats::Admission::Knock,
                chat::Admission::Open => wire::chats::Admission::Open,
            },
            history: match chat.history {
                chat::History::All => wire::chats::History::All,
                chat::History::SinceJoin => wire::chats::History::SinceJoin,
            },
            created_at: self.time(chat.created_at),
            expires_in: chat.expires_in.span().as_secs(),
            expires_at: self.time(chat.expires_at),
        }
    }
}

pub(super) fn member(member: &Member) -> wire::members::Member {
    wire::members::Member {
        id: member.id.0,
        name: member.name.as_str().into(),
        role: match member.role {
            member::Role::Owner => wire::members::Role::Owner,
            member::Role::Member => wire::members::Role::Member,
        },
        username: None,
    }
}

pub(super) const fn status(status: KnockStatus) -> wire::knocks::KnockStatus {
    match status {
        KnockStatus::Pending => wire::knocks::KnockStatus::Pending,
        KnockStatus::Approved => wire::knocks::KnockStatus::Approved,
        KnockStatus::Declined => wire::knocks::KnockStatus::Declined,
        KnockStatus::Withdrawn => wire::knocks::KnockStatus::Withdrawn,
        KnockStatus::Expired => wire::knocks::KnockStatus::Expired,
    }
}

pub(super) const fn end(end: End) -> wire::events::End {
    match end {
        End::Closed => wire::events::End::Closed,
        End::Expired => wire::events::End::Expired,
    }
}

const fn departure(reason: member::Departure) -> wire::members::Departure {
    match reason {
        member::Departure::Left => wire::members::Departure::Left,
        member::Departure::Removed => wire::members::Departure::Removed,
        member::Departure::Evicted => wire::members::Departure::Evicted,
    }
}
