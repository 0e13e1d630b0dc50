//! Messages: what is kept of them, how many there may be, who may write.

use std::time::Duration;

use parlor::domain::bounds::{Bounds, KEY_LIFE};
use parlor::domain::chat::Admission;
use parlor::domain::entry::{Event, News, Topic};
use parlor::domain::id::{ChatId, MemberId};
use parlor::domain::message::Message;
use parlor::domain::text::{ClientRef, MessageText};
use parlor::store::messages::{NewMessage, NotPosted};

use crate::reading::text;
use crate::scene::{Hosted, Scene, done, key};
use crate::subject::Subject;

async fn a_message_is_kept_as_it_was_posted(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let message = Message {
        member: Some(chat.owner.clone()),
        text: MessageText::parse("\r\u{202e}data: \u{2028}\tÅ\n").unwrap(),
        client_ref: Some(ClientRef::parse("ref-1").unwrap()),
    };
    scene.later(Duration::from_secs(5));
    let new = NewMessage { chat: chat.id, message: message.clone(), key: None };
    let (posted, news) = scene.store.append_message(new, scene.now()).await.unwrap().unwrap().into_parts();
    assert_eq!((posted.made.number, posted.made.at, posted.replayed), (2, scene.now(), false));
    let [News::Grown { topic, head, entries }] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((*topic, head.number, entries.len(), entries[0].number), (Topic::Conversation(chat.id), 2, 1, 2));
    assert_eq!(head.expires_at, scene.now() + Duration::from_hours(24));
    let kept = scene.conversation(&chat).await;
    assert!(matches!(&kept[1].event, Event::Message(kept) if *kept == message));
    assert_eq!(kept[1].at, scene.now());
}

async fn a_conversation_takes_so_many_entries(subject: Subject) {
    let scene = Scene::within(subject, Bounds { entries: 4, ..Bounds::default() }).await;
    let (chat, other) = (scene.opens().await, scene.opens().await);
    for number in 2..=4 {
        assert_eq!(scene.says(&chat, "Hello").await, number);
    }
    for _ in 0..3 {
        assert_eq!(scene.posts(&chat, Some(&chat.owner), "Hello").await.unwrap_err(), NotPosted::Full);
    }
    assert_eq!(scene.conversation(&chat).await.len(), 4);
    scene.says(&other, "Elsewhere there is room").await;
}

async fn a_conversation_takes_so_many_bytes(subject: Subject) {
    let scene = Scene::within(subject, Bounds { content: 10, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    scene.says(&chat, "éé").await;
    let client_ref = Some(ClientRef::parse("abc").unwrap());
    let message = |text: &str| Message { member: Some(chat.owner.clone()), text: MessageText::parse(text).unwrap(), client_ref: client_ref.clone() };
    let posts =
        async |text: &str| done(scene.store.append_message(NewMessage { chat: chat.id, message: message(text), key: None }, scene.now()).await);
    assert_eq!(posts("abcd").await.unwrap_err(), NotPosted::Full, "4 + 4 + 3 bytes");
    posts("abc").await.unwrap();
    assert_eq!(scene.posts(&chat, Some(&chat.owner), "x").await.unwrap_err(), NotPosted::Full);
    assert_eq!(scene.conversation(&chat).await.len(), 3);
}

async fn the_same_key_posts_once_even_when_all_is_full(subject: Subject) {
    let scene = Scene::within(subject, Bounds { entries: 2, content: 5, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let posts = async |name, body| scene.posts_keyed(&chat, Some(&chat.owner), "Hello", Some(key(name, body))).await;
    let first = posts("a", "1").await.unwrap();
    for _ in 0..3 {
        let again = posts("a", "1").await.unwrap();
        assert_eq!((again.replayed, again.made.number, text(&again.made)), (true, first.made.number, "Hello"));
    }
    assert_eq!(posts("a", "2").await.unwrap_err(), NotPosted::KeyReused);
    assert_eq!(posts("b", "1").await.unwrap_err(), NotPosted::Full);
    assert_eq!(scene.said(&chat).await, ["joined", "message"]);
    scene.later(KEY_LIFE);
    assert_eq!(posts("a", "1").await.unwrap_err(), NotPosted::Full, "a key is kept for ten minutes");
}

async fn a_refusal_is_not_remembered(subject: Subject) {
    let scene = Scene::within(subject, Bounds { total_memory: 1 << 20, ..Bounds::default() }).await;
    let (chat, other) = (scene.opens().await, scene.opens().await);
    scene.fills(&other, 90).await;
    let posts = async || scene.posts_keyed(&chat, Some(&chat.owner), &"x".repeat(8_192), Some(key("a", "1"))).await;
    while scene.posts(&chat, Some(&chat.owner), &"x".repeat(8_192)).await.is_ok() {}
    assert_eq!(posts().await.unwrap_err(), NotPosted::NodeFull);
    scene.closes(&other).await.unwrap();
    assert!(!posts().await.unwrap().replayed);
}

async fn who_was_removed_writes_no_more(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (ben, _) = scene.enters(&link, "Ben").await;
    let (cleo, _) = scene.enters(&link, "Cleo").await;
    let once = Some(key("a", "1"));
    scene.posts_keyed(&chat, Some(&ben), "Hello", once).await.unwrap();
    scene.posts(&chat, Some(&cleo), "Hello").await.unwrap();
    scene.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    scene.removes(&chat, cleo.id, cleo.id).await.unwrap();
    assert_eq!(scene.posts(&chat, Some(&ben), "Hello").await.unwrap_err(), NotPosted::Gone);
    assert_eq!(scene.posts_keyed(&chat, Some(&ben), "Hello", once).await.unwrap_err(), NotPosted::Gone, "not with an old key either");
    assert_eq!(scene.posts(&chat, Some(&cleo), "Hello").await.unwrap_err(), NotPosted::Gone);
}

async fn visitors_write_where_it_is_open_and_nowhere_else(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (open, closed) = (scene.opens_to_all().await, scene.opens().await);
    let entry = scene.posts(&open, None, "Hello").await.unwrap();
    assert!(matches!(&entry.event, Event::Message(Message { member: None, .. })));
    assert_eq!(scene.posts(&closed, None, "Hello").await.unwrap_err(), NotPosted::Gone);
    let once = Some(key("a", "1"));
    scene.posts_keyed(&open, None, "Hello", once).await.unwrap();
    scene.turns(&open, Admission::Knock).await.unwrap();
    assert_eq!(scene.posts(&open, None, "Hello").await.unwrap_err(), NotPosted::Gone);
    assert_eq!(scene.posts_keyed(&open, None, "Hello", once).await.unwrap_err(), NotPosted::Gone);
    let nowhere = Hosted { id: ChatId::NOWHERE, ..open };
    assert_eq!(scene.posts(&nowhere, Some(&nowhere.owner), "Hello").await.unwrap_err(), NotPosted::Gone);
}

async fn keys_of_one_chat_are_nothing_to_another(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (one, two) = (scene.opens().await, scene.opens().await);
    let once = Some(key("a", "1"));
    assert!(!scene.posts_keyed(&one, Some(&one.owner), "Hello", once).await.unwrap().replayed);
    assert!(!scene.posts_keyed(&two, Some(&two.owner), "Hello", once).await.unwrap().replayed);
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
