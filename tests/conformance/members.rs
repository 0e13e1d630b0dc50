//! Members: their names, and how they leave.

use parlor::domain::event_log::{Event, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::Verdict;
use parlor::domain::limits::Limits;
use parlor::domain::member::{LeaveReason, Role};
use parlor::domain::pagination::PageRequest;
use parlor::store::members::NotRemoved;

use crate::backends::Backend;
use crate::fixture::{Fixture, these};

async fn a_taken_name_gets_a_number_and_so_does_one_that_looks_like_it(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    for called in ["Ana", "Ana", "ANA", "Аna", "An\u{200b}a", "Owner", "0wner", "Ana (2)", "Ben"] {
        fixture.enters(&link, called).await;
    }
    let names = fixture.names(&chat).await;
    let wanted = ["Owner", "Ana", "Ana (2)", "ANA (3)", "Аna (4)", "An\u{200b}a (5)", "Owner (2)", "0wner (3)", "Ana (2) (2)", "Ben"];
    assert_eq!(names, wanted);
}

async fn a_long_name_is_shortened_to_fit_its_number(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let long = "x".repeat(40);
    fixture.enters(&link, &long).await;
    let (second, _) = fixture.enters(&link, &long).await;
    assert_eq!(second.name.as_str(), format!("{} (2)", "x".repeat(36)));
}

async fn a_name_is_free_again_once_its_member_left_and_numbers_are_not(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (first, _) = fixture.enters(&link, "Ana").await;
    fixture.removes(&chat, first.id, first.id).await.unwrap();
    let (second, _) = fixture.enters(&link, "Ana").await;
    assert_eq!((first.id, second.id), (MemberId(2), MemberId(3)));
    assert_eq!((second.name.as_str(), second.role), ("Ana", Role::Member));
}

async fn the_owner_is_told_that_a_name_is_taken(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let waits = fixture.knocks(&link, "ANA").await;
    assert!(!fixture.knocks_of(&chat, None).await[0].name_taken);
    let (ana, _) = fixture.enters(&link, "Ana").await;
    let taken = async || fixture.knocks_of(&chat, None).await.into_iter().find(|knock| knock.id == waits.knock.id).unwrap().name_taken;
    assert!(taken().await);
    fixture.removes(&chat, ana.id, ana.id).await.unwrap();
    assert!(!taken().await);
}

async fn who_leaves_is_no_member_and_the_others_are_told(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, bens) = fixture.enters(&link, "Ben").await;
    let (cleo, cleos) = fixture.enters(&link, "Cleo").await;
    fixture.removes(&chat, ben.id, ben.id).await.unwrap();
    fixture.removes(&chat, cleo.id, MemberId::OWNER).await.unwrap();
    assert_eq!(fixture.names(&chat).await, ["Owner"]);
    for gone in [bens, cleos] {
        assert!(fixture.seat(&chat, gone).await.is_none());
        assert!(fixture.standing(&link, gone).await.is_none(), "nothing of them is stored");
    }
    let log = fixture.conversation(&chat).await;
    let departures = log.iter().filter_map(|entry| match &entry.event {
        Event::MemberLeft { member, by, reason } => Some((member.id, by.id, *reason)),
        _ => None,
    });
    assert_eq!(departures.collect::<Vec<_>>(), [(ben.id, ben.id, LeaveReason::Left), (cleo.id, MemberId::OWNER, LeaveReason::Removed)]);
    for gone in [ben.id, cleo.id, MemberId::NONE, MemberId(99)] {
        assert_eq!(fixture.removes(&chat, gone, MemberId::OWNER).await.unwrap_err(), NotRemoved::Gone);
    }
}

async fn the_owner_cannot_leave(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    for chat in [fixture.opens().await, fixture.opens_to_all().await] {
        assert_eq!(fixture.removes(&chat, MemberId::OWNER, MemberId::OWNER).await.unwrap_err(), NotRemoved::OwnerCannotLeave);
        assert!(fixture.seat(&chat, chat.author).await.is_some());
    }
}

async fn whoever_removes_must_be_a_member_still(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    assert_eq!(fixture.removes(&chat, ben.id, MemberId(99)).await.unwrap_err(), NotRemoved::Gone);
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben"]);
}

async fn nobody_is_removed_from_an_open_chat_but_they_may_leave(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_to_all().await;
    let link = fixture.shares(&chat).await;
    let (ben, client) = fixture.walks_in(&link, "Ben").await;
    assert_eq!(fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap_err(), NotRemoved::ChatIsOpen);
    assert!(fixture.seat(&chat, client).await.is_some());
    fixture.removes(&chat, ben.id, ben.id).await.unwrap();
    assert!(fixture.seat(&chat, client).await.is_none());
}

async fn removing_revokes_every_link_that_lets_in_without_asking(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let asks = fixture.shares(&chat).await;
    let walks = [
        fixture.shares_so(&chat, |link| link.auto_approve = true).await.unwrap(),
        fixture.shares_so(&chat, |link| link.auto_approve = true).await.unwrap(),
    ];
    let (ben, _) = fixture.enters(&asks, "Ben").await;
    let (cleo, _) = fixture.walks_in(&walks[0], "Cleo").await;
    fixture.removes(&chat, cleo.id, cleo.id).await.unwrap();
    assert!(fixture.finds(walks[0].id).await.unwrap().is_live(fixture.now()), "leaving is not a removal");
    fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    for link in &walks {
        assert!(fixture.finds(link.id).await.unwrap().revoked_at.is_some());
    }
    assert!(fixture.finds(asks.id).await.unwrap().revoked_at.is_none());
    assert_eq!(fixture.told(&chat).await.iter().filter(|kind| **kind == "revoked").count(), 2);
}

async fn leaving_has_room_when_the_chat_is_full(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 4, members: 3, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    fixture.says(&chat, "Full").await;
    fixture.removes(&chat, ben.id, ben.id).await.unwrap();
    fixture.removes(&chat, cleo.id, MemberId::OWNER).await.unwrap();
    assert_eq!(fixture.head(Topic::Conversation(chat.id)).await.unwrap().seq, 6);
    assert_eq!(fixture.conversation(&chat).await.len(), 6);
}

async fn members_are_listed_in_pages(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let guests = [fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await, fixture.knocks(&link, "Dan").await];
    fixture.decides(&link, these(&guests), Verdict::Approve).await.unwrap();
    fixture.removes(&chat, MemberId(2), MemberId(2)).await.unwrap();
    let page = async |after, limit| {
        let cut = fixture.store.list_members(chat.id, PageRequest { after, limit }, fixture.now()).await.unwrap().unwrap();
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
