//! Who in a room is woken, and when the room is gone.

use super::*;
use crate::domain::dice::SystemDice;
use crate::domain::id::ChatId;
use crate::live::{Live, TAILS};

#[derive(Debug)]
struct Blank;

impl Render for Blank {
    fn entry(&self, _: Topic, _: &Entry) -> Bytes {
        Bytes::from_static(b"x")
    }

    fn position(&self, _: &mut Vec<u8>, _: Epoch, _: Position) {}
}

fn head(number: u64) -> Head {
    Head { epoch: Epoch::random(&SystemDice), number, expires_at: Timestamp::NEVER }
}

fn frames(numbers: std::ops::RangeInclusive<u64>) -> Vec<Frame> {
    numbers.map(|number| Frame { number, closes: None, body: Bytes::from_static(b"x") }).collect()
}

#[tokio::test]
async fn whoever_stands_at_the_head_is_woken_when_the_store_knows_of_more() {
    let live = Arc::new(Live::new(Arc::new(Blank), TAILS));
    let topic = Topic::Conversation(ChatId::random(&SystemDice));
    let mut listener = live.join(topic);
    listener.room().raise(head(4));
    listener.woken().await;
    listener.room().fill(&frames(5..=6));
    let woken = tokio::time::timeout(std::time::Duration::from_secs(5), listener.woken()).await;
    assert!(woken.is_ok(), "the listener sleeps on at 4 while the room stands at {}", listener.room().head());
}

#[tokio::test]
async fn a_room_is_gone_with_its_last_listener() {
    let live = Arc::new(Live::new(Arc::new(Blank), TAILS));
    let topic = Topic::Conversation(ChatId::random(&SystemDice));
    let listeners: Vec<_> = (0..600).map(|_| live.join(topic)).collect();
    assert_eq!(live.topics(), [topic]);
    drop(listeners);
    assert_eq!(live.topics(), []);
}

#[tokio::test]
async fn every_listener_of_a_large_room_is_woken() {
    let live = Arc::new(Live::new(Arc::new(Blank), TAILS));
    let topic = Topic::Conversation(ChatId::random(&SystemDice));
    let mut listeners: Vec<_> = (0..1_000).map(|_| live.join(topic)).collect();
    for number in 1..=3 {
        listeners[0].room().raise(head(number));
        for listener in &mut listeners {
            tokio::time::timeout(std::time::Duration::from_secs(5), listener.woken()).await.expect("everybody is woken");
        }
    }
}
