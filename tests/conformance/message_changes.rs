//! Edits and deletions: who may, what is left, where the old text is gone.

use std::sync::Arc;
use std::time::Duration;

use parlor::domain::chat::{ChatChange, HistoryVisibility};
use parlor::domain::event_log::{Entry, Event, LogUpdate, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::limits::Limits;
use parlor::domain::message::{Message, MessageDraft, html_of};
use parlor::domain::pagination::LogRange;
use parlor::domain::text::MessageText;
use parlor::store::messages::{MessageEdit, NewMessage, NotDeleted, NotEdited, NotPosted};

use crate::assertions::text;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, key};

const OWNER: MemberId = MemberId::OWNER;

impl Fixture {
    pub(crate) async fn edits(&self, chat: &Hosted, seq: u64, by: MemberId, text: &str) -> Result<Arc<Entry>, NotEdited> {
        let text = Some(MessageText::parse(text).unwrap());
        let html = html_of(text.as_ref());
        done(self.store.edit_message(MessageEdit { chat: chat.id, seq, by, text, html }, self.now()).await)
    }

    pub(crate) async fn unsays(&self, chat: &Hosted, seq: u64, by: MemberId) -> Result<(), NotDeleted> {
        done(self.store.delete_message(chat.id, seq, by, self.now()).await)
    }
}

/// Returns a chat in which Ben is a member.
async fn a_chat_with_ben(fixture: &Fixture) -> (Hosted, MemberId) {
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    (chat, ben.id)
}

/// Returns everything that the store still says of a chat's messages, for a search in it.
async fn everything(fixture: &Fixture, chat: &Hosted) -> String {
    let page = fixture.store.messages_page(chat.id, 1, LogRange::All, fixture.now()).await.unwrap().unwrap();
    format!("{:?} {:?}", fixture.conversation(chat).await, page)
}

async fn an_edit_destroys_the_old_text(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, ben) = a_chat_with_ben(&fixture).await;
    let once = Some(key("a", "1"));
    let seq = fixture.posts_keyed(&chat, Some(&chat.owner), "Meet at *nine*", once).await.unwrap().value.seq;
    let expires_at = fixture.sees(&chat).await.unwrap().expires_at;
    fixture.later(Duration::from_secs(5));
    assert_eq!(fixture.edits(&chat, seq, ben, "No").await.unwrap_err(), NotEdited::NotAuthor);
    fixture.edits(&chat, seq, OWNER, "Meet at *ten*").await.unwrap();
    let edited = fixture.edits(&chat, seq, OWNER, "Meet at eleven").await.unwrap();
    assert_eq!((edited.seq, text(&edited)), (seq, "Meet at eleven"));
    let Event::Message(Message { details: Some(details), .. }) = &edited.event else { panic!("{edited:?}") };
    assert_eq!((details.edited_at, details.html.as_deref()), (Some(fixture.now()), None));
    assert_eq!(fixture.said(&chat).await, ["joined", "joined", "message", "edited", "edited"]);
    for (entry, at) in fixture.conversation(&chat).await[3..].iter().zip(4..) {
        let Event::MessageEdited { target, message, by } = &entry.event else { panic!("{entry:?}") };
        assert_eq!((entry.seq, *target, by.id, text(message.as_ref().unwrap())), (at, seq, OWNER, "Meet at eleven"), "as it now is");
    }
    let replayed = fixture.posts_keyed(&chat, Some(&chat.owner), "Meet at *nine*", once).await.unwrap();
    assert_eq!((replayed.replayed, text(&replayed.value)), (true, "Meet at eleven"));
    let left = everything(&fixture, &chat).await;
    assert!(!left.contains("nine") && !left.contains("ten"), "{left}");
    assert_eq!(fixture.sees(&chat).await.unwrap().expires_at, expires_at, "an edit renews no lifetime");
}

