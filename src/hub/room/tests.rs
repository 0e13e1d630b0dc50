//! Tests of a room: which subscribers are woken, and when the room is removed.

use futures_util::FutureExt as _;

use super::*;
use crate::domain::ephemeral::{EphemeralChange, EphemeralEvent};
use crate::domain::event_log::LogUpdate;
use crate::domain::id::MemberId;
use crate::domain::id::{ChatId, Epoch};
use crate::domain::random::SystemRandom;
use crate::domain::receipt::{MovedReceipt, Receipt, ReceiptViewer};
use crate::hub::schedule::Due;
use crate::hub::{Hub, MAX_TAIL_BYTES};

#[derive(Debug)]
struct Blank;

impl Render for Blank {
    fn entry(&self, _: Topic, _: &Entry) -> Bytes {
        Bytes::from_static(b"x")
    }

    fn ephemeral(&self, _: Topic, _: &EphemeralEvent) -> Bytes {
        Bytes::from_static(b"y")
    }

    fn redacted(&self, topic: Topic, entry: &Entry) -> Bytes {
        self.entry(topic, entry)
    }

    fn position(&self, _: &mut Vec<u8>, _: IdPrefix, _: Position) {}
}

fn head(number: u64) -> Head {
    Head { epoch: Epoch::random(&SystemRandom), seq: number, expires_at: Timestamp::NEVER }
}

fn frames(numbers: std::ops::RangeInclusive<u64>) -> Vec<Frame> {
    numbers.map(|number| Frame { seq: number, ends_streams_of: None, body: Bytes::from_static(b"x"), redaction: None }).collect()
}

#[tokio::test]
async fn a_subscriber_at_the_head_is_woken_when_the_store_has_more() {
    let hub = Arc::new(Hub::new(Arc::new(Blank), MAX_TAIL_BYTES));
    let topic = Topic::Conversation(ChatId::random(&SystemRandom));
    let mut subscription = hub.join(topic);
    subscription.room().advance_head(head(4));
    subscription.changed().await;
    subscription.room().backfill(&frames(5..=6));
    let result = tokio::time::timeout(std::time::Duration::from_secs(5), subscription.changed()).await;
    assert!(result.is_ok(), "the subscription still waits at 4 while the room is at {}", subscription.room().head());
}

#[tokio::test]
async fn a_room_is_removed_with_its_last_subscription() {
    let hub = Arc::new(Hub::new(Arc::new(Blank), MAX_TAIL_BYTES));
    let topic = Topic::Conversation(ChatId::random(&SystemRandom));
    let subscriptions: Vec<_> = (0..600).map(|_| hub.join(topic)).collect();
    assert_eq!(hub.topics(), [topic]);
    drop(subscriptions);
    assert_eq!(hub.topics(), []);
}

#[tokio::test]
async fn every_subscriber_of_a_large_room_is_woken() {
    let hub = Arc::new(Hub::new(Arc::new(Blank), MAX_TAIL_BYTES));
    let topic = Topic::Conversation(ChatId::random(&SystemRandom));
    let mut subscriptions: Vec<_> = (0..1_000).map(|_| hub.join(topic)).collect();
    for number in 1..=3 {
        subscriptions[0].room().advance_head(head(number));
        for subscription in &mut subscriptions {
            tokio::time::timeout(std::time::Duration::from_secs(5), subscription.changed()).await.expect("every subscriber is woken");
        }
    }
}

#[tokio::test]
async fn ephemeral_changes_wake_subscribers_when_they_are_published() {
    let hub = Arc::new(Hub::new(Arc::new(Blank), MAX_TAIL_BYTES));
    let topic = Topic::Conversation(ChatId::random(&SystemRandom));
    let moved = MovedReceipt { member: MemberId::OWNER, receipt: Receipt::up_to(1), delivered_moved: true, shows_read: true };
    let update = LogUpdate::Ephemeral { topic, change: EphemeralChange::Receipt(moved) };
    hub.apply(update.clone());
    let now = Timestamp::from_millis(0);
    assert!(hub.take_due(now).is_empty(), "no one listens");
    let mut subscription = hub.join(topic);
    let mut at = subscription.room().ephemeral_position();
    hub.apply(update.clone());
    hub.apply(update);
    hub.schedule_changed().await;
    assert!(subscription.changed().now_or_never().is_none(), "it is not published yet");
    assert_eq!(hub.take_due(now), [Due::Room(topic)], "two changes are one publication");
    hub.publish(topic, now);
    subscription.changed().await;
    let viewer = EphemeralViewer { receipts: ReceiptViewer { member: MemberId::OWNER, shows_read: true }, sight: None };
    let mut next = || subscription.room().next_ephemeral(&mut at, &viewer, OnlineMembers::default);
    assert_eq!(next().unwrap(), "yy", "the receipt, and at first who is online");
    assert!(hub.take_due(now).is_empty() && next().is_none());
}
