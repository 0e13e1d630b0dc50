//! Presents entries as events of a stream, and as activity.

use super::Present;
use super::knocks::status;
use super::members::{departure, member};
use super::messages::reaction;
use crate::domain::event_log::{Entry, Event};
use crate::domain::id::ChatId;
use crate::domain::link::Link;
use crate::domain::member::Member;
use crate::wire;
use crate::wire::events::{EventData, EventName};

/// Presents an entry to a reader who cannot read the message that it changes; `None` for all other entries.
pub(in crate::http::respond) fn redacted(chat_id: ChatId, entry: &Entry) -> Option<(EventName, EventData)> {
    let (seq, chat_id, target) = (entry.seq, chat_id.to_string(), entry.target()?);
    let changed = |chat_id| EventData::MessageChanged(wire::events::MessageChanged { seq, chat_id, target, message: None, by: None });
    Some(match &entry.event {
        Event::MessageEdited { .. } => (EventName::MessageEdited, changed(chat_id)),
        Event::MessageDeleted { .. } => (EventName::MessageDeleted, changed(chat_id)),
        _ => {
            let data = wire::events::Reaction { seq, chat_id, target, emoji: None, member: None, added: None, count: None };
            (EventName::Reaction, EventData::Reaction(data))
        }
    })
}

impl Present {
    /// Presents an entry as an event of a stream.
    pub(in crate::http) fn entry(&self, chat_id: ChatId, entry: &Entry) -> (EventName, EventData) {
        let number = entry.seq;
        match &entry.event {
            Event::Message(said) => (EventName::Message, EventData::Message(self.message(chat_id, entry, said))),
            Event::DeletedMessage(deleted) => (EventName::Message, EventData::Message(self.deleted_message(chat_id, entry, deleted))),
            Event::MessageEdited { target, message, by } => {
                (EventName::MessageEdited, self.changed(chat_id, number, *target, message.as_deref(), by))
            }
            Event::MessageDeleted { target, message, by } => {
                (EventName::MessageDeleted, self.changed(chat_id, number, *target, message.as_deref(), by))
            }
            Event::Reacted(reacted) => (EventName::Reaction, EventData::Reaction(reaction(chat_id, number, reacted))),
            Event::MemberJoined { member: who, by } => {
                let data =
                    wire::events::MemberJoined { chat_id: chat_id.to_string(), seq: number, member: member(who), by: by.as_deref().map(member) };
                (EventName::MemberJoined, EventData::MemberJoined(data))
            }
            Event::MemberLeft { member: who, by, reason } => {
                let data = wire::events::MemberLeft {
                    chat_id: chat_id.to_string(),
                    seq: number,
                    member: member(who),
                    by: member(by),
                    reason: departure(*reason),
                };
                (EventName::MemberLeft, EventData::MemberLeft(data))
            }
            Event::MemberUpdated { member: who, by, .. } => {
                let data = wire::events::MemberUpdated { chat_id: chat_id.to_string(), seq: number, member: member(who), by: Some(member(by)) };
                (EventName::MemberUpdated, EventData::MemberUpdated(data))
            }
            Event::ChatUpdated { chat, by } => {
                let data = wire::events::ChatUpdated { chat_id: chat_id.to_string(), seq: number, chat: self.facts(chat), by: member(by) };
                (EventName::ChatUpdated, EventData::ChatUpdated(data))
            }
            Event::Knock(knocked) => {
                (EventName::Knock, EventData::Knock(wire::events::Knocked { chat_id: chat_id.to_string(), door: number, knock: self.knock(knocked) }))
            }
            Event::KnockDecided { knock, status: decided, by } => {
                let by = by.as_deref().map(member);
                let data =
                    wire::events::KnockDecided { chat_id: chat_id.to_string(), door: number, knock_id: knock.uuid(), status: status(*decided), by };
                (EventName::KnockDecided, EventData::KnockDecided(data))
            }
            Event::LinkCreated(link) => (EventName::LinkCreated, self.link_changed(chat_id, number, link)),
            Event::LinkRevoked(link) => (EventName::LinkRevoked, self.link_changed(chat_id, number, link)),
        }
    }

    /// Presents an entry to a reader who can read the conversation from `visible_from` on.
    pub(in crate::http) fn entry_from(&self, chat_id: ChatId, visible_from: u64, entry: &Entry) -> (EventName, EventData) {
        let hidden = entry.target().is_some_and(|target| target < visible_from);
        hidden.then(|| redacted(chat_id, entry)).flatten().unwrap_or_else(|| self.entry(chat_id, entry))
    }

    fn changed(&self, chat_id: ChatId, seq: u64, target: u64, message: Option<&Entry>, by: &Member) -> EventData {
        let (message, by) = (message.and_then(|message| self.posted(chat_id, message)), Some(member(by)));
        EventData::MessageChanged(wire::events::MessageChanged { seq, chat_id: chat_id.to_string(), target, message, by })
    }

    /// Presents an entry as activity, without message bodies, to a reader who can read the conversation from `visible_from` on.
    pub(in crate::http) fn activity(&self, chat_id: ChatId, visible_from: u64, entry: &Entry) -> wire::activity::Activity {
        let (kind, data) = self.entry_from(chat_id, visible_from, entry);
        let mut activity = wire::activity::Activity {
            seq: entry.seq,
            kind,
            at: self.time(entry.at),
            target: None,
            emoji: None,
            added: None,
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
            EventData::MessageChanged(changed) => (activity.target, activity.by) = (Some(changed.target), changed.by),
            EventData::Reaction(reaction) => {
                (activity.target, activity.member) = (Some(reaction.target), reaction.member);
                (activity.emoji, activity.added) = (reaction.emoji, reaction.added);
            }
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

    pub(super) fn link_changed(&self, chat_id: ChatId, door: u64, link: &Link) -> EventData {
        EventData::Link(wire::events::LinkChanged { chat_id: chat_id.to_string(), door, link: self.link(link) })
    }
}
