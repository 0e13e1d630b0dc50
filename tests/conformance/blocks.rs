//! Blocks: what they end, and that the other one does not notice.

use std::slice::from_ref;
use std::time::Duration;

use parlor::domain::friendship::{Answer, Friendship, Relation};
use parlor::domain::id::AccountId;
use parlor::domain::random::SystemRandom;
use parlor::store::friends::{NotAnswered, NotBlocked, NotRequested, RequestNotWithdrawn, Requested};

use crate::account_fixture::{INCOMING, NAMED, OUTGOING, pair};
use crate::backends::Backend;
use crate::fixture::done;

async fn who_is_blocked_does_not_notice(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    fixture.blocks(ben, ana).await;
    let request = fixture.asks(ana, ben).await;
    assert_eq!(fixture.tries_to_ask(ana, ben).await, Ok(Requested::Same(request.clone())));
    assert_eq!(fixture.requests(ana, OUTGOING).await, from_ref(&request));
    assert!(fixture.requests(ben, None).await.is_empty() && fixture.events(ben).await.is_empty(), "the receiver never sees it");
    assert_eq!((fixture.friendship(ana, ben).await, fixture.friendship(ben, ana).await), (Friendship::Outgoing, Friendship::None));
    assert!(fixture.relation(ana, ben).await.is_blocked && fixture.relation(ben, ana).await.is_blocked);
    assert_eq!(fixture.answers(&request, ben, Answer::Accept).await, Err(NotAnswered::Gone));
    assert_eq!(fixture.takes_back(&request, ben).await, Err(RequestNotWithdrawn::Gone));
    assert_eq!(fixture.tries_to_ask(ben, ana).await, Err(NotRequested::BlockedBySender));
    fixture.unblocks(ben, ana).await;
    assert!(fixture.requests(ben, None).await.is_empty(), "it stays hidden");
    assert!(matches!(fixture.tries_to_ask(ben, ana).await, Ok(Requested::Crossed(_))), "a later request the other way crosses it");
    assert_eq!((fixture.friends(ana).await.len(), fixture.requests(ben, INCOMING).await.len()), (1, 1));
}

async fn blocking_ends_what_was_there(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let eve = fixture.registers("eve").await;
    fixture.befriend(ana, ben).await;
    fixture.asks(ana, eve).await;
    fixture.blocks(ana, ben).await;
    fixture.blocks(ana, eve).await;
    assert!(fixture.friends(ana).await.is_empty() && fixture.friends(ben).await.is_empty());
    assert!(fixture.requests(eve, None).await.is_empty(), "one's own request is withdrawn");
    let since = fixture.now();
    fixture.later(Duration::from_millis(1));
    fixture.blocks(ana, ben).await;
    let blocks = fixture.store.list_blocks(ana, NAMED).await.unwrap().items;
    assert_eq!(blocks.iter().map(|block| (block.account.id, block.since)).collect::<Vec<_>>(), [(ben, since), (eve, since)]);
    let theirs = fixture.asks(eve, ben).await;
    fixture.blocks(ben, eve).await;
    assert!(fixture.requests(ben, INCOMING).await.iter().all(|one| one.from != eve), "what was pending is hidden");
    assert_eq!(fixture.requests(eve, OUTGOING).await, [theirs]);
    fixture.unblocks(ana, ben).await;
    fixture.unblocks(ana, ben).await;
    assert_eq!(fixture.relation(ben, ana).await, Relation::default());
    assert_eq!(done(fixture.store.block(ana, AccountId::random(&SystemRandom), fixture.now()).await), Err(NotBlocked::Gone));
}

checks!(who_is_blocked_does_not_notice, blocking_ends_what_was_there,);
