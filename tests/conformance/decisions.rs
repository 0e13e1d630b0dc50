//! Decisions on knocks: by name, several at once, the only one; once, all or nothing.

use std::time::Duration;

use parlor::domain::bounds::{Bounds, KNOCK_LIFE, VACATED};
use parlor::domain::chat::Lifetime;
use parlor::domain::id::{ChatId, KnockId, MemberId};
use parlor::domain::knock::{Decision, KnockSelector, KnockStatus, Knocked, Verdict};
use parlor::domain::link::{Admitted, Link};
use parlor::domain::text::Reason;
use parlor::store::knocks::{NotDecided, NotKnocked};

use crate::scene::{Hosted, Scene, Which, done, these};
use crate::subject::Subject;

use Verdict::{Approve, Decline};

async fn a_door(scene: &Scene) -> (Hosted, Link) {
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    (chat, link)
}

fn ids<'a>(knocks: impl IntoIterator<Item = &'a Knocked>) -> Vec<KnockId> {
    knocks.into_iter().map(|knocked| knocked.knock.id).collect()
}

async fn one_is_let_in_and_becomes_a_member(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, link) = a_door(&scene).await;
    let (ben, cleo) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await);
    assert_eq!(scene.decides(&link, these([&ben]), Approve).await.unwrap(), ids([&ben]));
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben"]);
    assert_eq!(scene.seat(&chat, ben.client).await.unwrap().member.id, MemberId(2));
    assert_eq!(scene.standing(&link, ben.client).await.unwrap().knock.member.unwrap().id, MemberId(2));
    assert!(scene.seat(&chat, cleo.client).await.is_none());
    assert_eq!(scene.finds(link.id).await.unwrap().uses, 1);
    assert_eq!((scene.said(&chat).await.len(), scene.told(&chat).await), (2, vec!["created", "knock", "knock", "decided"]));
}

async fn a_declined_guest_stays_out_and_reads_why(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, link) = a_door(&scene).await;
    let ben = scene.knocks(&link, "Ben").await;
    let reason = Some(Reason::parse("We are full tonight").unwrap());
    let decision = Decision { knocks: these([&ben]).on(link.id), verdict: Decline, reason: reason.clone() };
    done(scene.store.decide_knocks(decision, scene.now()).await).unwrap();
    let knock = scene.standing(&link, ben.client).await.unwrap().knock;
    assert_eq!((knock.status, knock.reason, knock.member), (KnockStatus::Declined, reason, None));
    assert!(scene.seat(&chat, ben.client).await.is_none());
    assert_eq!((scene.names(&chat).await.len(), scene.finds(link.id).await.unwrap().uses), (1, 0));
}

async fn the_same_again_changes_nothing_and_the_opposite_is_refused(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let (ben, cleo) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await);
    for (knocked, verdict, opposite) in [(&ben, Approve, Decline), (&cleo, Decline, Approve)] {
        let first = scene.decides(&link, these([knocked]), verdict).await.unwrap();
        let before = (scene.said(&chat).await, scene.told(&chat).await);
        for _ in 0..3 {
            assert_eq!(scene.decides(&link, these([knocked]), verdict).await.unwrap(), first);
            assert_eq!(scene.decides(&link, these([knocked]), opposite).await.unwrap_err(), NotDecided::AlreadyDecided);
        }
        assert_eq!((scene.said(&chat).await, scene.told(&chat).await), before);
    }
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben"]);
    let decision = Decision { knocks: these([&ben]).on(link.id), verdict: Approve, reason: None };
    let (_, news) = scene.store.decide_knocks(decision, scene.now()).await.unwrap().unwrap().into_parts();
    assert!(news.is_empty(), "there is nothing to announce: {news:?}");
}

