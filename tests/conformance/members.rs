//! Members: what they are called, how they leave.

use parlor::domain::bounds::Bounds;
use parlor::domain::entry::{Event, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::Verdict;
use parlor::domain::member::{Departure, Role};
use parlor::domain::page::ListPage;
use parlor::store::members::NotRemoved;

use crate::scene::{Scene, these};
use crate::subject::Subject;

async fn a_taken_name_gets_a_number_and_so_does_one_that_looks_like_it(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    for called in ["Ana", "Ana", "ANA", "Аna", "An\u{200b}a", "Owner", "0wner", "Ana (2)", "Ben"] {
        scene.enters(&link, called).await;
    }
    let names = scene.names(&chat).await;
    let wanted = ["Owner", "Ana", "Ana (2)", "ANA (3)", "Аna (4)", "An\u{200b}a (5)", "Owner (2)", "0wner (3)", "Ana (2) (2)", "Ben"];
    assert_eq!(names, wanted);
}

async fn a_long_name_is_shortened_to_fit_its_number(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let long = "x".repeat(40);
    scene.enters(&link, &long).await;
    let (second, _) = scene.enters(&link, &long).await;
    assert_eq!(second.name.as_str(), format!("{} (2)", "x".repeat(36)));
}

async fn a_name_is_free_again_once_its_member_left_and_numbers_are_not(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (first, _) = scene.enters(&link, "Ana").await;
    scene.removes(&chat, first.id, first.id).await.unwrap();
    let (second, _) = scene.enters(&link, "Ana").await;
    assert_eq!((first.id, second.id), (MemberId(2), MemberId(3)));
    assert_eq!((second.name.as_str(), second.role), ("Ana", Role::Member));
}

async fn the_owner_is_told_that_a_name_is_taken(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let waits = scene.knocks(&link, "ANA").await;
    assert!(!scene.knocks_of(&chat, None).await[0].name_taken);
    let (ana, _) = scene.enters(&link, "Ana").await;
    let taken = async || scene.knocks_of(&chat, None).await.into_iter().find(|knock| knock.id == waits.knock.id).unwrap().name_taken;
    assert!(taken().await);
    scene.removes(&chat, ana.id, ana.id).await.unwrap();
    assert!(!taken().await);
}

async fn who_leaves_is_no_member_and_the_others_are_told(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (ben, bens) = scene.enters(&link, "Ben").await;
    let (cleo, cleos) = scene.enters(&link, "Cleo").await;
    scene.removes(&chat, ben.id, ben.id).await.unwrap();
    scene.removes(&chat, cleo.id, MemberId::OWNER).await.unwrap();
    assert_eq!(scene.names(&chat).await, ["Owner"]);
    for gone in [bens, cleos] {
        assert!(scene.seat(&chat, gone).await.is_none());
        assert!(scene.standing(&link, gone).await.is_none(), "nothing is remembered of them");
    }
    let log = scene.conversation(&chat).await;
    let departures = log.iter().filter_map(|entry| match &entry.event {
        Event::MemberLeft { member, by, reason } => Some((member.id, by.id, *reason)),
        _ => None,
    });
    assert_eq!(departures.collect::<Vec<_>>(), [(ben.id, ben.id, Departure::Left), (cleo.id, MemberId::OWNER, Departure::Removed)]);
    for gone in [ben.id, cleo.id, MemberId::NOBODY, MemberId(99)] {
        assert_eq!(scene.removes(&chat, gone, MemberId::OWNER).await.unwrap_err(), NotRemoved::Gone);
    }
}

async fn the_owner_cannot_leave(subject: Subject) {
    let scene = Scene::set(subject).await;
    for chat in [scene.opens().await, scene.opens_to_all().await] {
        assert_eq!(scene.removes(&chat, MemberId::OWNER, MemberId::OWNER).await.unwrap_err(), NotRemoved::OwnerCannotLeave);
        assert!(scene.seat(&chat, chat.author).await.is_some());
    }
}

async fn whoever_removes_must_be_a_member_still(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (ben, _) = scene.enters(&link, "Ben").await;
    assert_eq!(scene.removes(&chat, ben.id, MemberId(99)).await.unwrap_err(), NotRemoved::Gone);
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben"]);
}

async fn nobody_is_removed_from_an_open_chat_but_they_may_leave(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_to_all().await;
    let link = scene.shares(&chat).await;
    let (ben, client) = scene.walks_in(&link, "Ben").await;
    assert_eq!(scene.removes(&chat, ben.id, MemberId::OWNER).await.unwrap_err(), NotRemoved::ChatIsOpen);
    assert!(scene.seat(&chat, client).await.is_some());
    scene.removes(&chat, ben.id, ben.id).await.unwrap();
    assert!(scene.seat(&chat, client).await.is_none());
}

async fn removing_revokes_every_link_that_lets_in_without_asking(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let asks = scene.shares(&chat).await;
    let walks = [
        scene.shares_so(&chat, |link| link.auto_approve = true).await.unwrap(),
        scene.shares_so(&chat, |link| link.auto_approve = true).await.unwrap(),
    ];
    let (ben, _) = scene.enters(&asks, "Ben").await;
    let (cleo, _) = scene.walks_in(&walks[0], "Cleo").await;
    scene.removes(&chat, cleo.id, cleo.id).await.unwrap();
    assert!(scene.finds(walks[0].id).await.unwrap().is_live(scene.now()), "leaving is no removal");
    scene.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    for link in &walks {
        assert!(scene.finds(link.id).await.unwrap().revoked_at.is_some());
    }
    assert!(scene.finds(asks.id).await.unwrap().revoked_at.is_none());
    assert_eq!(scene.told(&chat).await.iter().filter(|kind| **kind == "revoked").count(), 2);
}

async fn leaving_has_room_when_the_chat_is_full(subject: Subject) {
    let scene = Scene::within(subject, Bounds { entries: 4, members: 3, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (ben, _) = scene.enters(&link, "Ben").await;
    let (cleo, _) = scene.enters(&link, "Cleo").await;
    scene.says(&chat, "Full").await;
    scene.removes(&chat, ben.id, ben.id).await.unwrap();
    scene.removes(&chat, cleo.id, MemberId::OWNER).await.unwrap();
    assert_eq!(scene.head(Topic::Conversation(chat.id)).await.unwrap().number, 6);
    assert_eq!(scene.conversation(&chat).await.len(), 6);
}

async fn members_are_listed_in_pages(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let guests = [scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await, scene.knocks(&link, "Dan").await];
    scene.decides(&link, these(&guests), Verdict::Approve).await.unwrap();
    scene.removes(&chat, MemberId(2), MemberId(2)).await.unwrap();
    let page = async |after, limit| {
        let cut = scene.store.members(chat.id, ListPage { after, limit }, scene.now()).await.unwrap().unwrap();
        (cut.items.iter().map(|member| member.id.0).collect::<Vec<_>>(), cut.has_more)
    };
    assert_eq!(page(0, 2).await, (vec![1, 3], true));
    assert_eq!(page(3, 2).await, (vec![4], false));
    assert_eq!(page(4, 2).await, (vec![], false));
}

checks!(
    a_taken_name_gets_a_number_and_so_does_one_that_looks_like_it,
    a_long_name_is_shortened_to_fit_its_number,
    a_name_is_free_again_once_its_member_left_and_numbers_are_not,
    the_owner_is_told_that_a_name_is_taken,
    who_leaves_is_no_member_and_the_others_are_told,
    the_owner_cannot_leave,
    whoever_removes_must_be_a_member_still,
    nobody_is_removed_from_an_open_chat_but_they_may_leave,
    removing_revokes_every_link_that_lets_in_without_asking,
    leaving_has_room_when_the_chat_is_full,
    members_are_listed_in_pages,
);
