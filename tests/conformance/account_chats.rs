//! Accounts in chats: as owners, as guests, as members.

use std::time::Duration;

use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::limits::{FIRST_COOLDOWN, MAX_ACCOUNT_CHATS};
use parlor::domain::member::Role;
use parlor::store::chats::NotOpened;
use parlor::store::knocks::NotKnocked;

use crate::backends::Backend;
use crate::fixture::{Fixture, name, these};
use crate::people::principal;

async fn an_account_owns_what_it_opens(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let chat = fixture.opens_as(&ana).await;
    let seat = fixture.seat(&chat, principal(&ana)).await.unwrap().member;
    assert_eq!((seat.role, seat.username.as_ref()), (Role::Owner, Some(&ana.username)));
    assert!(fixture.seat(&chat, principal(&ben)).await.is_none());
    let link = fixture.shares(&chat).await;
    assert!(fixture.seat(&chat, principal(&ana)).await.is_some(), "also once the chat has a door");
    assert_eq!(fixture.tries_to_knock_as(&link, &ana).await.unwrap_err(), NotKnocked::AlreadyInside);
    assert_eq!(fixture.store.chats_of(ana.id).await.unwrap(), [chat.id]);
    assert!(fixture.store.chats_of(ben.id).await.unwrap().is_empty());
}

async fn an_account_has_one_pending_knock_a_chat(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, chat) = (fixture.signs_up("ana").await, fixture.opens().await);
    let (first, second, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await, fixture.opens().await);
    let elsewhere = fixture.shares(&other).await;
    let knocked = fixture.arrives(fixture.guest_as(&first, &ana)).await.unwrap();
    assert_eq!(knocked.knock.username.as_ref(), Some(&ana.username));
    for link in [&first, &second] {
        assert_eq!(fixture.tries_to_knock_as(link, &ana).await.unwrap_err(), NotKnocked::AlreadyInside);
        let standing = fixture.standing(link, principal(&ana)).await.expect("a pending knock counts for every link of its chat");
        assert_eq!((standing.knock.id, standing.knock.status), (knocked.knock.id, KnockStatus::Pending));
    }
    assert!(fixture.standing(&elsewhere, principal(&ana)).await.is_none());
    fixture.tries_to_knock_as(&elsewhere, &ana).await.unwrap();
    let mut chats = fixture.store.chats_of(ana.id).await.unwrap();
    chats.sort_unstable();
    let mut both = [chat.id, other.id];
    both.sort_unstable();
    assert_eq!(chats, both);
    fixture.withdraws(&second, &knocked).await.unwrap();
    assert!(fixture.standing(&second, principal(&ana)).await.is_none(), "one that ended counts for its own link alone");
    fixture.tries_to_knock_as(&second, &ana).await.unwrap();
}

async fn a_decline_bars_the_account_from_that_link_whatever_its_name(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben, chat) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await, fixture.opens().await);
    let (link, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    let first = fixture.guest_as(&link, &ana);
    let address = first.address;
    let knocked = fixture.arrives(first).await.unwrap();
    fixture.decides(&link, these([&knocked]), Verdict::Decline).await.unwrap();
    for called in ["ana", "Somebody else"] {
        let mut again = fixture.guest_as(&link, &ana);
        again.name = Some(name(called));
        assert!(matches!(fixture.arrives(again).await, Err(NotKnocked::Barred { .. })), "{called}");
    }
    let mut bens = fixture.guest_as(&link, &ben);
    (bens.name, bens.address) = (Some(name("ana")), address);
    fixture.arrives(bens).await.expect("another account at that address is not barred");
    let mut guests = fixture.guest(&link, "ana");
    guests.address = address;
    fixture.arrives(guests).await.expect("nor is a guest without an account");
    fixture.tries_to_knock_as(&other, &ana).await.expect("nor the account from another link");
    let waiting = fixture.standing(&other, principal(&ana)).await.unwrap();
    fixture.withdraws(&other, &waiting).await.unwrap();
    fixture.later(FIRST_COOLDOWN.saturating_sub(Duration::from_millis(1)));
    assert!(matches!(fixture.tries_to_knock_as(&link, &ana).await, Err(NotKnocked::Barred { .. })));
    fixture.later(Duration::from_millis(1));
    fixture.tries_to_knock_as(&link, &ana).await.unwrap();
}

async fn an_account_that_was_let_in_is_a_member_and_comes_back_after_it_left(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, chat) = (fixture.signs_up("ana").await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    let member = fixture.enters_as(&link, &ana).await;
    assert_eq!((member.username.as_ref(), member.role), (Some(&ana.username), Role::Member));
    assert_eq!(fixture.seat(&chat, principal(&ana)).await.unwrap().member, member);
    assert_eq!(fixture.tries_to_knock_as(&link, &ana).await.unwrap_err(), NotKnocked::AlreadyInside);
    fixture.removes(&chat, member.id, member.id).await.unwrap();
    assert!(fixture.seat(&chat, principal(&ana)).await.is_none());
    assert_eq!(fixture.store.chats_of(ana.id).await.unwrap(), [chat.id], "also where it was a member");
    fixture.enters_as(&link, &ana).await;
}

async fn an_account_has_so_many_chats(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, host) = (fixture.signs_up("ana").await, fixture.opens().await);
    let (link, elsewhere) = (fixture.shares(&host).await, fixture.shares(&fixture.opens().await).await);
    let member = fixture.enters_as(&link, &ana).await;
    let mut last = None;
    for _ in 1..MAX_ACCOUNT_CHATS {
        last = Some(fixture.opens_as(&ana).await);
    }
    assert_eq!(fixture.store.chats_of(ana.id).await.unwrap().len(), MAX_ACCOUNT_CHATS);
    assert_eq!(fixture.tries_to_open_as(&ana).await.unwrap_err(), NotOpened::AccountFull);
    assert_eq!(fixture.tries_to_knock_as(&elsewhere, &ana).await.unwrap_err(), NotKnocked::AccountFull);
    fixture.removes(&host, member.id, member.id).await.unwrap();
    fixture.tries_to_knock_as(&link, &ana).await.expect("a chat in which it was already is no further one");
    fixture.closes(&last.unwrap()).await.unwrap();
    assert_eq!(fixture.store.chats_of(ana.id).await.unwrap().len(), MAX_ACCOUNT_CHATS - 1, "a chat that ended counts no more");
    fixture.tries_to_knock_as(&elsewhere, &ana).await.unwrap();
}

checks!(
    an_account_owns_what_it_opens,
    an_account_has_one_pending_knock_a_chat,
    a_decline_bars_the_account_from_that_link_whatever_its_name,
    an_account_that_was_let_in_is_a_member_and_comes_back_after_it_left,
    an_account_has_so_many_chats,
);