async fn several_are_decided_together_or_not_at_all(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares_so(&chat, |link| link.max_uses = Some(2)).await.unwrap();
    let guests = [scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await, scene.knocks(&link, "Dan").await];
    assert_eq!(scene.decides(&link, these(&guests), Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    scene.decides(&link, these([&guests[2]]), Decline).await.unwrap();
    assert_eq!(scene.decides(&link, these(&guests), Approve).await.unwrap_err(), NotDecided::AlreadyDecided);
    let unknown = Which::These(vec![guests[0].knock.id, KnockId::NOWHERE]);
    assert_eq!(scene.decides(&link, unknown, Approve).await.unwrap_err(), NotDecided::Gone);
    assert_eq!(scene.names(&chat).await, ["Owner"], "nothing of it was done");
    assert_eq!(scene.knocks_of(&chat, Some(KnockStatus::Pending)).await.len(), 2);
    let doubled = these([&guests[0], &guests[1], &guests[0]]);
    assert_eq!(scene.decides(&link, doubled, Approve).await.unwrap(), ids(&guests[..2]));
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben", "Cleo"]);
    assert_eq!(scene.finds(link.id).await.unwrap().uses, 2);
}

async fn in_a_chat_knocks_of_any_link_are_decided_together_or_not_at_all(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let (link, other) = (scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap(), scene.shares(&chat).await);
    let guests = [scene.knocks(&link, "Ben").await, scene.knocks(&other, "Cleo").await, scene.knocks(&link, "Dan").await];
    let decides = async |chat: ChatId, guests: &[Knocked], verdict| {
        let knocks = KnockSelector::InChat(chat, guests.iter().map(|knocked| knocked.knock.id).collect());
        done(scene.store.decide_knocks(Decision { knocks, verdict, reason: None }, scene.now()).await)
    };
    assert_eq!(decides(chat.id, &guests, Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    assert_eq!(scene.names(&chat).await, ["Owner"], "nothing of it was done");
    let elsewhere = scene.opens().await;
    assert_eq!(decides(elsewhere.id, &guests[..1], Approve).await.unwrap_err(), NotDecided::Gone, "they did not knock there");
    assert_eq!(decides(chat.id, &guests[..2], Approve).await.unwrap(), ids(&guests[..2]));
    assert_eq!(decides(chat.id, &guests[..2], Approve).await.unwrap(), ids(&guests[..2]), "once more changes nothing");
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben", "Cleo"]);
    assert_eq!(scene.decides(&other, Which::Only, Approve).await.unwrap(), ids(&guests[1..2]), "each link remembers its own last decision");
    assert_eq!(decides(chat.id, &guests[1..], Decline).await.unwrap_err(), NotDecided::AlreadyDecided);
    decides(chat.id, &guests[2..], Decline).await.unwrap();
}

async fn a_used_up_link_admits_nobody_more(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let (ben, cleo) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await);
    scene.decides(&link, these([&ben]), Approve).await.unwrap();
    assert_eq!(scene.decides(&link, these([&cleo]), Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    assert_eq!(scene.arrives(scene.guest(&link, "Dan")).await.unwrap_err(), NotKnocked::Gone);
    assert_eq!(scene.decides(&link, these([&ben]), Approve).await.unwrap(), ids([&ben]), "who was let in was let in");
    scene.decides(&link, these([&cleo]), Decline).await.expect("declining needs no use");
    scene.removes(&chat, MemberId(2), MemberId(2)).await.unwrap();
    assert_eq!(scene.finds(link.id).await.unwrap().uses, 1, "a use is not given back");
}

async fn nobody_is_let_in_where_not_all_fit(subject: Subject) {
    let scene = Scene::within(subject, Bounds { members: 3, entries: 4, ..Bounds::default() }).await;
    let (chat, link) = a_door(&scene).await;
    let guests = [scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await, scene.knocks(&link, "Dan").await];
    assert_eq!(scene.decides(&link, these(&guests), Approve).await.unwrap_err(), NotDecided::Full);
    scene.says(&chat, "One").await;
    scene.says(&chat, "Two").await;
    assert_eq!(scene.decides(&link, these(&guests[..2]), Approve).await.unwrap_err(), NotDecided::Full);
    assert_eq!(scene.names(&chat).await, ["Owner"]);
    scene.decides(&link, these(&guests[..1]), Approve).await.unwrap();
    assert_eq!(scene.decides(&link, these(&guests[1..2]), Approve).await.unwrap_err(), NotDecided::Full);
    scene.decides(&link, these(&guests[1..]), Decline).await.expect("declining always has room");
    assert_eq!(scene.said(&chat).await.len(), 4);
}

async fn without_a_name_the_only_one_who_waits_is_decided(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, link) = a_door(&scene).await;
    let other = scene.shares(&chat).await;
    scene.knocks(&other, "Elsewhere").await;
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::NobodyKnocked);
    let ben = scene.knocks(&link, "Ben").await;
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap(), ids([&ben]));
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap(), ids([&ben]), "the last decision is repeated");
    assert_eq!(scene.decides(&link, Which::Only, Decline).await.unwrap_err(), NotDecided::AlreadyDecided);
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben"]);
    let (cleo, dan) = (scene.knocks(&link, "Cleo").await, scene.knocks(&link, "Dan").await);
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::SeveralKnocked(ids([&cleo, &dan])));
    scene.decides(&link, these([&cleo]), Decline).await.unwrap();
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap(), ids([&dan]), "a decided one left no place open");
}

