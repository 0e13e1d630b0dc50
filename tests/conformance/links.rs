//! Links: how they are created, how they end, what is kept of dead ones.

use std::time::Duration;

use parlor::domain::chat::Admission;
use parlor::domain::event_log::Event;
use parlor::domain::id::MemberId;
use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::limits::Limits;
use parlor::domain::link::{Link, OnRevoke};
use parlor::domain::member::LeaveReason;
use parlor::domain::pagination::PageRequest;
use parlor::store::knocks::NotKnocked;
use parlor::store::links::{NotLinked, NotRevoked};

use crate::backends::Backend;
use crate::fixture::{Fixture, key, these};

async fn links_are_numbered_and_listed_in_pages(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(fixture.shares(&chat).await);
    }
    assert_eq!(made.iter().map(|link| link.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let page = async |after, limit| {
        let cut = fixture.store.list_links(chat.id, PageRequest { after, limit }, fixture.now()).await.unwrap().unwrap();
        (cut.items.iter().map(|link| link.number).collect::<Vec<_>>(), cut.has_more)
    };
    assert_eq!(page(0, 2).await, (vec![1, 2], true));
    assert_eq!(page(2, 3).await, (vec![3, 4, 5], false));
    let (of, found) = fixture.store.find_link(made[2].id, fixture.now()).await.unwrap().unwrap();
    assert_eq!((of, found.number), (chat.id, 3));
    assert!(fixture.finds(fixture.link_id()).await.is_none());
    assert_eq!(fixture.told(&chat).await, ["created"; 5]);
}

async fn the_same_key_makes_one_link(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { links: 1, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let makes = async |name, body| {
        let mut new = fixture.new_link(&chat);
        new.key = Some(key(name, body));
        fixture.makes(new).await
    };
    let first = makes("a", "1").await.unwrap();
    let again = makes("a", "1").await.unwrap();
    assert_eq!((first.replayed, again.replayed, again.value.id), (false, true, first.value.id));
    assert_eq!(makes("a", "2").await.unwrap_err(), NotLinked::KeyReused);
    assert_eq!(makes("b", "1").await.unwrap_err(), NotLinked::Full);
    assert_eq!(fixture.links(&chat).await.len(), 1);
}

async fn in_a_knock_chat_links_are_the_owners(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (knock, open) = (fixture.opens().await, fixture.opens_to_all().await);
    let link = fixture.shares(&knock).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    for maker in [Some(ben.id), None] {
        assert_eq!(fixture.shares_so(&knock, |link| link.created_by = maker).await.unwrap_err(), NotLinked::Gone);
    }
    fixture.shares_so(&open, |link| link.created_by = None).await.unwrap();
    assert_eq!(fixture.shares_so(&open, |link| link.created_by = Some(MemberId(9))).await.unwrap_err(), NotLinked::Gone);
    fixture.turns(&open, Admission::Knock).await.unwrap();
    assert_eq!(fixture.shares_so(&open, |link| link.created_by = None).await.unwrap_err(), NotLinked::Gone);
}

async fn the_bound_counts_live_links(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { links: 3, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let revoked = fixture.shares(&chat).await;
    let used_up = fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + Duration::from_secs(1)).await.unwrap();
    let full = async || assert_eq!(fixture.shares_so(&chat, |_| {}).await.unwrap_err(), NotLinked::Full);
    full().await;
    fixture.revokes(&revoked, OnRevoke::KeepMembers).await.unwrap();
    fixture.shares(&chat).await;
    full().await;
    fixture.enters(&used_up, "Ben").await;
    fixture.shares(&chat).await;
    full().await;
    fixture.later(Duration::from_secs(1));
    fixture.shares(&chat).await;
    full().await;
}

async fn of_dead_links_the_last_are_kept(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { links: 5, dead_links: 2, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let mut made = Vec::new();
    let stays = fixture.shares(&chat).await;
    let (ben, bens) = fixture.enters(&stays, "Ben").await;
    for round in 0..40 {
        let link = fixture.shares(&chat).await;
        let guest = fixture.knocks(&link, "Cleo").await;
        if round == 0 {
            fixture.decides(&link, these([&guest]), Verdict::Approve).await.unwrap();
        }
        fixture.revokes(&link, OnRevoke::KeepMembers).await.unwrap();
        made.push((link, guest));
    }
    fixture.shares(&chat).await;
    let kept: Vec<_> = fixture.links(&chat).await.iter().map(|link| link.id).collect();
    assert_eq!(kept.len(), 4, "two live ones, two dead ones");
    for (place, (link, guest)) in made.iter().enumerate() {
        let is_kept = place >= 38;
        assert_eq!((kept.contains(&link.id), fixture.finds(link.id).await.is_some()), (is_kept, is_kept));
        assert_eq!(fixture.status(link, guest).await, is_kept.then_some(KnockStatus::Declined));
    }
    assert_eq!(fixture.knocks_of(&chat, Some(KnockStatus::Declined)).await.len(), 2);
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben", "Cleo"], "members who came by a forgotten link stay");
    assert_eq!(fixture.seat(&chat, bens).await.unwrap().member, ben);
    assert!(fixture.seat(&chat, made[0].1.client).await.is_some());
}

async fn revoking_declines_in_the_same_step_whoever_waits(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (link, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    let (ben, cleo, dan) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await, fixture.knocks(&other, "Dan").await);
    let (_, admitted) = fixture.enters(&link, "Eve").await;
    fixture.revokes(&link, OnRevoke::KeepMembers).await.unwrap();
    assert_eq!(fixture.status(&link, &ben).await, Some(KnockStatus::Declined));
    assert_eq!(fixture.status(&link, &cleo).await, Some(KnockStatus::Declined));
    assert_eq!(fixture.status(&other, &dan).await, Some(KnockStatus::Pending));
    assert!(fixture.seat(&chat, admitted).await.is_some());
    let told = fixture.told(&chat).await;
    assert_eq!(told[told.len() - 3..], ["revoked", "decided", "decided"]);
    assert_eq!(fixture.arrives(fixture.guest(&link, "Fay")).await.unwrap_err(), NotKnocked::Gone);
    let at = fixture.now();
    assert_eq!(fixture.finds(link.id).await.unwrap().revoked_at, Some(at));
    assert_eq!(fixture.finds(other.id).await.unwrap().revoked_at, None);
    fixture.later(Duration::from_secs(1));
    fixture.revokes(&link, OnRevoke::KeepMembers).await.expect("revoking again is allowed");
    assert_eq!(fixture.told(&chat).await.len(), told.len());
    assert_eq!(fixture.finds(link.id).await.unwrap().revoked_at, Some(at), "the first revocation time is kept");
}

async fn evicting_removes_whom_the_link_let_in_even_if_it_is_dead(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (link, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    let walk = fixture.shares_so(&chat, |link| link.auto_approve = true).await.unwrap();
    let (_, ben) = fixture.enters(&link, "Ben").await;
    let (_, cleo) = fixture.enters(&link, "Cleo").await;
    let (_, dan) = fixture.enters(&other, "Dan").await;
    fixture.revokes(&link, OnRevoke::KeepMembers).await.unwrap();
    fixture.revokes(&link, OnRevoke::EvictMembers).await.unwrap();
    assert_eq!(fixture.names(&chat).await, ["Owner", "Dan"]);
    for (client, stays) in [(ben, false), (cleo, false), (dan, true)] {
        assert_eq!(fixture.seat(&chat, client).await.is_some(), stays);
    }
    assert!(fixture.finds(walk.id).await.unwrap().revoked_at.is_some(), "a removed member needs approval again");
    let log = fixture.conversation(&chat).await;
    let evicted = |event: &Event| matches!(event, Event::MemberLeft { reason: LeaveReason::Evicted, by, .. } if by.is_owner());
    assert_eq!(log.iter().filter(|entry| evicted(&entry.event)).count(), 2);
    fixture.later(Duration::from_hours(23));
    fixture.says(&chat, "Later").await;
    fixture.later(Duration::from_hours(2));
    fixture.revokes(&other, OnRevoke::EvictMembers).await.expect("an expired one too");
    assert_eq!(fixture.names(&chat).await, ["Owner"]);
}

async fn nobody_is_evicted_from_an_open_chat(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_to_all().await;
    let link = fixture.shares(&chat).await;
    fixture.walks_in(&link, "Ben").await;
    assert_eq!(fixture.revokes(&link, OnRevoke::EvictMembers).await.unwrap_err(), NotRevoked::ChatIsOpen);
    assert!(fixture.finds(link.id).await.unwrap().revoked_at.is_none(), "nothing was changed");
    fixture.revokes(&link, OnRevoke::KeepMembers).await.unwrap();
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben"]);
}

async fn revoking_has_room_when_the_chat_is_full(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 3, door: 2, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    fixture.enters(&link, "Ben").await;
    fixture.knocks(&link, "Cleo").await;
    fixture.says(&chat, "Full").await;
    fixture.revokes(&link, OnRevoke::EvictMembers).await.unwrap();
    assert_eq!(fixture.names(&chat).await, ["Owner"]);
    assert_eq!(fixture.knocks_of(&chat, Some(KnockStatus::Pending)).await.len(), 0);
    assert_eq!(fixture.told(&chat).await, ["revoked", "decided"]);
}

async fn links_of_a_chat_that_is_gone_are_gone(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (closed, expired) = (fixture.opens().await, fixture.opens_for(60).await);
    let links = [fixture.shares(&closed).await, fixture.shares(&expired).await];
    fixture.closes(&closed).await.unwrap();
    fixture.later(Duration::from_mins(1));
    for link in &links {
        assert!(fixture.finds(link.id).await.is_none());
        assert_eq!(fixture.revokes(link, OnRevoke::KeepMembers).await.unwrap_err(), NotRevoked::Gone);
    }
    fixture.clears(100).await;
    assert!(fixture.finds(links[1].id).await.is_none());
}

async fn a_dead_link_cannot_be_knocked_on(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let expires = fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + Duration::from_secs(1)).await.unwrap();
    let used_up = fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let revoked = fixture.shares(&chat).await;
    fixture.enters(&used_up, "Ben").await;
    fixture.revokes(&revoked, OnRevoke::KeepMembers).await.unwrap();
    fixture.later(Duration::from_secs(1));
    for link in [&expires, &used_up, &revoked] {
        assert_eq!(fixture.arrives(fixture.guest(link, "Cleo")).await.unwrap_err(), NotKnocked::Gone);
    }
    let nowhere = Link { id: fixture.link_id(), ..revoked };
    assert_eq!(fixture.arrives(fixture.guest(&nowhere, "Cleo")).await.unwrap_err(), NotKnocked::Gone);
}

checks!(
    links_are_numbered_and_listed_in_pages,
    the_same_key_makes_one_link,
    in_a_knock_chat_links_are_the_owners,
    the_bound_counts_live_links,
    of_dead_links_the_last_are_kept,
    revoking_declines_in_the_same_step_whoever_waits,
    evicting_removes_whom_the_link_let_in_even_if_it_is_dead,
    nobody_is_evicted_from_an_open_chat,
    revoking_has_room_when_the_chat_is_full,
    links_of_a_chat_that_is_gone_are_gone,
    a_dead_link_cannot_be_knocked_on,
);
