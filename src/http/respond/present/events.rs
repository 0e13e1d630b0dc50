//! Presents entries as events of a stream, and as activity.

use super::Present;
use super::knocks::status;
use super::members::{departure, member};
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::ChatId;
use crate::domain::link::Link;
use crate::wire;
use crate::wire::events::{EventData, EventName};

impl Present {
    /// Presents an entry as an event of a stream.
    pub(in crate::http) fn entry(&self, chat_id: ChatId, entry: &Entry) -> (EventName, EventData) {
        let number = entry.seq;
        match &entry.event {
            Event::Message(said) => (EventName::Message, EventData::Message(self.message(chat_id, entry, said))),
            Event::DeletedMessage(deleted) => (EventName::Message, EventData::Message(self.deleted_message(chat_id, entry, deleted))),
            Event::MemberJoined { member: who, by } => {
                let data = wire::events::MemberJoined { seq: number, member: member(who), by: by.as_deref().map(member) };
                (EventName::MemberJoined, EventData::MemberJoined(data))
            }
            Event::MemberLeft { member: who, by, reason } => {
                let data = wire::events::MemberLeft { seq: number, member: member(who), by: member(by), reason: departure(*reason) };
                (EventName::MemberLeft, EventData::MemberLeft(data))
            }
            Event::MemberUpdated { member: who, by } => {
                let data = wire::events::MemberUpdated { seq: number, member: member(who), by: Some(member(by)) };
                (EventName::MemberUpdated, EventData::MemberUpdated(data))
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
            EventData::MemberUpdated(updated) => (activity.member, activity.by) = (Some(updated.member), updated.by),
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

    pub(super) fn link_changed(&self, door: u64, link: &Link) -> EventData {
        EventData::Link(wire::events::LinkChanged { door, link: self.link(link) })
    }
}