async fn nobody_slips_into_a_place_just_left(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, link) = a_door(&scene).await;
    let (ben, cleo) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await);
    scene.withdraws(&link, &ben).await.unwrap();
    let several = || NotDecided::SeveralKnocked(ids([&cleo]));
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap_err(), several());
    scene.later(VACATED.saturating_sub(Duration::from_millis(1)));
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap_err(), several());
    assert_eq!(scene.names(&chat).await, ["Owner"]);
    scene.later(Duration::from_millis(1));
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap(), ids([&cleo]));
}

async fn a_place_is_left_when_a_knock_expires_not_when_it_is_cleared_away(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(Lifetime::MOST).await;
    let link = scene.shares_so(&chat, |link| link.expires_at = scene.now() + 3 * KNOCK_LIFE).await.unwrap();
    scene.knocks(&link, "Ben").await;
    scene.later(KNOCK_LIFE.saturating_sub(Duration::from_secs(1)));
    let cleo = scene.knocks(&link, "Cleo").await;
    scene.later(VACATED);
    assert_eq!(scene.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::SeveralKnocked(ids([&cleo])));
    let dan = scene.shares_so(&chat, |link| link.expires_at = scene.now() + 3 * KNOCK_LIFE).await.unwrap();
    scene.knocks(&dan, "Dan").await;
    scene.later(KNOCK_LIFE.saturating_sub(Duration::from_secs(1)));
    let eve = scene.knocks(&dan, "Eve").await;
    scene.later(VACATED + Duration::from_secs(1));
    assert_eq!(scene.decides(&dan, Which::Only, Approve).await.unwrap(), ids([&eve]), "Dan's knock expired a minute ago");
}

async fn what_ended_by_itself_is_decided_no_more(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, link) = a_door(&scene).await;
    let (ben, cleo) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await);
    scene.withdraws(&link, &ben).await.unwrap();
    scene.revokes(&link, Admitted::Stay).await.unwrap();
    for verdict in [Approve, Decline] {
        assert_eq!(scene.decides(&link, these([&ben]), verdict).await.unwrap_err(), NotDecided::AlreadyDecided);
    }
    assert_eq!(scene.decides(&link, these([&cleo]), Approve).await.unwrap_err(), NotDecided::AlreadyDecided);
    assert_eq!(scene.names(&chat).await, ["Owner"]);
}

async fn knocks_on_a_dead_link_are_still_decided(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares_so(&chat, |link| link.expires_at = scene.now() + Duration::from_mins(1)).await.unwrap();
    let ben = scene.knocks(&link, "Ben").await;
    scene.later(Duration::from_hours(1));
    scene.decides(&link, these([&ben]), Approve).await.unwrap();
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben"]);
}

async fn knocks_of_another_link_are_not_there(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, link) = a_door(&scene).await;
    let other = scene.shares(&chat).await;
    let (elsewhere, far) = a_door(&scene).await;
    let (ben, cleo, dan) = (scene.knocks(&link, "Ben").await, scene.knocks(&other, "Cleo").await, scene.knocks(&far, "Dan").await);
    for foreign in [&cleo, &dan] {
        for verdict in [Approve, Decline] {
            assert_eq!(scene.decides(&link, these([foreign]), verdict).await.unwrap_err(), NotDecided::Gone);
            assert_eq!(scene.decides(&link, these([&ben, foreign]), verdict).await.unwrap_err(), NotDecided::Gone);
        }
    }
    for (link, knocked) in [(&link, &ben), (&other, &cleo), (&far, &dan)] {
        assert_eq!(scene.status(link, knocked).await, Some(KnockStatus::Pending));
    }
    assert_eq!((scene.said(&chat).await.len(), scene.said(&elsewhere).await.len()), (1, 1));
    let nowhere = Link { id: scene.link_id(), ..link };
    assert_eq!(scene.decides(&nowhere, these([&ben]), Approve).await.unwrap_err(), NotDecided::Gone);
}

checks!(
    one_is_let_in_and_becomes_a_member,
    a_declined_guest_stays_out_and_reads_why,
    the_same_again_changes_nothing_and_the_opposite_is_refused,
    several_are_decided_together_or_not_at_all,
    in_a_chat_knocks_of_any_link_are_decided_together_or_not_at_all,
    a_used_up_link_admits_nobody_more,
    nobody_is_let_in_where_not_all_fit,
    without_a_name_the_only_one_who_waits_is_decided,
    nobody_slips_into_a_place_just_left,
    a_place_is_left_when_a_knock_expires_not_when_it_is_cleared_away,
    what_ended_by_itself_is_decided_no_more,
    knocks_on_a_dead_link_are_still_decided,
    knocks_of_another_link_are_not_there,
);
