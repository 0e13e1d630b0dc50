//! Decisions on knocks: by id, several at once, the only one; once, and all or nothing.

use std::time::Duration;

use parlor::domain::chat::Lifetime;
use parlor::domain::id::{ChatId, KnockId, MemberId};
use parlor::domain::knock::{Decision, GuestKnock, KnockSelector, KnockStatus, Verdict};
use parlor::domain::limits::{AMBIGUITY_WINDOW, KNOCK_LIFETIME, Limits};
use parlor::domain::link::{Link, OnRevoke};
use parlor::domain::text::Reason;
use parlor::store::knocks::{NotDecided, NotKnocked};

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, Which, done, these};

use Verdict::{Approve, Decline};

async fn a_door(fixture: &Fixture) -> (Hosted, Link) {
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    (chat, link)
}

fn ids<'a>(knocks: impl IntoIterator<Item = &'a GuestKnock>) -> Vec<KnockId> {
    knocks.into_iter().map(|knocked| knocked.knock.id).collect()
}

async fn one_is_let_in_and_becomes_a_member(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, link) = a_door(&fixture).await;
    let (ben, cleo) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await);
    assert_eq!(fixture.decides(&link, these([&ben]), Approve).await.unwrap(), ids([&ben]));
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben"]);
    assert_eq!(fixture.seat(&chat, ben.client).await.unwrap().member.id, MemberId(2));
    assert_eq!(fixture.standing(&link, ben.client).await.unwrap().knock.member.unwrap().id, MemberId(2));
    assert!(fixture.seat(&chat, cleo.client).await.is_none());
    assert_eq!(fixture.finds(link.id).await.unwrap().uses, 1);
    assert_eq!((fixture.said(&chat).await.len(), fixture.told(&chat).await), (2, vec!["created", "knock", "knock", "decided"]));
}

async fn a_declined_guest_stays_out_and_reads_why(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, link) = a_door(&fixture).await;
    let ben = fixture.knocks(&link, "Ben").await;
    let reason = Some(Reason::parse("We are full tonight").unwrap());
    let decision = Decision { knocks: these([&ben]).on(link.id), by: parlor::domain::id::MemberId::OWNER, verdict: Decline, reason: reason.clone() };
    done(fixture.store.decide_knocks(decision, fixture.now()).await).unwrap();
    let knock = fixture.standing(&link, ben.client).await.unwrap().knock;
    assert_eq!((knock.status, knock.reason, knock.member), (KnockStatus::Declined, reason, None));
    assert!(fixture.seat(&chat, ben.client).await.is_none());
    assert_eq!((fixture.names(&chat).await.len(), fixture.finds(link.id).await.unwrap().uses), (1, 0));
}

async fn the_same_again_changes_nothing_and_the_opposite_is_refused(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let (ben, cleo) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await);
    for (knocked, verdict, opposite) in [(&ben, Approve, Decline), (&cleo, Decline, Approve)] {
        let first = fixture.decides(&link, these([knocked]), verdict).await.unwrap();
        let before = (fixture.said(&chat).await, fixture.told(&chat).await);
        for _ in 0..3 {
            assert_eq!(fixture.decides(&link, these([knocked]), verdict).await.unwrap(), first);
            assert_eq!(fixture.decides(&link, these([knocked]), opposite).await.unwrap_err(), NotDecided::AlreadyDecided);
        }
        assert_eq!((fixture.said(&chat).await, fixture.told(&chat).await), before);
    }
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben"]);
    let decision = Decision { knocks: these([&ben]).on(link.id), by: parlor::domain::id::MemberId::OWNER, verdict: Approve, reason: None };
    let (_, news) = fixture.store.decide_knocks(decision, fixture.now()).await.unwrap().unwrap().into_parts();
    assert!(news.is_empty(), "no update is announced: {news:?}");
}

