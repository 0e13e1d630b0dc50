//! Links: how they are made, how they die, what is kept of the dead.

use std::time::Duration;

use parlor::domain::bounds::Bounds;
use parlor::domain::chat::Admission;
use parlor::domain::entry::Event;
use parlor::domain::id::MemberId;
use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::link::Admitted;
use parlor::domain::member::Departure;
use parlor::domain::page::ListPage;
use parlor::store::knocks::NotKnocked;
use parlor::store::links::{NotLinked, NotRevoked};

use crate::scene::{Scene, key, these};
use crate::subject::Subject;

async fn links_are_numbered_and_listed_in_pages(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(scene.shares(&chat).await);
    }
    assert_eq!(made.iter().map(|link| link.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let page = async |after, limit| {
        let cut = scene.store.links(chat.id, ListPage { after, limit }, scene.now()).await.unwrap().unwrap();
        (cut.items.iter().map(|link| link.number).collect::<Vec<_>>(), cut.has_more)
    };
    assert_eq!(page(0, 2).await, (vec![1, 2], true));
    assert_eq!(page(2, 3).await, (vec![3, 4, 5], false));
    let (of, found) = scene.store.find_link(made[2].id, scene.now()).await.unwrap().unwrap();
    assert_eq!((of, found.number), (chat.id, 3));
    assert!(scene.finds(scene.link_id()).await.is_none());
    assert_eq!(scene.told(&chat).await, ["created"; 5]);
}

async fn the_same_key_makes_one_link(subject: Subject) {
    let scene = Scene::within(subject, Bounds { links: 1, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let makes = async |name, body| {
        let mut new = scene.new_link(&chat);
        new.key = Some(key(name, body));
        scene.makes(new).await
    };
    let first = makes("a", "1").await.unwrap();
    let again = makes("a", "1").await.unwrap();
    assert_eq!((first.replayed, again.replayed, again.made.id), (false, true, first.made.id));
    assert_eq!(makes("a", "2").await.unwrap_err(), NotLinked::KeyReused);
    assert_eq!(makes("b", "1").await.unwrap_err(), NotLinked::Full);
    assert_eq!(scene.links(&chat).await.len(), 1);
}

async fn in_a_knock_chat_links_are_the_owners(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (knock, open) = (scene.opens().await, scene.opens_to_all().await);
    let link = scene.shares(&knock).await;
    let (ben, _) = scene.enters(&link, "Ben").await;
    for maker in [Some(ben.id), None] {
        assert_eq!(scene.shares_so(&knock, |link| link.made_by = maker).await.unwrap_err(), NotLinked::Gone);
    }
    scene.shares_so(&open, |link| link.made_by = None).await.unwrap();
    assert_eq!(scene.shares_so(&open, |link| link.made_by = Some(MemberId(9))).await.unwrap_err(), NotLinked::Gone);
    scene.turns(&open, Admission::Knock).await.unwrap();
    assert_eq!(scene.shares_so(&open, |link| link.made_by = None).await.unwrap_err(), NotLinked::Gone);
}

async fn the_bound_counts_live_links(subject: Subject) {
    let scene = Scene::within(subject, Bounds { links: 3, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let revoked = scene.shares(&chat).await;
    let used_up = scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    scene.shares_so(&chat, |link| link.expires_at = scene.now() + Duration::from_secs(1)).await.unwrap();
    let full = async || assert_eq!(scene.shares_so(&chat, |_| {}).await.unwrap_err(), NotLinked::Full);
    full().await;
    scene.revokes(&revoked, Admitted::Stay).await.unwrap();
    scene.shares(&chat).await;
    full().await;
    scene.enters(&used_up, "Ben").await;
    scene.shares(&chat).await;
    full().await;
    scene.later(Duration::from_secs(1));
    scene.shares(&chat).await;
    full().await;
}

async fn of_dead_links_the_last_are_kept(subject: Subject) {
    let scene = Scene::within(subject, Bounds { links: 5, dead_links: 2, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let mut made = Vec::new();
    let stays = scene.shares(&chat).await;
    let (ben, bens) = scene.enters(&stays, "Ben").await;
    for round in 0..40 {
        let link = scene.shares(&chat).await;
        let guest = scene.knocks(&link, "Cleo").await;
        if round == 0 {
            scene.decides(&link, these([&guest]), Verdict::Approve).await.unwrap();
        }
        scene.revokes(&link, Admitted::Stay).await.unwrap();
        made.push((link, guest));
    }
    scene.shares(&chat).await;
    let kept: Vec<_> = scene.links(&chat).await.iter().map(|link| link.id).collect();
    assert_eq!(kept.len(), 4, "two live ones, two dead ones");
    for (place, (link, guest)) in made.iter().enumerate() {
        let is_kept = place >= 38;
        assert_eq!((kept.contains(&link.id), scene.finds(link.id).await.is_some()), (is_kept, is_kept));
        assert_eq!(scene.status(link, guest).await, is_kept.then_some(KnockStatus::Declined));
    }
    assert_eq!(scene.knocks_of(&chat, Some(KnockStatus::Declined)).await.len(), 2);
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben", "Cleo"], "whoever came by a forgotten link stays");
    assert_eq!(scene.seat(&chat, bens).await.unwrap().member, ben);
    assert!(scene.seat(&chat, made[0].1.client).await.is_some());
}

async fn revoking_declines_in_the_same_step_whoever_waits(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let (link, other) = (scene.shares(&chat).await, scene.shares(&chat).await);
    let (ben, cleo, dan) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await, scene.knocks(&other, "Dan").await);
    let (_, admitted) = scene.enters(&link, "Eve").await;
    scene.revokes(&link, Admitted::Stay).await.unwrap();
    assert_eq!(scene.status(&link, &ben).await, Some(KnockStatus::Declined));
    assert_eq!(scene.status(&link, &cleo).await, Some(KnockStatus::Declined));
    assert_eq!(scene.status(&other, &dan).await, Some(KnockStatus::Pending));
    assert!(scene.seat(&chat, admitted).await.is_some());
    let told = scene.told(&chat).await;
    assert_eq!(told[told.len() - 3..], ["revoked", "decided", "decided"]);
    assert_eq!(scene.arrives(scene.guest(&link, "Fay")).await.unwrap_err(), NotKnocked::Gone);
    let at = scene.now();
    assert_eq!(scene.finds(link.id).await.unwrap().revoked_at, Some(at));
    assert_eq!(scene.finds(other.id).await.unwrap().revoked_at, None);
    scene.later(Duration::from_secs(1));
    scene.revokes(&link, Admitted::Stay).await.expect("it may be revoked again");
    assert_eq!(scene.told(&chat).await.len(), told.len());
    assert_eq!(scene.finds(link.id).await.unwrap().revoked_at, Some(at), "it was revoked when it was revoked first");
}

async fn evicting_removes_whom_the_link_let_in_even_if_it_is_dead(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let (link, other) = (scene.shares(&chat).await, scene.shares(&chat).await);
    let walk = scene.shares_so(&chat, |link| link.auto_approve = true).await.unwrap();
    let (_, ben) = scene.enters(&link, "Ben").await;
    let (_, cleo) = scene.enters(&link, "Cleo").await;
    let (_, dan) = scene.enters(&other, "Dan").await;
    scene.revokes(&link, Admitted::Stay).await.unwrap();
    scene.revokes(&link, Admitted::Evicted).await.unwrap();
    assert_eq!(scene.names(&chat).await, ["Owner", "Dan"]);
    for (client, stays) in [(ben, false), (cleo, false), (dan, true)] {
        assert_eq!(scene.seat(&chat, client).await.is_some(), stays);
    }
    assert!(scene.finds(walk.id).await.unwrap().revoked_at.is_some(), "nobody comes back without being asked");
    let log = scene.conversation(&chat).await;
    let evicted = |event: &Event| matches!(event, Event::MemberLeft { reason: Departure::Evicted, by, .. } if by.is_owner());
    assert_eq!(log.iter().filter(|entry| evicted(&entry.event)).count(), 2);
    scene.later(Duration::from_hours(23));
    scene.says(&chat, "Later").await;
    scene.later(Duration::from_hours(2));
    scene.revokes(&other, Admitted::Evicted).await.expect("an expired one too");
    assert_eq!(scene.names(&chat).await, ["Owner"]);
}

async fn nobody_is_evicted_from_an_open_chat(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_to_all().await;
    let link = scene.shares(&chat).await;
    scene.walks_in(&link, "Ben").await;
    assert_eq!(scene.revokes(&link, Admitted::Evicted).await.unwrap_err(), NotRevoked::ChatIsOpen);
    assert!(scene.finds(link.id).await.unwrap().revoked_at.is_none(), "nothing of it was done");
    scene.revokes(&link, Admitted::Stay).await.unwrap();
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben"]);
}

async fn revoking_has_room_when_the_chat_is_full(subject: Subject) {
    let scene = Scene::within(subject, Bounds { entries: 3, door: 2, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    scene.enters(&link, "Ben").await;
    scene.knocks(&link, "Cleo").await;
    scene.says(&chat, "Full").await;
    scene.revokes(&link, Admitted::Evicted).await.unwrap();
    assert_eq!(scene.names(&chat).await, ["Owner"]);
    assert_eq!(scene.knocks_of(&chat, Some(KnockStatus::Pending)).await.len(), 0);
    assert_eq!(scene.told(&chat).await, ["revoked", "decided"]);
}

async fn links_of_a_chat_that_is_gone_are_gone(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (closed, expired) = (scene.opens().await, scene.opens_for(60).await);
    let links = [scene.shares(&closed).await, scene.shares(&expired).await];
    scene.closes(&closed).await.unwrap();
    scene.later(Duration::from_mins(1));
    for link in &links {
        assert!(scene.finds(link.id).await.is_none());
        assert_eq!(scene.revokes(link, Admitted::Stay).await.unwrap_err(), NotRevoked::Gone);
    }
    scene.clears(100).await;
    assert!(scene.finds(links[1].id).await.is_none());
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
);