async fn an_edit_tells_that_what_was_rendered_is_void(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, _) = a_chat_with_ben(&fixture).await;
    let seq = fixture.says(&chat, "Hello").await;
    let before = fixture.sees(&chat).await.unwrap();
    let edit = |text: &str| MessageEdit { chat: chat.id, seq, by: OWNER, text: Some(MessageText::parse(text).unwrap()), html: None };
    let (_, none) = fixture.store.edit_message(edit("Hello"), fixture.now()).await.unwrap().unwrap().into_parts();
    assert!(none.is_empty(), "the same text is no change");
    let (_, updates) = fixture.store.edit_message(edit("Hello!"), fixture.now()).await.unwrap().unwrap().into_parts();
    let [LogUpdate::Rewritten { topic, head: rewritten }, LogUpdate::Appended { head, entries, .. }] = updates.as_slice() else {
        panic!("{updates:?}")
    };
    assert_eq!((*topic, rewritten.seq, head.seq, entries.len()), (Topic::Conversation(chat.id), before.head, before.head + 1, 1));
    assert!(fixture.sees(&chat).await.unwrap().revision > before.revision);
}

async fn a_deletion_leaves_who_and_when(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, ben) = a_chat_with_ben(&fixture).await;
    let ben_member = fixture.store.list_members(chat.id, crate::assertions::ALL, fixture.now()).await.unwrap().unwrap().items[1].clone();
    let (owners, bens) = (fixture.says(&chat, "Mine, secret").await, fixture.posts(&chat, Some(&ben_member), "Yours, secret").await.unwrap().seq);
    fixture.edits(&chat, owners, OWNER, "Mine, secret too").await.unwrap();
    assert_eq!(fixture.unsays(&chat, owners, ben).await.unwrap_err(), NotDeleted::NotAllowed);
    fixture.later(Duration::from_secs(5));
    for _ in 0..2 {
        fixture.unsays(&chat, owners, OWNER).await.unwrap();
        fixture.unsays(&chat, bens, OWNER).await.unwrap();
    }
    assert_eq!(fixture.said(&chat).await[2..], ["deleted", "deleted", "edited", "removed", "removed"], "a repetition is no entry");
    for (seq, author) in [(owners, OWNER), (bens, ben)] {
        let entry = fixture.store.find_message(chat.id, 1, seq, fixture.now()).await.unwrap().unwrap();
        let Event::DeletedMessage(left) = &entry.event else { panic!("{entry:?}") };
        let by = left.deleted_by.as_ref().unwrap().id;
        assert_eq!((left.member.as_ref().unwrap().id, by, left.deleted_at), (author, OWNER, fixture.now()));
    }
    let left = everything(&fixture, &chat).await;
    assert!(!left.contains("secret"), "{left}");
    assert_eq!(fixture.edits(&chat, owners, OWNER, "Back").await.unwrap_err(), NotEdited::Deleted);
    assert_eq!(fixture.edits(&chat, bens, ben, "Back").await.unwrap_err(), NotEdited::Deleted);
}

async fn a_full_chat_can_still_delete(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 3, content: 10, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let (first, second) = (fixture.says(&chat, "12345").await, fixture.says(&chat, "1234").await);
    assert_eq!(fixture.posts(&chat, Some(&chat.owner), "x").await.unwrap_err(), NotPosted::Full);
    assert_eq!(fixture.edits(&chat, first, OWNER, "y").await.unwrap_err(), NotEdited::Full, "no entry fits");
    fixture.unsays(&chat, first, OWNER).await.unwrap();
    fixture.unsays(&chat, second, OWNER).await.unwrap();
    assert_eq!(fixture.said(&chat).await, ["joined", "deleted", "deleted", "removed", "removed"]);
}

async fn an_edit_fits_into_the_content(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { content: 10, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, "12345678").await;
    assert_eq!(fixture.edits(&chat, seq, OWNER, "12345678901").await.unwrap_err(), NotEdited::Full);
    fixture.edits(&chat, seq, OWNER, "1234567890").await.unwrap();
    fixture.edits(&chat, seq, OWNER, "1").await.unwrap();
    fixture.says(&chat, "123456789").await;
    assert_eq!(fixture.posts(&chat, Some(&chat.owner), "x").await.unwrap_err(), NotPosted::Full);
    fixture.unsays(&chat, seq, OWNER).await.unwrap();
    fixture.says(&chat, "x").await;
}

