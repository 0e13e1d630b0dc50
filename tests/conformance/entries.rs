//! Logs: how they are read, in pages and from a number on.

use std::sync::Arc;

use parlor::domain::bounds::Bounds;
use parlor::domain::chat::History;
use parlor::domain::entry::{Entry, Topic};
use parlor::domain::id::ChatId;
use parlor::domain::page::LogPage;

use crate::reading::text;
use crate::scene::{Hosted, Scene};
use crate::subject::Subject;

fn numbers(entries: &[Arc<Entry>]) -> Vec<u64> {
    entries.iter().map(|entry| entry.number).collect()
}

/// A chat in which the entries 2 to 10 are messages that say their numbers.
async fn ten_entries(scene: &Scene) -> Hosted {
    let chat = scene.opens().await;
    for number in 2..=10 {
        assert_eq!(scene.says(&chat, &number.to_string()).await, number);
    }
    chat
}

async fn what_follows_a_number_comes_without_holes(subject: Subject) {
    let scene = Scene::set(subject).await;
    let topic = Topic::Conversation(ten_entries(&scene).await.id);
    let after = async |after, most| numbers(&scene.store.entries_after(topic, after, most, scene.now()).await.unwrap().unwrap().entries);
    assert_eq!(after(0, 3).await, [1, 2, 3]);
    assert_eq!(after(3, 100).await, [4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(after(4, 0).await, [0; 0]);
    for beyond in [10, 11, u64::MAX] {
        assert_eq!(after(beyond, 100).await, [0; 0], "{beyond}");
    }
}

async fn heads_are_told_in_the_order_asked(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (one, two) = (ten_entries(&scene).await, scene.opens().await);
    scene.shares(&two).await;
    let nowhere = Topic::Door(ChatId::NOWHERE);
    let topics = [Topic::Door(two.id), Topic::Conversation(one.id), nowhere, Topic::Conversation(two.id), Topic::Door(one.id)];
    let heads = scene.store.heads(&topics, scene.now()).await.unwrap();
    let numbers: Vec<_> = heads.iter().map(|head| head.map(|head| head.number)).collect();
    assert_eq!(numbers, [Some(1), Some(10), None, Some(1), Some(0)]);
    assert_eq!(heads[0].unwrap().epoch, scene.sees(&two).await.unwrap().epoch);
}

async fn pages_are_oldest_first_and_say_whether_there_is_more(subject: Subject) {
    let scene = Scene::set(subject).await;
    let topic = Topic::Conversation(ten_entries(&scene).await.id);
    let page = async |page: LogPage| {
        let cut = scene.store.entries_page(topic, 1, page, scene.now()).await.unwrap().unwrap();
        (numbers(&cut.items), cut.has_more)
    };
    assert_eq!(page(LogPage::of(None, None, Some(3))).await, (vec![8, 9, 10], true));
    assert_eq!(page(LogPage::of(None, Some(4), Some(3))).await, (vec![1, 2, 3], false));
    assert_eq!(page(LogPage::of(Some(7), None, Some(3))).await, (vec![8, 9, 10], false));
    assert_eq!(page(LogPage::of(Some(2), Some(6), Some(2))).await, (vec![3, 4], true));
    assert_eq!(page(LogPage::of(Some(u64::MAX), None, Some(2))).await, (vec![], false));
    assert_eq!(page(LogPage::All).await, ((1..=10).collect(), false));
}

async fn nothing_is_read_from_before_the_floor(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = ten_entries(&scene).await;
    for page in [LogPage::All, LogPage::of(None, None, Some(200)), LogPage::of(Some(0), None, Some(200)), LogPage::of(None, Some(100), Some(200))] {
        let entries = scene.store.entries_page(Topic::Conversation(chat.id), 9, page, scene.now()).await.unwrap().unwrap();
        let messages = scene.store.messages_page(chat.id, 9, page, scene.now()).await.unwrap().unwrap();
        assert_eq!((numbers(&entries.items), entries.has_more), (vec![9, 10], false), "{page:?}");
        assert_eq!((numbers(&messages.items), messages.has_more), (vec![9, 10], false), "{page:?}");
    }
}

async fn a_page_of_messages_has_messages_alone(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_so(|chat| chat.history = History::SinceJoin).await;
    scene.says(&chat, "One").await;
    let link = scene.shares(&chat).await;
    scene.enters(&link, "Ben").await;
    scene.says(&chat, "Two").await;
    let page = async |page| scene.store.messages_page(chat.id, 1, page, scene.now()).await.unwrap().unwrap();
    let all = page(LogPage::All).await;
    assert_eq!(all.items.iter().map(|entry| (entry.number, text(entry))).collect::<Vec<_>>(), [(2, "One"), (4, "Two")]);
    let last = page(LogPage::of(None, None, Some(1))).await;
    assert_eq!((numbers(&last.items), last.has_more), (vec![4], true));
}

async fn the_doors_log_keeps_its_last_entries_and_says_where_it_begins(subject: Subject) {
    let scene = Scene::within(subject, Bounds { door: 4, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    for _ in 0..7 {
        scene.shares(&chat).await;
    }
    let topic = Topic::Door(chat.id);
    let slice = scene.store.entries_after(topic, 0, 100, scene.now()).await.unwrap().unwrap();
    assert_eq!((slice.oldest, numbers(&slice.entries)), (4, vec![4, 5, 6, 7]));
    let slice = scene.store.entries_after(topic, 5, 100, scene.now()).await.unwrap().unwrap();
    assert_eq!((slice.oldest, numbers(&slice.entries)), (4, vec![6, 7]));
    assert_eq!(scene.head(topic).await.unwrap().number, 7);
}

async fn the_two_logs_of_a_chat_count_apart(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    scene.enters(&link, "Ben").await;
    scene.says(&chat, "Welcome").await;
    assert_eq!(scene.said(&chat).await, ["joined", "joined", "message"]);
    assert_eq!(scene.told(&chat).await, ["created", "knock", "decided"]);
    let sight = scene.sees(&chat).await.unwrap();
    assert_eq!((sight.head, sight.door), (3, 3));
}

checks!(
    what_follows_a_number_comes_without_holes,
    heads_are_told_in_the_order_asked,
    pages_are_oldest_first_and_say_whether_there_is_more,
    nothing_is_read_from_before_the_floor,
    a_page_of_messages_has_messages_alone,
    the_doors_log_keeps_its_last_entries_and_says_where_it_begins,
    the_two_logs_of_a_chat_count_apart,
);
