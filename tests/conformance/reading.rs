//! What can be read at a scene, and what must be true of every log that is read.

use std::sync::Arc;

use parlor::domain::chat::Chat;
use parlor::domain::entry::{Entry, Event, Head, Topic};
use parlor::domain::id::{Credential, LinkId};
use parlor::domain::knock::{Knock, KnockStatus, Knocked};
use parlor::domain::link::Link;
use parlor::domain::member::Seat;
use parlor::domain::page::ListPage;

use crate::scene::{Hosted, Scene};

/// All of a list.
pub(crate) const ALL: ListPage = ListPage { after: 0, limit: usize::MAX };

/// What an entry is, in a word.
pub(crate) fn kind(entry: &Entry) -> &'static str {
    match &entry.event {
        Event::Message(_) => "message",
        Event::MemberJoined { .. } => "joined",
        Event::MemberLeft { .. } => "left",
        Event::ChatUpdated { .. } => "updated",
        Event::Knock(_) => "knock",
        Event::KnockDecided { .. } => "decided",
        Event::LinkCreated(_) => "created",
        Event::LinkRevoked(_) => "revoked",
    }
}

/// What a message says.
pub(crate) fn text(entry: &Entry) -> &str {
    match &entry.event {
        Event::Message(message) => message.text.as_str(),
        _ => "",
    }
}

impl Scene {
    pub(crate) async fn sees(&self, chat: &Hosted) -> Option<Chat> {
        self.store.see_chat(chat.id, None, self.now()).await.unwrap().map(|sight| sight.chat)
    }

    pub(crate) async fn seat(&self, chat: &Hosted, who: Credential) -> Option<Seat> {
        self.store.see_chat(chat.id, Some(who), self.now()).await.unwrap().and_then(|sight| sight.seat)
    }

    pub(crate) async fn head(&self, topic: Topic) -> Option<Head> {
        self.store.heads(&[topic], self.now()).await.unwrap()[0]
    }

    /// All entries of a log that are kept, which must be dense up to its head.
    pub(crate) async fn log(&self, topic: Topic) -> Vec<Arc<Entry>> {
        let slice = self.store.entries_after(topic, 0, usize::MAX, self.now()).await.unwrap().expect("the log is there");
        let head = self.head(topic).await.expect("the log is there").number;
        let numbers: Vec<u64> = slice.entries.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, (slice.oldest..=head).collect::<Vec<_>>(), "{topic:?} is dense up to its head");
        assert!(slice.entries.is_sorted_by_key(|entry| entry.at), "time does not run backwards in {topic:?}");
        slice.entries
    }

    pub(crate) async fn conversation(&self, chat: &Hosted) -> Vec<Arc<Entry>> {
        self.log(Topic::Conversation(chat.id)).await
    }

    pub(crate) async fn door(&self, chat: &Hosted) -> Vec<Arc<Entry>> {
        self.log(Topic::Door(chat.id)).await
    }

    /// What happened in the conversation, in words.
    pub(crate) async fn said(&self, chat: &Hosted) -> Vec<&'static str> {
        self.conversation(chat).await.iter().map(|entry| kind(entry)).collect()
    }

    /// What happened at the door, in words.
    pub(crate) async fn told(&self, chat: &Hosted) -> Vec<&'static str> {
        self.door(chat).await.iter().map(|entry| kind(entry)).collect()
    }

    /// What the members are called, in the order of their admission.
    pub(crate) async fn names(&self, chat: &Hosted) -> Vec<String> {
        let members = self.store.members(chat.id, ALL, self.now()).await.unwrap().expect("the chat is there");
        assert!(members.items.is_sorted_by_key(|member| member.id));
        members.items.iter().map(|member| member.name.as_str().to_owned()).collect()
    }

    pub(crate) async fn links(&self, chat: &Hosted) -> Vec<Link> {
        self.store.links(chat.id, ALL, self.now()).await.unwrap().expect("the chat is there").items
    }

    pub(crate) async fn finds(&self, link: LinkId) -> Option<Link> {
        self.store.find_link(link, self.now()).await.unwrap().map(|(_, link)| link)
    }

    pub(crate) async fn knocks_of(&self, chat: &Hosted, status: Option<KnockStatus>) -> Vec<Knock> {
        self.store.knocks(chat.id, status, ALL, self.now()).await.unwrap().expect("the chat is there").items
    }

    pub(crate) async fn standing(&self, link: &Link, client: Credential) -> Option<Knocked> {
        self.store.standing(link.id, client, self.now()).await.unwrap()
    }

    /// How a guest's knock stands.
    pub(crate) async fn status(&self, link: &Link, knocked: &Knocked) -> Option<KnockStatus> {
        self.standing(link, knocked.client).await.map(|knocked| knocked.knock.status)
    }
}