async fn a_change_needs_a_message_that_its_member_can_read(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, ben) = a_chat_with_ben(&fixture).await;
    let before = fixture.says(&chat, "Before").await;
    fixture.changes(&chat, ChatChange { history: Some(HistoryVisibility::SinceJoin), ..ChatChange::default() }).await.unwrap();
    let link = fixture.shares(&chat).await;
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    for seq in [0, 1, before, 99] {
        assert_eq!(fixture.unsays(&chat, seq, cleo.id).await.unwrap_err(), NotDeleted::Gone, "{seq}");
        assert_eq!(fixture.edits(&chat, seq, cleo.id, "x").await.unwrap_err(), NotEdited::Gone, "{seq}");
    }
    assert!(fixture.store.find_message(chat.id, cleo_floor(&fixture, &chat).await, before, fixture.now()).await.unwrap().is_none());
    fixture.removes(&chat, ben, OWNER).await.unwrap();
    assert_eq!(fixture.unsays(&chat, before, ben).await.unwrap_err(), NotDeleted::Gone);
    assert_eq!(replies(&fixture, &chat, before).await.unwrap_err(), NotPosted::NothingToReplyTo, "{before} lies before her joining");
}

async fn a_reply_names_a_message(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, _) = a_chat_with_ben(&fixture).await;
    let seq = fixture.says(&chat, "Question").await;
    for nothing in [0, 1, seq + 1] {
        let draft = MessageDraft { reply_to: Some(nothing), ..MessageDraft::of_text(MessageText::parse("Answer").unwrap()) };
        let new = NewMessage { chat: chat.id, message: draft.by(Some(chat.owner.clone())), key: None };
        assert_eq!(done(fixture.store.append_message(new, fixture.now()).await).unwrap_err(), NotPosted::NothingToReplyTo, "{nothing}");
    }
    fixture.unsays(&chat, seq, OWNER).await.unwrap();
    let draft = MessageDraft { reply_to: Some(seq), ..MessageDraft::of_text(MessageText::parse("Answer").unwrap()) };
    let new = NewMessage { chat: chat.id, message: draft.by(Some(chat.owner.clone())), key: None };
    let posted = done(fixture.store.append_message(new, fixture.now()).await).unwrap().value;
    assert!(matches!(&posted.event, Event::Message(message) if message.reply_to() == Some(seq)), "a deleted one as well");
}

/// Posts a reply as the last member of the chat.
async fn replies(fixture: &Fixture, chat: &Hosted, seq: u64) -> Result<Arc<Entry>, NotPosted> {
    let members = fixture.store.list_members(chat.id, crate::assertions::ALL, fixture.now()).await.unwrap().unwrap().items;
    let draft = MessageDraft { reply_to: Some(seq), ..MessageDraft::of_text(MessageText::parse("Answer").unwrap()) };
    let new = NewMessage { chat: chat.id, message: draft.by(members.last().cloned()), key: None };
    done(fixture.store.append_message(new, fixture.now()).await).map(|once| once.value)
}

/// Returns the number at which the last member of the chat joined.
async fn cleo_floor(fixture: &Fixture, chat: &Hosted) -> u64 {
    let joined = |entry: &&Arc<Entry>| matches!(entry.event, Event::MemberJoined { .. });
    fixture.conversation(chat).await.iter().rfind(joined).unwrap().seq
}

checks!(
    an_edit_destroys_the_old_text,
    an_edit_tells_that_what_was_rendered_is_void,
    a_deletion_leaves_who_and_when,
    a_full_chat_can_still_delete,
    an_edit_fits_into_the_content,
    a_change_needs_a_message_that_its_member_can_read,
    a_reply_names_a_message,
);
