//! Conversion of domain values to wire types, written by hand.

use std::sync::Arc;

use crate::config::PublicUrl;
use crate::domain::chat;
use crate::domain::chat::{Chat, ChatView, EndReason, OpenedChat};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::{ChatId, LinkId};
use crate::domain::knock::{GuestKnock, Knock, KnockStatus};
use crate::domain::link::Link;
use crate::domain::member;
use crate::domain::member::Member;
use crate::domain::message::Message;
use crate::domain::ticket::Ticket;
use crate::service::knocks::LinkRelation;
use crate::wire;
use crate::wire::events::{EventData, EventName};
use crate::wire::secret::Secret;
use crate::wire::time::Time;

/// Presents domain values with URLs of the public origin and times of the wall clock.
#[derive(Clone, Debug)]
pub struct Present {
    origin: Arc<str>,
    clock: Arc<dyn Clock>,
}

impl Present {
    /// Returns a presenter with this origin and clock.
    #[must_use]
    pub fn new(origin: &PublicUrl, clock: Arc<dyn Clock>) -> Self {
        Self { origin: origin.to_string().into(), clock }
    }

    /// Converts a timestamp to wall-clock time as currently set.
    pub(in crate::http) fn time(&self, moment: Timestamp) -> Time {
        Time::from_millis(self.clock.wall(moment).millis())
    }

    /// Returns the API's URL of a chat.
    #[must_use]
    pub fn chat_url(&self, chat: ChatId) -> String {
        format!("{}/v1/chats/{chat}", self.origin)
    }

    /// Returns the URL of a chat's page.
    #[must_use]
    pub fn page_url(&self, chat: ChatId) -> String {
        format!("{}/c/{chat}", self.origin)
    }

    /// Returns the URL of a link's page, which people share.
    #[must_use]
    pub fn link_url(&self, link: LinkId) -> String {
        format!("{}/l/{link}", self.origin)
    }

    pub(in crate::http) fn opened(&self, opened: &OpenedChat) -> wire::chats::OpenedChat {
        wire::chats::OpenedChat {
            chat_id: opened.chat.id.to_string(),
            chat_url: self.chat_url(opened.chat.id),
            page_url: self.page_url(opened.chat.id),
            author_id: Secret::new(opened.author.expose()),
            chat: self.chat(&opened.chat, Some(&opened.owner)),
        }
    }

