//! Presents messages and reactions.

use super::Present;
use super::members::member;
use crate::domain::event_log::{Entry, Event, Reacted};
use crate::domain::id::ChatId;
use crate::domain::media::{Image, Media, Video};
use crate::domain::message::{DeletedMessage, Message, MessageDetails};
use crate::domain::reaction::{Reaction, Reactions};
use crate::wire;
use crate::wire::messages::MessageKind;

impl Present {
    /// Presents an entry as a message, if it is one.
    pub(in crate::http) fn posted(&self, chat: ChatId, entry: &Entry) -> Option<wire::messages::Message> {
        match &entry.event {
            Event::Message(said) => Some(self.message(chat, entry, said)),
            Event::DeletedMessage(deleted) => Some(self.deleted_message(chat, entry, deleted)),
            _ => None,
        }
    }

    pub(super) fn message(&self, chat: ChatId, entry: &Entry, message: &Message) -> wire::messages::Message {
        let mut presented = wire::messages::Message {
            member: message.member.as_deref().map(member),
            text: message.text.as_ref().map(|text| text.as_str().into()),
            client_ref: message.client_ref.as_ref().map(|reference| reference.as_str().into()),
            ..self.bare(chat, entry, MessageKind::Text)
        };
        if let Some(details) = &message.details {
            self.add_details(&mut presented, details);
        }
        presented
    }

    pub(super) fn deleted_message(&self, chat: ChatId, entry: &Entry, message: &DeletedMessage) -> wire::messages::Message {
        wire::messages::Message {
            member: message.member.as_deref().map(member),
            deleted_at: Some(self.time(message.deleted_at)),
            deleted_by: Some(message.deleted_by.as_deref().map(member)),
            ..self.bare(chat, entry, MessageKind::Deleted)
        }
    }

    fn bare(&self, chat: ChatId, entry: &Entry, kind: MessageKind) -> wire::messages::Message {
        wire::messages::Message {
            seq: entry.seq,
            chat_id: chat.to_string(),
            member: None,
            kind,
            text: None,
            html: None,
            image: None,
            video: None,
            reply_to: None,
            client_ref: None,
            reactions: Vec::new(),
            created_at: self.time(entry.at),
            edited_at: None,
            deleted_at: None,
            deleted_by: None,
            status: None,
        }
    }

    fn add_details(&self, message: &mut wire::messages::Message, details: &MessageDetails) {
        message.html = details.html.as_deref().map(Into::into);
        message.reply_to = details.reply_to;
        message.edited_at = details.edited_at.map(|at| self.time(at));
        message.reactions = reactions(&details.reactions);
        match &details.media {
            Some(Media::Image(shown)) => (message.kind, message.image) = (MessageKind::Image, Some(image(shown))),
            Some(Media::Video(shown)) => (message.kind, message.video) = (MessageKind::Video, Some(video(shown))),
            None => {}
        }
    }
}

fn image(image: &Image) -> wire::messages::Image {
    wire::messages::Image {
        url: image.url.as_str().into(),
        width: image.width.map(|pixels| pixels.get().into()),
        height: image.height.map(|pixels| pixels.get().into()),
        alt: image.alt.as_ref().map(|alt| alt.as_str().into()),
    }
}

fn video(video: &Video) -> wire::messages::Video {
    wire::messages::Video {
        url: video.url().as_str().into(),
        duration_seconds: video.duration().map(|duration| duration.as_secs().into()),
        source: video.source().as_str().into(),
    }
}

fn reactions(reactions: &Reactions) -> Vec<wire::messages::MessageReaction> {
    let present = |reaction: &Reaction| wire::messages::MessageReaction {
        emoji: reaction.emoji().as_str().into(),
        count: reaction.count() as u64,
        members: reaction.first_members().iter().map(|id| id.0).collect(),
    };
    reactions.iter().map(present).collect()
}

/// Presents a change of a reaction.
pub(super) fn reaction(chat: ChatId, seq: u64, reacted: &Reacted) -> wire::events::Reaction {
    wire::events::Reaction {
        seq,
        chat_id: chat.to_string(),
        target: reacted.target,
        emoji: Some(reacted.emoji.as_str().into()),
        member: Some(member(&reacted.member)),
        added: Some(reacted.added),
        count: Some(reacted.count),
    }
}