async fn several_are_decided_together_or_not_at_all(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares_so(&chat, |link| link.max_uses = Some(2)).await.unwrap();
    let guests = [fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await, fixture.knocks(&link, "Dan").await];
    assert_eq!(fixture.decides(&link, these(&guests), Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    fixture.decides(&link, these([&guests[2]]), Decline).await.unwrap();
    assert_eq!(fixture.decides(&link, these(&guests), Approve).await.unwrap_err(), NotDecided::AlreadyDecided);
    let unknown = Which::These(vec![guests[0].knock.id, KnockId::NIL]);
    assert_eq!(fixture.decides(&link, unknown, Approve).await.unwrap_err(), NotDecided::Gone);
    assert_eq!(fixture.names(&chat).await, ["Owner"], "nothing was changed");
    assert_eq!(fixture.knocks_of(&chat, Some(KnockStatus::Pending)).await.len(), 2);
    let doubled = these([&guests[0], &guests[1], &guests[0]]);
    assert_eq!(fixture.decides(&link, doubled, Approve).await.unwrap(), ids(&guests[..2]));
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben", "Cleo"]);
    assert_eq!(fixture.finds(link.id).await.unwrap().uses, 2);
}

async fn in_a_chat_knocks_of_any_link_are_decided_together_or_not_at_all(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (link, other) = (fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap(), fixture.shares(&chat).await);
    let guests = [fixture.knocks(&link, "Ben").await, fixture.knocks(&other, "Cleo").await, fixture.knocks(&link, "Dan").await];
    let decides = async |chat: ChatId, guests: &[GuestKnock], verdict| {
        let knocks = KnockSelector::InChat(chat, guests.iter().map(|knocked| knocked.knock.id).collect());
        done(fixture.store.decide_knocks(Decision { knocks, by: parlor::domain::id::MemberId::OWNER, verdict, reason: None }, fixture.now()).await)
    };
    assert_eq!(decides(chat.id, &guests, Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    assert_eq!(fixture.names(&chat).await, ["Owner"], "nothing was changed");
    let elsewhere = fixture.opens().await;
    assert_eq!(decides(elsewhere.id, &guests[..1], Approve).await.unwrap_err(), NotDecided::Gone, "the guest did not knock there");
    assert_eq!(decides(chat.id, &guests[..2], Approve).await.unwrap(), ids(&guests[..2]));
    assert_eq!(decides(chat.id, &guests[..2], Approve).await.unwrap(), ids(&guests[..2]), "a repetition changes nothing");
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben", "Cleo"]);
    assert_eq!(fixture.decides(&other, Which::Only, Approve).await.unwrap(), ids(&guests[1..2]), "each link remembers its own last decision");
    assert_eq!(decides(chat.id, &guests[1..], Decline).await.unwrap_err(), NotDecided::AlreadyDecided);
    decides(chat.id, &guests[2..], Decline).await.unwrap();
}

async fn a_used_up_link_admits_nobody_more(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let (ben, cleo) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await);
    fixture.decides(&link, these([&ben]), Approve).await.unwrap();
    assert_eq!(fixture.decides(&link, these([&cleo]), Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::LinkUsedUp);
    assert_eq!(fixture.arrives(fixture.guest(&link, "Dan")).await.unwrap_err(), NotKnocked::Gone);
    assert_eq!(fixture.decides(&link, these([&ben]), Approve).await.unwrap(), ids([&ben]), "an admission is final");
    fixture.decides(&link, these([&cleo]), Decline).await.expect("declining uses up nothing");
    fixture.removes(&chat, MemberId(2), MemberId(2)).await.unwrap();
    assert_eq!(fixture.finds(link.id).await.unwrap().uses, 1, "a use is not refunded");
}

async fn nobody_is_let_in_where_not_all_fit(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { members: 3, entries: 4, ..Limits::default() }).await;
    let (chat, link) = a_door(&fixture).await;
    let guests = [fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await, fixture.knocks(&link, "Dan").await];
    assert_eq!(fixture.decides(&link, these(&guests), Approve).await.unwrap_err(), NotDecided::Full);
    fixture.says(&chat, "One").await;
    fixture.says(&chat, "Two").await;
    assert_eq!(fixture.decides(&link, these(&guests[..2]), Approve).await.unwrap_err(), NotDecided::Full);
    assert_eq!(fixture.names(&chat).await, ["Owner"]);
    fixture.decides(&link, these(&guests[..1]), Approve).await.unwrap();
    assert_eq!(fixture.decides(&link, these(&guests[1..2]), Approve).await.unwrap_err(), NotDecided::Full);
    fixture.decides(&link, these(&guests[1..]), Decline).await.expect("declining always fits");
    assert_eq!(fixture.said(&chat).await.len(), 4);
}

async fn without_a_name_the_only_one_who_waits_is_decided(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, link) = a_door(&fixture).await;
    let other = fixture.shares(&chat).await;
    fixture.knocks(&other, "Elsewhere").await;
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::NobodyKnocked);
    let ben = fixture.knocks(&link, "Ben").await;
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap(), ids([&ben]));
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap(), ids([&ben]), "the last decision is repeated");
    assert_eq!(fixture.decides(&link, Which::Only, Decline).await.unwrap_err(), NotDecided::AlreadyDecided);
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben"]);
    let (cleo, dan) = (fixture.knocks(&link, "Cleo").await, fixture.knocks(&link, "Dan").await);
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::SeveralKnocked(ids([&cleo, &dan])));
    fixture.decides(&link, these([&cleo]), Decline).await.unwrap();
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap(), ids([&dan]), "a decided knock does not free a use");
}