    pub(in crate::http) fn link(&self, link: &Link) -> wire::links::Link {
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

    pub(in crate::http) fn exchange(&self, link: LinkId, relation: &LinkRelation) -> wire::knocks::Exchange {
        let base = wire::knocks::Exchange { link_url: Some(self.link_url(link)), ..Default::default() };
        let inside = |chat, member: Option<&Member>| wire::knocks::Exchange {
            approval_status: Some(true),
            status: Some(wire::knocks::KnockStatus::Approved),
            chat_url: Some(self.chat_url(chat)),
            member: member.map(self::member),
            ..base.clone()
        };
        match relation {
            LinkRelation::Knocked(knocked) => self.knocked(knocked),
            LinkRelation::Member(chat, member) => inside(*chat, Some(member)),
            LinkRelation::OpenDoor(chat) => inside(*chat, None),
        }
    }

    pub(in crate::http) fn knocked(&self, knocked: &GuestKnock) -> wire::knocks::Exchange {
        let knock = &knocked.knock;
        let approved = knock.status == KnockStatus::Approved;
        wire::knocks::Exchange {
            link_url: Some(self.link_url(knock.link)),
            request_sent_status: true,
            approval_status: Some(approved),
            status: Some(status(knock.status)),
            client_id: Some(Secret::new(knocked.client.expose())),
            knock_id: Some(knock.id.uuid()),
            code: Some(knock.verification_words()),
            reason: knock.reason.as_ref().map(|reason| reason.as_str().into()),
            chat_url: approved.then(|| self.chat_url(knocked.chat)),
            member: knock.member.as_deref().map(member),
            expires_at: Some(self.time(knock.expires_at)),
        }
    }

    /// Presents an entry as an event of a stream.
    pub(in crate::http) fn entry(&self, chat_id: ChatId, entry: &Entry) -> (EventName, EventData) {
        let number = entry.seq;
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

    /// Presents an entry as activity, without message bodies.
    pub(in crate::http) fn activity(&self, chat_id: ChatId, entry: &Entry) -> wire::events::Activity {
        let (kind, data) = self.entry(chat_id, entry);
        let mut activity = wire::events::Activity {
            seq: entry.seq,
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

    pub(in crate::http) fn view(&self, view: &ChatView) -> wire::chats::Chat {
        self.chat(&view.chat, view.membership.as_ref().map(|membership| membership.member.as_ref()))
    }

    pub(in crate::http) fn chat(&self, chat: &Chat, me: Option<&Member>) -> wire::chats::Chat {
        wire::chats::Chat { facts: self.facts(chat), head: chat.head, me: me.map(member) }
    }

    /// Presents an entry as a message, if it is one.
    pub(in crate::http) fn posted(&self, chat: ChatId, entry: &Entry) -> Option<wire::messages::Message> {
        match &entry.event {
            Event::Message(said) => Some(self.message(chat, entry, said)),
            _ => None,
        }
    }

    fn message(&self, chat: ChatId, entry: &Entry, message: &Message) -> wire::messages::Message {
        wire::messages::Message {
            seq: entry.seq,
            chat_id: chat.to_string(),
            member: message.member.as_deref().map(member),
            kind: wire::messages::MessageKind::Text,
            text: message.text.as_str().into(),
            client_ref: message.client_ref.as_ref().map(|reference| reference.as_str().into()),
            created_at: self.time(entry.at),
        }
    }

    pub(in crate::http) fn knock(&self, knock: &Knock) -> wire::knocks::Knock {
        wire::knocks::Knock {
            knock_id: knock.id.uuid(),
            name: knock.display_name().as_str().into(),
            note: knock.note.as_ref().map(|note| note.as_str().into()),
            code: knock.verification_words(),
            name_taken: knock.name_taken,
            link_id: knock.link.to_string(),
            label: knock.label.as_ref().map(|label| label.as_str().into()),
            status: status(knock.status),
            created_at: self.time(knock.created_at),
            expires_at: self.time(knock.expires_at),
        }
    }

    pub(in crate::http) fn ticket(&self, ticket: &Ticket) -> wire::tickets::Ticket {
        wire::tickets::Ticket { ticket: Secret::new(ticket.id), expires_at: self.time(ticket.expires_at()) }
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
                chat::HistoryVisibility::All => wire::chats::History::All,
                chat::HistoryVisibility::SinceJoin => wire::chats::History::SinceJoin,
            },
            created_at: self.time(chat.created_at),
            expires_in: chat.expires_in.duration().as_secs(),
            expires_at: self.time(chat.expires_at),
        }
    }
}

pub(in crate::http) fn member(member: &Member) -> wire::members::Member {
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

pub(in crate::http) const fn status(status: KnockStatus) -> wire::knocks::KnockStatus {
    match status {
        KnockStatus::Pending => wire::knocks::KnockStatus::Pending,
        KnockStatus::Approved => wire::knocks::KnockStatus::Approved,
        KnockStatus::Declined => wire::knocks::KnockStatus::Declined,
        KnockStatus::Withdrawn => wire::knocks::KnockStatus::Withdrawn,
        KnockStatus::Expired => wire::knocks::KnockStatus::Expired,
    }
}

pub(in crate::http) const fn end(end: EndReason) -> wire::events::End {
    match end {
        EndReason::Closed => wire::events::End::Closed,
        EndReason::Expired => wire::events::End::Expired,
    }
}

const fn departure(reason: member::LeaveReason) -> wire::members::Departure {
    match reason {
        member::LeaveReason::Left => wire::members::Departure::Left,
        member::LeaveReason::Removed => wire::members::Departure::Removed,
        member::LeaveReason::Evicted => wire::members::Departure::Evicted,
    }
}
