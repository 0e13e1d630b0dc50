//! What presence depends on: who sees whom, friends, the size of chats, when an account was online last.

use std::time::Duration;

use parlor::domain::account::AccountChange;
use parlor::domain::event_log::LogUpdate;
use parlor::domain::id::{AccountId, ChatId};
use parlor::domain::presence::Sight;
use parlor::domain::random::SystemRandom;

use crate::account_fixture::pair;
use crate::backends::Backend;
use crate::fixture::Fixture;

/// The accounts whose sight may have changed, as these updates say.
fn changed(updates: &[LogUpdate]) -> Vec<AccountId> {
    let account = |update: &LogUpdate| match update {
        LogUpdate::SightChanged { account } => Some(*account),
        _ => None,
    };
    let mut accounts: Vec<AccountId> = updates.iter().filter_map(account).collect();
    accounts.sort_unstable();
    accounts
}

fn sorted<const N: usize>(mut accounts: [AccountId; N]) -> [AccountId; N] {
    accounts.sort_unstable();
    accounts
}

async fn neither_of_a_block_sees_the_other(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let eve = fixture.registers("eve").await;
    let hidden = async |of: AccountId| fixture.store.sights(&[of]).await.unwrap()[0].hidden.to_vec();
    for (one, other) in [(ana, ben), (eve, ana), (ben, ana)] {
        let updates = fixture.store.block(one, other, fixture.now()).await.unwrap().unwrap().into_parts().1;
        assert_eq!(changed(&updates), sorted([one, other]), "both are told to look");
    }
    assert_eq!(hidden(ana).await, sorted([ben, eve]), "each once, in order");
    assert_eq!((hidden(ben).await, hidden(eve).await), (vec![ana], vec![ana]));
    let updates = fixture.store.unblock(ana, ben, fixture.now()).await.unwrap().into_parts().1;
    assert_eq!(changed(&updates), sorted([ana, ben]));
    assert_eq!(hidden(ana).await, sorted([ben, eve]), "ben blocks her still");
    fixture.unblocks(ben, ana).await;
    assert_eq!((hidden(ana).await, hidden(ben).await), (vec![eve], Vec::new()));
}

async fn an_account_is_shown_as_it_says_and_one_that_is_gone_is_not(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let shown = async || fixture.store.sights(&[ana.id]).await.unwrap()[0].is_shown;
    assert!(shown().await);
    let changes = async |change: AccountChange| {
        let updates = fixture.store.update_account(ana.id, change, fixture.now()).await.unwrap().unwrap().into_parts().1;
        changed(&updates)
    };
    assert_eq!(changes(AccountChange { presence: Some(false), ..AccountChange::default() }).await, [ana.id]);
    assert!(!shown().await);
    assert_eq!(changes(AccountChange { findable: Some(false), ..AccountChange::default() }).await, [], "another setting is none of theirs");
    changes(AccountChange { presence: Some(true), ..AccountChange::default() }).await;
    assert!(shown().await);
    fixture.deletes(&ana).await;
    assert_eq!(fixture.store.sights(&[ana.id, AccountId::random(&SystemRandom)]).await.unwrap(), [Sight::default(), Sight::default()]);
}

async fn friends_are_those_of_the_moment(backend: Backend) {
    let (fixture, ana, ben) = pair(backend).await;
    let eve = fixture.registers("eve").await;
    let friends = async |of: AccountId| {
        let mut friends = fixture.store.friends_of(of).await.unwrap();
        friends.sort_unstable();
        friends
    };
    assert_eq!(friends(ana).await, []);
    fixture.befriend(ana, ben).await;
    fixture.befriend(eve, ana).await;
    fixture.asks(ben, eve).await;
    assert_eq!((friends(ana).await, friends(ben).await), (sorted([ben, eve]).to_vec(), vec![ana]));
    fixture.blocks(eve, ana).await;
    fixture.unfriends(ana, ben).await;
    assert_eq!((friends(ana).await, friends(eve).await), (Vec::new(), Vec::new()));
}

async fn members_are_counted_while_they_are_some(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (account, chat, other) = (fixture.signs_up("ben").await, fixture.opens().await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    let counts = async || fixture.store.count_members(&[chat.id, other.id, ChatId::random(&SystemRandom)], fixture.now()).await.unwrap();
    assert_eq!(counts().await, [1, 1, 0]);
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    fixture.enters_as(&link, &account).await;
    assert_eq!(counts().await, [3, 1, 0]);
    fixture.removes(&chat, cleo.id, chat.owner.id).await.unwrap();
    fixture.deletes(&account).await;
    fixture.closes(&other).await;
    assert_eq!(counts().await, [1, 0, 0]);
}

async fn when_an_account_was_online_last_moves_forward_only(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let seen = async || fixture.store.find_account(ana.id).await.unwrap().unwrap().last_seen_at;
    let (before, later) = (fixture.now(), fixture.now() + Duration::from_mins(7));
    fixture.store.note_seen(ana.id, later).await.unwrap();
    assert_eq!(seen().await, later);
    fixture.store.note_seen(ana.id, before).await.unwrap();
    assert_eq!(seen().await, later);
    fixture.store.note_seen(AccountId::random(&SystemRandom), later).await.unwrap();
}

checks!(
    neither_of_a_block_sees_the_other,
    an_account_is_shown_as_it_says_and_one_that_is_gone_is_not,
    friends_are_those_of_the_moment,
    members_are_counted_while_they_are_some,
    when_an_account_was_online_last_moves_forward_only,
);