async fn nobody_slips_into_a_place_just_left(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, link) = a_door(&fixture).await;
    let (ben, cleo) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await);
    fixture.withdraws(&link, &ben).await.unwrap();
    let several = || NotDecided::SeveralKnocked(ids([&cleo]));
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap_err(), several());
    fixture.later(AMBIGUITY_WINDOW.saturating_sub(Duration::from_millis(1)));
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap_err(), several());
    assert_eq!(fixture.names(&chat).await, ["Owner"]);
    fixture.later(Duration::from_millis(1));
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap(), ids([&cleo]));
}

async fn a_place_is_left_when_a_knock_expires_not_when_it_is_cleared_away(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(Lifetime::MAX_SECONDS).await;
    let link = fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + 3 * KNOCK_LIFETIME).await.unwrap();
    fixture.knocks(&link, "Ben").await;
    fixture.later(KNOCK_LIFETIME.saturating_sub(Duration::from_secs(1)));
    let cleo = fixture.knocks(&link, "Cleo").await;
    fixture.later(AMBIGUITY_WINDOW);
    assert_eq!(fixture.decides(&link, Which::Only, Approve).await.unwrap_err(), NotDecided::SeveralKnocked(ids([&cleo])));
    let dan = fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + 3 * KNOCK_LIFETIME).await.unwrap();
    fixture.knocks(&dan, "Dan").await;
    fixture.later(KNOCK_LIFETIME.saturating_sub(Duration::from_secs(1)));
    let eve = fixture.knocks(&dan, "Eve").await;
    fixture.later(AMBIGUITY_WINDOW + Duration::from_secs(1));
    assert_eq!(fixture.decides(&dan, Which::Only, Approve).await.unwrap(), ids([&eve]), "Dan's knock expired a minute ago");
}

async fn what_ended_by_itself_is_decided_no_more(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, link) = a_door(&fixture).await;
    let (ben, cleo) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await);
    fixture.withdraws(&link, &ben).await.unwrap();
    fixture.revokes(&link, OnRevoke::KeepMembers).await.unwrap();
    for verdict in [Approve, Decline] {
        assert_eq!(fixture.decides(&link, these([&ben]), verdict).await.unwrap_err(), NotDecided::AlreadyDecided);
    }
    assert_eq!(fixture.decides(&link, these([&cleo]), Approve).await.unwrap_err(), NotDecided::AlreadyDecided);
    assert_eq!(fixture.names(&chat).await, ["Owner"]);
}

async fn knocks_on_a_dead_link_are_still_decided(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + Duration::from_mins(1)).await.unwrap();
    let ben = fixture.knocks(&link, "Ben").await;
    fixture.later(Duration::from_hours(1));
    fixture.decides(&link, these([&ben]), Approve).await.unwrap();
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben"]);
}

async fn knocks_of_another_link_are_not_there(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, link) = a_door(&fixture).await;
    let other = fixture.shares(&chat).await;
    let (elsewhere, far) = a_door(&fixture).await;
    let (ben, cleo, dan) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&other, "Cleo").await, fixture.knocks(&far, "Dan").await);
    for foreign in [&cleo, &dan] {
        for verdict in [Approve, Decline] {
            assert_eq!(fixture.decides(&link, these([foreign]), verdict).await.unwrap_err(), NotDecided::Gone);
            assert_eq!(fixture.decides(&link, these([&ben, foreign]), verdict).await.unwrap_err(), NotDecided::Gone);
        }
    }
    for (link, knocked) in [(&link, &ben), (&other, &cleo), (&far, &dan)] {
        assert_eq!(fixture.status(link, knocked).await, Some(KnockStatus::Pending));
    }
    assert_eq!((fixture.said(&chat).await.len(), fixture.said(&elsewhere).await.len()), (1, 1));
    let nowhere = Link { id: fixture.link_id(), ..link };
    assert_eq!(fixture.decides(&nowhere, these([&ben]), Approve).await.unwrap_err(), NotDecided::Gone);
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
