//! Messages: what is stored, how many fit, who may write.

use std::time::Duration;

use parlor::domain::chat::Admission;
use parlor::domain::event_log::{Event, LogUpdate, Topic};
use parlor::domain::id::{ChatId, MemberId};
use parlor::domain::limits::{IDEMPOTENCY_KEY_LIFETIME, Limits};
use parlor::domain::message::{Message, MessageDraft};
use parlor::domain::text::{ClientRef, MessageText};
use parlor::store::messages::{NewMessage, NotPosted};

use crate::assertions::text;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, key};

async fn a_message_is_kept_as_it_was_posted(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let draft = MessageDraft::of_text(MessageText::parse("\r\u{202e}data: \u{2028}\tÅ\n").unwrap());
    let message = MessageDraft { client_ref: Some(ClientRef::parse("ref-1").unwrap()), ..draft }.by(Some(chat.owner.clone()));
    fixture.later(Duration::from_secs(5));
    let new = NewMessage { chat: chat.id, message: message.clone(), key: None };
    let (posted, news) = fixture.store.append_message(new, fixture.now()).await.unwrap().unwrap().into_parts();
    assert_eq!((posted.value.seq, posted.value.at, posted.replayed), (2, fixture.now(), false));
    let [LogUpdate::Appended { topic, head, entries }] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((*topic, head.seq, entries.len(), entries[0].seq), (Topic::Conversation(chat.id), 2, 1, 2));
    assert_eq!(head.expires_at, fixture.now() + Duration::from_hours(24));
    let kept = fixture.conversation(&chat).await;
    assert!(matches!(&kept[1].event, Event::Message(kept) if *kept == message));
    assert_eq!(kept[1].at, fixture.now());
}

async fn a_conversation_takes_so_many_entries(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 4, ..Limits::default() }).await;
    let (chat, other) = (fixture.opens().await, fixture.opens().await);
    for number in 2..=4 {
        assert_eq!(fixture.says(&chat, "Hello").await, number);
    }
    for _ in 0..3 {
        assert_eq!(fixture.posts(&chat, Some(&chat.owner), "Hello").await.unwrap_err(), NotPosted::Full);
    }
    assert_eq!(fixture.conversation(&chat).await.len(), 4);
    fixture.says(&other, "Elsewhere there is room").await;
}

async fn a_conversation_takes_so_many_bytes(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { content: 10, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    fixture.says(&chat, "éé").await;
    let client_ref = Some(ClientRef::parse("abc").unwrap());
    let message = |text: &str| {
        let draft = MessageDraft::of_text(MessageText::parse(text).unwrap());
        MessageDraft { client_ref: client_ref.clone(), ..draft }.by(Some(chat.owner.clone()))
    };
    let posts =
        async |text: &str| done(fixture.store.append_message(NewMessage { chat: chat.id, message: message(text), key: None }, fixture.now()).await);
    assert_eq!(posts("abcd").await.unwrap_err(), NotPosted::Full, "4 + 4 + 3 bytes");
    posts("abc").await.unwrap();
    assert_eq!(fixture.posts(&chat, Some(&chat.owner), "x").await.unwrap_err(), NotPosted::Full);
    assert_eq!(fixture.conversation(&chat).await.len(), 3);
}

async fn the_same_key_posts_once_even_when_all_is_full(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 2, content: 5, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let posts = async |name, body| fixture.posts_keyed(&chat, Some(&chat.owner), "Hello", Some(key(name, body))).await;
    let first = posts("a", "1").await.unwrap();
    for _ in 0..3 {
        let again = posts("a", "1").await.unwrap();
        assert_eq!((again.replayed, again.value.seq, text(&again.value)), (true, first.value.seq, "Hello"));
    }
    assert_eq!(posts("a", "2").await.unwrap_err(), NotPosted::KeyReused);
    assert_eq!(posts("b", "1").await.unwrap_err(), NotPosted::Full);
    assert_eq!(fixture.said(&chat).await, ["joined", "message"]);
    fixture.later(IDEMPOTENCY_KEY_LIFETIME);
    assert_eq!(posts("a", "1").await.unwrap_err(), NotPosted::Full, "a key is kept for ten minutes");
}

async fn a_refusal_is_not_remembered(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_memory: 1 << 20, ..Limits::default() }).await;
    let (chat, other) = (fixture.opens().await, fixture.opens().await);
    fixture.fills(&other, 90).await;
    let posts = async || fixture.posts_keyed(&chat, Some(&chat.owner), &"x".repeat(8_192), Some(key("a", "1"))).await;
    while fixture.posts(&chat, Some(&chat.owner), &"x".repeat(8_192)).await.is_ok() {}
    assert_eq!(posts().await.unwrap_err(), NotPosted::NodeFull);
    fixture.closes(&other).await.unwrap();
    assert!(!posts().await.unwrap().replayed);
}

async fn who_was_removed_writes_no_more(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    let once = Some(key("a", "1"));
    fixture.posts_keyed(&chat, Some(&ben), "Hello", once).await.unwrap();
    fixture.posts(&chat, Some(&cleo), "Hello").await.unwrap();
    fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    fixture.removes(&chat, cleo.id, cleo.id).await.unwrap();
    assert_eq!(fixture.posts(&chat, Some(&ben), "Hello").await.unwrap_err(), NotPosted::Gone);
    assert_eq!(fixture.posts_keyed(&chat, Some(&ben), "Hello", once).await.unwrap_err(), NotPosted::Gone, "an earlier key does not help");
    assert_eq!(fixture.posts(&chat, Some(&cleo), "Hello").await.unwrap_err(), NotPosted::Gone);
}

async fn visitors_write_where_it_is_open_and_nowhere_else(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (open, closed) = (fixture.opens_to_all().await, fixture.opens().await);
    let entry = fixture.posts(&open, None, "Hello").await.unwrap();
    assert!(matches!(&entry.event, Event::Message(Message { member: None, .. })));
    assert_eq!(fixture.posts(&closed, None, "Hello").await.unwrap_err(), NotPosted::Gone);
    let once = Some(key("a", "1"));
    fixture.posts_keyed(&open, None, "Hello", once).await.unwrap();
    fixture.turns(&open, Admission::Knock).await.unwrap();
    assert_eq!(fixture.posts(&open, None, "Hello").await.unwrap_err(), NotPosted::Gone);
    assert_eq!(fixture.posts_keyed(&open, None, "Hello", once).await.unwrap_err(), NotPosted::Gone);
    let nowhere = Hosted { id: ChatId::NIL, ..open };
    assert_eq!(fixture.posts(&nowhere, Some(&nowhere.owner), "Hello").await.unwrap_err(), NotPosted::Gone);
}

async fn keys_of_one_chat_are_nothing_to_another(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (one, two) = (fixture.opens().await, fixture.opens().await);
    let once = Some(key("a", "1"));
    assert!(!fixture.posts_keyed(&one, Some(&one.owner), "Hello", once).await.unwrap().replayed);
    assert!(!fixture.posts_keyed(&two, Some(&two.owner), "Hello", once).await.unwrap().replayed);
}

checks!(
    a_message_is_kept_as_it_was_posted,
    a_conversation_takes_so_many_entries,
    a_conversation_takes_so_many_bytes,
    the_same_key_posts_once_even_when_all_is_full,
    a_refusal_is_not_remembered,
    who_was_removed_writes_no_more,
    visitors_write_where_it_is_open_and_nowhere_else,
    keys_of_one_chat_are_nothing_to_another,
);
