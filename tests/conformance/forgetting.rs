//! Direct chats at their limits: the oldest tenth is forgotten, and everything else stays.

use parlor::domain::event_log::Topic;
use parlor::domain::limits::Limits;
use parlor::domain::pagination::LogRange;

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted};

/// A direct chat within these limits.
async fn a_chat(backend: Backend, limits: Limits) -> (Fixture, Hosted) {
    let fixture = Fixture::within(backend, limits).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    fixture.befriend(ana.id, ben.id).await;
    let chat = fixture.begins(&ana, &ben).await;
    (fixture, chat)
}

async fn the_oldest_tenth_is_forgotten_at_the_limit(backend: Backend) {
    let (fixture, chat) = a_chat(backend, Limits { lasting_entries: 20, ..Limits::default() }).await;
    for number in 4..=20 {
        assert_eq!(fixture.says(&chat, "Hello").await, number);
    }
    assert_eq!(fixture.sees(&chat).await.unwrap().first, 1);
    assert_eq!(fixture.says(&chat, "One more").await, 21);
    let seen = fixture.sees(&chat).await.unwrap();
    assert_eq!((seen.first, seen.head), (3, 21));
    let topic = Topic::Conversation(chat.id);
    let batch = fixture.store.entries_after(topic, 0, 4, fixture.now()).await.unwrap().unwrap();
    assert_eq!((batch.oldest, batch.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()), (3, vec![3, 4, 5, 6]));
    let numbers = async |range| {
        let page = fixture.store.messages_page(chat.id, 1, range, fixture.now()).await.unwrap().unwrap();
        page.items.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(numbers(LogRange::of(Some(0), None, Some(2))).await, [3, 4]);
    assert_eq!(numbers(LogRange::of(Some(9), None, Some(2))).await, [10, 11]);
    assert_eq!(numbers(LogRange::of(None, Some(5), Some(9))).await, [3, 4]);
    assert_eq!(numbers(LogRange::of(Some(20), None, None)).await, [21]);
    assert_eq!(numbers(LogRange::All).await.len(), 19);
    fixture.conversation(&chat).await;
    assert_eq!(fixture.names(&chat).await, ["ana", "ben"], "members stay");
}

async fn long_messages_are_forgotten_by_their_content(backend: Backend) {
    let (fixture, chat) = a_chat(backend, Limits { lasting_content: 1_000, ..Limits::default() }).await;
    let text = "x".repeat(100);
    for _ in 0..100 {
        fixture.says(&chat, &text).await;
    }
    let log = fixture.conversation(&chat).await;
    assert!((8..=10).contains(&log.len()), "{}", log.len());
    assert_eq!(log.last().unwrap().seq, 103);
}

async fn a_chat_that_forgets_does_not_grow(backend: Backend) {
    let (fixture, chat) = a_chat(backend, Limits { lasting_entries: 100, ..Limits::default() }).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        for _ in 0..100 {
            fixture.says(&chat, "Hello").await;
        }
        held.push(fixture.store.usage().await.unwrap().held);
    }
    assert!(held.last() <= held.get(1), "{held:?}");
}

async fn a_forgotten_message_is_not_kept_by_entries_of_its_changes(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { lasting_entries: 20, ..Limits::default() }).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    fixture.befriend(ana.id, ben.id).await;
    let chat = fixture.begins(&ana, &ben).await;
    let bens = fixture.direct_chat(chat.id, &ben).await;
    let gone = fixture.says(&chat, "Another secret").await;
    fixture.edits(&chat, 3, chat.owner.id, "A secret").await.unwrap();
    fixture.unsays(&chat, gone, chat.owner.id).await.unwrap();
    for _ in 7..=23 {
        fixture.says(&bens, "Hello").await;
    }
    assert_eq!(fixture.sees(&chat).await.unwrap().first, 5, "the changes are kept, the messages are not");
    assert!(!format!("{:?}", fixture.conversation(&chat).await).contains("secret"));
    assert_eq!(fixture.said(&chat).await[..2], ["edited", "removed"]);
    fixture.deletes(&ana).await;
    assert!(!format!("{:?}", fixture.conversation(&chat).await).contains("ana"), "nothing of the account is left");
}

async fn a_link_chat_forgets_nothing(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 20, lasting_entries: 5, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    for _ in 0..19 {
        fixture.says(&chat, "Hello").await;
    }
    assert!(fixture.posts(&chat, Some(&chat.owner), "One more").await.is_err());
    assert_eq!((fixture.conversation(&chat).await.len(), fixture.sees(&chat).await.unwrap().first), (20, 1));
}

checks!(
    the_oldest_tenth_is_forgotten_at_the_limit,
    long_messages_are_forgotten_by_their_content,
    a_chat_that_forgets_does_not_grow,
    a_forgotten_message_is_not_kept_by_entries_of_its_changes,
    a_link_chat_forgets_nothing,
);
