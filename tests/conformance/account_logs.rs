//! The logs of accounts: what they tell, how much they keep, and what a deletion leaves.

use parlor::domain::account::AccountChange;
use parlor::domain::account_log::{AccountEvent, MAX_ACCOUNT_ENTRIES};
use parlor::domain::event_log::{LogUpdate, Topic};
use parlor::domain::friendship::Answer;
use parlor::domain::id::AccountId;
use parlor::domain::random::SystemRandom;
use parlor::store::friends::NotRequested;

use crate::account_fixture::{NAMED, pair};
use crate::backends::Backend;
use crate::fixture::done;

async fn the_log_of_an_account_tells_what_concerns_it(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let request = fixture.asks(ana, ben).await;
    assert_eq!(fixture.events(ben).await, [AccountEvent::FriendRequest(request.clone())]);
    let accepted = fixture.answers(&request, ben, Answer::Accept).await.unwrap();
    let since = fixture.now();
    assert_eq!(fixture.events(ana).await, [AccountEvent::FriendRequest(accepted), AccountEvent::FriendshipBegan(ben, since)]);
    let ended = fixture.store.unfriend(ana, ben, fixture.now()).await.unwrap().into_parts().1;
    let told = |update: &LogUpdate| match update {
        LogUpdate::Appended { topic: Topic::Account(account), head, .. } => (*account, head.seq),
        other => panic!("{other:?}"),
    };
    assert_eq!(ended.iter().map(told).collect::<Vec<_>>(), [(ana, 3), (ben, 4)], "both are woken");
    let rejected = fixture.asks(ben, ana).await;
    fixture.answers(&rejected, ana, Answer::Reject).await.unwrap();
    assert_eq!(fixture.events(ben).await.len(), 4, "a rejection is not told");
    let change = AccountChange { findable: Some(false), ..AccountChange::default() };
    done(fixture.store.update_account(ben, change, fixture.now()).await).unwrap();
    assert_eq!(fixture.events(ben).await.last(), Some(&AccountEvent::MeUpdated));
}

async fn the_log_of_an_account_keeps_its_newest_entries(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    for _ in 0..MAX_ACCOUNT_ENTRIES {
        let request = fixture.asks(ana, ben).await;
        fixture.takes_back(&request, ana).await.unwrap();
    }
    let head = 2 * MAX_ACCOUNT_ENTRIES as u64;
    assert_eq!(fixture.events(ben).await.len(), MAX_ACCOUNT_ENTRIES);
    let batch = fixture.store.account_events_after(ben, head - 3, 2, fixture.now()).await.unwrap().unwrap();
    assert!(matches!(batch.events[..], [AccountEvent::RequestWithdrawn(_), AccountEvent::FriendRequest(_)]), "{batch:?}");
    assert_eq!(batch.head, head);
    let nobody = AccountId::random(&SystemRandom);
    assert_eq!(fixture.store.account_events_after(nobody, 0, 1, fixture.now()).await.unwrap(), None);
    assert!(fixture.head(Topic::Account(nobody)).await.is_none());
}

async fn a_deleted_account_is_gone_from_all_lists_and_logs(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let (eve, zoe) = (fixture.registers("eve").await, fixture.registers("zoe").await);
    fixture.befriend(ana, ben).await;
    fixture.asks(ana, eve).await;
    fixture.asks(zoe, ana).await;
    fixture.blocks(ben, zoe).await;
    fixture.blocks(zoe, ben).await;
    let updates = fixture.store.delete_account(ana, fixture.now()).await.unwrap().unwrap().into_parts().1;
    assert!(updates.iter().any(|update| matches!(update, LogUpdate::Ended { topic: Topic::Account(account), .. } if *account == ana)));
    for other in [ben, eve, zoe] {
        assert!(fixture.requests(other, None).await.is_empty() && fixture.friends(other).await.is_empty());
        let events = fixture.events(other).await;
        assert!(events.iter().all(|event| *event == AccountEvent::AccountDeleted), "{events:?}");
        assert!(!events.is_empty());
    }
    assert!(fixture.store.related_accounts(ben, &[ana]).await.unwrap()[0].is_none());
    assert_eq!(fixture.tries_to_ask(ben, ana).await, Err(NotRequested::Gone));
    fixture.store.delete_account(zoe, fixture.now()).await.unwrap().unwrap().into_parts();
    assert!(fixture.store.list_blocks(ben, NAMED).await.unwrap().items.is_empty());
}

checks!(
    the_log_of_an_account_tells_what_concerns_it,
    the_log_of_an_account_keeps_its_newest_entries,
    a_deleted_account_is_gone_from_all_lists_and_logs,
);
