//! Logs: reading them in pages and from a sequence number on.

use std::sync::Arc;

use parlor::domain::chat::HistoryVisibility;
use parlor::domain::event_log::{Entry, Topic};
use parlor::domain::id::ChatId;
use parlor::domain::limits::Limits;
use parlor::domain::pagination::LogRange;

use crate::assertions::text;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted};

fn numbers(entries: &[Arc<Entry>]) -> Vec<u64> {
    entries.iter().map(|entry| entry.seq).collect()
}

/// Creates a chat in which the entries 2 to 10 are messages that hold their numbers.
async fn ten_entries(fixture: &Fixture) -> Hosted {
    let chat = fixture.opens().await;
    for number in 2..=10 {
        assert_eq!(fixture.says(&chat, &number.to_string()).await, number);
    }
    chat
}

async fn what_follows_a_number_comes_without_holes(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let topic = Topic::Conversation(ten_entries(&fixture).await.id);
    let after = async |after, most| numbers(&fixture.store.entries_after(topic, after, most, fixture.now()).await.unwrap().unwrap().entries);
    assert_eq!(after(0, 3).await, [1, 2, 3]);
    assert_eq!(after(3, 100).await, [4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(after(4, 0).await, [0; 0]);
    for beyond in [10, 11, u64::MAX] {
        assert_eq!(after(beyond, 100).await, [0; 0], "{beyond}");
    }
}

async fn heads_are_told_in_the_order_asked(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (one, two) = (ten_entries(&fixture).await, fixture.opens().await);
    fixture.shares(&two).await;
    let nowhere = Topic::Door(ChatId::NIL);
    let topics = [Topic::Door(two.id), Topic::Conversation(one.id), nowhere, Topic::Conversation(two.id), Topic::Door(one.id)];
    let heads = fixture.store.heads(&topics, fixture.now()).await.unwrap();
    let numbers: Vec<_> = heads.iter().map(|head| head.map(|head| head.seq)).collect();
    assert_eq!(numbers, [Some(1), Some(10), None, Some(1), Some(0)]);
    assert_eq!(heads[0].unwrap().epoch, fixture.sees(&two).await.unwrap().epoch);
}

async fn pages_are_oldest_first_and_say_whether_there_is_more(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let topic = Topic::Conversation(ten_entries(&fixture).await.id);
    let page = async |page: LogRange| {
        let cut = fixture.store.entries_page(topic, 1, page, fixture.now()).await.unwrap().unwrap();
        (numbers(&cut.items), cut.has_more)
    };
    assert_eq!(page(LogRange::of(None, None, Some(3))).await, (vec![8, 9, 10], true));
    assert_eq!(page(LogRange::of(None, Some(4), Some(3))).await, (vec![1, 2, 3], false));
    assert_eq!(page(LogRange::of(Some(7), None, Some(3))).await, (vec![8, 9, 10], false));
    assert_eq!(page(LogRange::of(Some(2), Some(6), Some(2))).await, (vec![3, 4], true));
    assert_eq!(page(LogRange::of(Some(u64::MAX), None, Some(2))).await, (vec![], false));
    assert_eq!(page(LogRange::All).await, ((1..=10).collect(), false));
}

async fn nothing_is_read_from_before_the_floor(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = ten_entries(&fixture).await;
    for page in [LogRange::All, LogRange::of(None, None, Some(200)), LogRange::of(Some(0), None, Some(200)), LogRange::of(None, Some(100), Some(200))]
    {
        let entries = fixture.store.entries_page(Topic::Conversation(chat.id), 9, page, fixture.now()).await.unwrap().unwrap();
        let messages = fixture.store.messages_page(chat.id, 9, page, fixture.now()).await.unwrap().unwrap();
        assert_eq!((numbers(&entries.items), entries.has_more), (vec![9, 10], false), "{page:?}");
        assert_eq!((numbers(&messages.items), messages.has_more), (vec![9, 10], false), "{page:?}");
    }
}

async fn a_page_of_messages_has_messages_alone(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_so(|chat| chat.history = HistoryVisibility::SinceJoin).await;
    fixture.says(&chat, "One").await;
    let link = fixture.shares(&chat).await;
    fixture.enters(&link, "Ben").await;
    fixture.says(&chat, "Two").await;
    let page = async |page| fixture.store.messages_page(chat.id, 1, page, fixture.now()).await.unwrap().unwrap();
    let all = page(LogRange::All).await;
    assert_eq!(all.items.iter().map(|entry| (entry.seq, text(entry))).collect::<Vec<_>>(), [(2, "One"), (4, "Two")]);
    let last = page(LogRange::of(None, None, Some(1))).await;
    assert_eq!((numbers(&last.items), last.has_more), (vec![4], true));
}

async fn the_doors_log_keeps_its_last_entries_and_says_where_it_begins(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { door: 4, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    for _ in 0..7 {
        fixture.shares(&chat).await;
    }
    let topic = Topic::Door(chat.id);
    let slice = fixture.store.entries_after(topic, 0, 100, fixture.now()).await.unwrap().unwrap();
    assert_eq!((slice.oldest, numbers(&slice.entries)), (4, vec![4, 5, 6, 7]));
    let slice = fixture.store.entries_after(topic, 5, 100, fixture.now()).await.unwrap().unwrap();
    assert_eq!((slice.oldest, numbers(&slice.entries)), (4, vec![6, 7]));
    assert_eq!(fixture.head(topic).await.unwrap().seq, 7);
}

async fn the_two_logs_of_a_chat_count_apart(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    fixture.enters(&link, "Ben").await;
    fixture.says(&chat, "Welcome").await;
    assert_eq!(fixture.said(&chat).await, ["joined", "joined", "message"]);
    assert_eq!(fixture.told(&chat).await, ["created", "knock", "decided"]);
    let sight = fixture.sees(&chat).await.unwrap();
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
