//! Reads of a fixture, and the invariants of every log that is read.

use std::sync::Arc;

use parlor::domain::chat::Chat;
use parlor::domain::event_log::{Entry, Event, Head, Topic};
use parlor::domain::id::LinkId;
use parlor::domain::knock::{GuestKnock, Knock, KnockStatus};
use parlor::domain::link::Link;
use parlor::domain::member::Membership;
use parlor::domain::pagination::PageRequest;
use parlor::domain::principal::Principal;
use parlor::domain::text::MessageText;

use crate::fixture::{Fixture, Hosted};

/// A page that holds a complete list.
pub(crate) const ALL: PageRequest = PageRequest { after: 0, limit: usize::MAX };

/// Returns the kind of an entry as a word.
pub(crate) fn kind(entry: &Entry) -> &'static str {
    match &entry.event {
        Event::Message(_) => "message",
        Event::DeletedMessage(_) => "deleted",
        Event::MessageEdited { .. } => "edited",
        Event::MessageDeleted { .. } => "removed",
        Event::Reacted(_) => "reacted",
        Event::MemberJoined { .. } => "joined",
        Event::MemberLeft { .. } => "left",
        Event::MemberUpdated { .. } => "changed",
        Event::ChatUpdated { .. } => "updated",
        Event::Knock(_) => "knock",
        Event::KnockDecided { .. } => "decided",
        Event::LinkCreated(_) => "created",
        Event::LinkRevoked(_) => "revoked",
    }
}

/// Returns the text of a message.
pub(crate) fn text(entry: &Entry) -> &str {
    match &entry.event {
        Event::Message(message) => message.text.as_ref().map_or("", MessageText::as_str),
        _ => "",
    }
}

impl Fixture {
    pub(crate) async fn sees(&self, chat: &Hosted) -> Option<Chat> {
        self.store.find_chat(chat.id, None, self.now()).await.unwrap().map(|sight| sight.chat)
    }

    pub(crate) async fn seat(&self, chat: &Hosted, who: Principal) -> Option<Membership> {
        self.store.find_chat(chat.id, Some(who), self.now()).await.unwrap().and_then(|sight| sight.membership)
    }

    pub(crate) async fn head(&self, topic: Topic) -> Option<Head> {
        self.store.heads(&[topic], self.now()).await.unwrap()[0]
    }

    /// Returns all stored entries of a log, which must be dense up to its head.
    pub(crate) async fn log(&self, topic: Topic) -> Vec<Arc<Entry>> {
        let slice = self.store.entries_after(topic, 0, usize::MAX, self.now()).await.unwrap().expect("the log exists");
        let head = self.head(topic).await.expect("the log exists").seq;
        let numbers: Vec<u64> = slice.entries.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (slice.oldest..=head).collect::<Vec<_>>(), "{topic:?} is dense up to its head");
        assert!(slice.entries.is_sorted_by_key(|entry| entry.at), "timestamps do not decrease in {topic:?}");
        slice.entries
    }

    pub(crate) async fn conversation(&self, chat: &Hosted) -> Vec<Arc<Entry>> {
        self.log(Topic::Conversation(chat.id)).await
    }

    pub(crate) async fn door(&self, chat: &Hosted) -> Vec<Arc<Entry>> {
        self.log(Topic::Door(chat.id)).await
    }

    /// Returns the kinds of the conversation's entries.
    pub(crate) async fn said(&self, chat: &Hosted) -> Vec<&'static str> {
        self.conversation(chat).await.iter().map(|entry| kind(entry)).collect()
    }

    /// Returns the kinds of the door's entries.
    pub(crate) async fn told(&self, chat: &Hosted) -> Vec<&'static str> {
        self.door(chat).await.iter().map(|entry| kind(entry)).collect()
    }

    /// Returns the members' names in the order of their admission.
    pub(crate) async fn names(&self, chat: &Hosted) -> Vec<String> {
        let members = self.store.list_members(chat.id, ALL, self.now()).await.unwrap().expect("the chat exists");
        assert!(members.items.is_sorted_by_key(|member| member.id));
        members.items.iter().map(|member| member.name.as_str().to_owned()).collect()
    }

    pub(crate) async fn links(&self, chat: &Hosted) -> Vec<Link> {
        self.store.list_links(chat.id, ALL, self.now()).await.unwrap().expect("the chat exists").items
    }

    pub(crate) async fn finds(&self, link: LinkId) -> Option<Link> {
        self.store.find_link(link, self.now()).await.unwrap().map(|(_, link)| link)
    }

    pub(crate) async fn knocks_of(&self, chat: &Hosted, status: Option<KnockStatus>) -> Vec<Knock> {
        self.store.list_knocks(chat.id, status, ALL, self.now()).await.unwrap().expect("the chat exists").items
    }

    pub(crate) async fn standing(&self, link: &Link, client: Principal) -> Option<GuestKnock> {
        self.store.find_knock(link.id, client, self.now()).await.unwrap()
    }

    /// Returns the status of a guest's knock.
    pub(crate) async fn status(&self, link: &Link, knocked: &GuestKnock) -> Option<KnockStatus> {
        self.standing(link, knocked.client).await.map(|knocked| knocked.knock.status)
    }
}
