//! A chat message: as drafted, as posted, and what is left of a deleted one.

use std::sync::Arc;

use super::clock::Timestamp;
use super::markdown;
use super::media::Media;
use super::member::Member;
use super::reaction::Reactions;
use super::text::{ClientRef, MessageText};

/// The content of a message to post: a text, media, or media with a text as its caption.
#[derive(Clone, Debug)]
pub struct MessageDraft {
    /// The text, in Markdown.
    pub text: Option<MessageText>,
    /// The image or video.
    pub media: Option<Media>,
    /// The sequence number of the message that it replies to.
    pub reply_to: Option<u64>,
    /// The sender's own reference for it.
    pub client_ref: Option<ClientRef>,
}

/// A message as it now is; its sequence number and time are those of its entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The author; `None` for a visitor of an open chat.
    pub member: Option<Arc<Member>>,
    /// The text; `None` for media without a caption.
    pub text: Option<MessageText>,
    /// The sender's own reference for it.
    pub client_ref: Option<ClientRef>,
    /// What most messages do not have; `None` if this one has nothing of it.
    pub details: Option<Box<MessageDetails>>,
}

/// What a message has besides a plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageDetails {
    /// The text rendered to safe HTML, if it has markup.
    pub html: Option<Box<str>>,
    /// The image or video.
    pub media: Option<Media>,
    /// The sequence number of the message that it replies to.
    pub reply_to: Option<u64>,
    /// When it was edited last.
    pub edited_at: Option<Timestamp>,
    /// The reactions to it.
    pub reactions: Reactions,
}

/// What is left of a message whose text was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedMessage {
    /// The author; `None` for a visitor of an open chat.
    pub member: Option<Arc<Member>>,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// Who deleted it; `None` if it was deleted with its author's account.
    pub deleted_by: Option<Arc<Member>>,
}

impl MessageDraft {
    /// Returns a draft of a text alone.
    #[must_use]
    pub const fn of_text(text: MessageText) -> Self {
        Self { text: Some(text), media: None, reply_to: None, client_ref: None }
    }

    /// Returns the message that `member` posts, or a visitor.
    #[must_use]
    pub fn by(self, member: Option<Arc<Member>>) -> Message {
        let html = html_of(self.text.as_ref());
        let details = MessageDetails { html, media: self.media, reply_to: self.reply_to, ..MessageDetails::default() };
        Message { member, text: self.text, client_ref: self.client_ref, details: details.boxed() }
    }
}

impl Message {
    /// Returns its size in bytes as counted against the content limits: its text, also as rendered, and what the sender gave with it.
    #[must_use]
    pub fn content(&self) -> u64 {
        let text = self.text.as_ref().map_or(0, |text| text.as_str().len());
        let reference = self.client_ref.as_ref().map_or(0, |reference| reference.as_str().len());
        (text + reference + self.details.as_ref().map_or(0, |details| details.content())) as u64
    }

    /// Returns its media, if it has any.
    #[must_use]
    pub fn media(&self) -> Option<&Media> {
        self.details.as_ref()?.media.as_ref()
    }

    /// Returns the number of the message that it replies to, if it does.
    #[must_use]
    pub fn reply_to(&self) -> Option<u64> {
        self.details.as_ref()?.reply_to
    }

    /// Returns true if it was edited.
    #[must_use]
    pub fn is_edited(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.edited_at.is_some())
    }

    /// Returns the message with another text, edited at `now`.
    #[must_use]
    pub fn edited(&self, text: Option<MessageText>, html: Option<Box<str>>, now: Timestamp) -> Self {
        let details = self.details.as_deref().cloned().unwrap_or_default();
        let details = MessageDetails { html, edited_at: Some(now), ..details };
        Self { member: self.member.clone(), text, client_ref: self.client_ref.clone(), details: details.boxed() }
    }

    /// Returns the message with other reactions.
    #[must_use]
    pub fn with_reactions(&self, reactions: Reactions) -> Self {
        let details = MessageDetails { reactions, ..self.details.as_deref().cloned().unwrap_or_default() };
        Self { details: details.boxed(), ..self.clone() }
    }

    /// Returns its reactions, if it has any.
    #[must_use]
    pub fn reactions(&self) -> Option<&Reactions> {
        self.details.as_ref().map(|details| &details.reactions)
    }

    /// Returns what is left of it once `by` deletes it at `now`.
    #[must_use]
    pub fn deleted(&self, by: Option<Arc<Member>>, now: Timestamp) -> DeletedMessage {
        DeletedMessage { member: self.member.clone(), deleted_at: now, deleted_by: by }
    }
}

impl MessageDetails {
    fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }

    fn content(&self) -> usize {
        let html = self.html.as_ref().map_or(0, |html| html.len());
        html + self.media.as_ref().map_or(0, Media::content)
    }
}

/// Returns a text rendered to safe HTML, if it has markup.
#[must_use]
pub fn html_of(text: Option<&MessageText>) -> Option<Box<str>> {
    markdown::render(text?.as_str()).map(String::into_boxed_str)
}
