//! Knocks: how they arrive, how many may wait, what becomes of those that end.

use std::time::Duration;

use parlor::domain::bounds::{Bounds, FIRST_BAR, KNOCK_LIFE};
use parlor::domain::chat::Lifetime;
use parlor::domain::entry::Event;
use parlor::domain::id::{KnockId, MemberId};
use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::link::{Admitted, Link};
use parlor::domain::page::ListPage;
use parlor::store::knocks::{NewKnock, NotKnocked, NotWithdrawn};

use crate::scene::{Scene, address, done, key, name, these};
use crate::subject::Subject;

impl Scene {
    /// A guest from this household.
    fn guest_from(&self, link: &Link, called: &str, household: u64) -> NewKnock {
        NewKnock { address: address(household), ..self.guest(link, called) }
    }

    async fn is_declined(&self, link: &Link, called: &str, household: u64) {
        let knocked = self.arrives(self.guest_from(link, called, household)).await.unwrap();
        self.decides(link, these([&knocked]), Verdict::Decline).await.unwrap();
    }
}

async fn a_knock_waits_and_the_owner_hears_of_it(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let knocked = scene.knocks(&link, "Ben").await;
    assert_eq!((knocked.chat, knocked.knock.status, knocked.knock.number), (chat.id, KnockStatus::Pending, 1));
    assert_eq!(knocked.knock.expires_at, scene.now() + KNOCK_LIFE);
    let door = scene.door(&chat).await;
    assert!(matches!(&door[1].event, Event::Knock(knock) if knock.id == knocked.knock.id && knock.name == Some(name("Ben"))));
    assert!(scene.seat(&chat, knocked.client).await.is_none(), "they are no member yet");
    assert_eq!(scene.said(&chat).await, ["joined"], "the members hear nothing of it");
    let other = scene.shares(&chat).await;
    assert!(scene.standing(&other, knocked.client).await.is_none(), "another link knows nothing of them");
    assert!(scene.standing(&link, scene.credential()).await.is_none());
}

async fn knocks_are_listed_in_pages_by_how_they_stand(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let mut knocked = Vec::new();
    for _ in 0..5 {
        knocked.push(scene.knocks(&link, "Ben").await);
    }
    scene.decides(&link, these([&knocked[1]]), Verdict::Decline).await.unwrap();
    scene.withdraws(&link, &knocked[3]).await.unwrap();
    let page = async |status, after, limit| {
        let cut = scene.store.knocks(chat.id, status, ListPage { after, limit }, scene.now()).await.unwrap().unwrap();
        (cut.items.iter().map(|knock| knock.number).collect::<Vec<_>>(), cut.has_more)
    };
    assert_eq!(page(None, 0, 3).await, (vec![1, 2, 3], true));
    assert_eq!(page(Some(KnockStatus::Pending), 1, 10).await, (vec![3, 5], false));
    assert_eq!(page(Some(KnockStatus::Declined), 0, 10).await, (vec![2], false));
    assert_eq!(page(Some(KnockStatus::Withdrawn), 0, 10).await, (vec![4], false));
    assert_eq!(page(None, u64::MAX, 10).await, (vec![], false));
}

async fn one_household_fills_its_own_place_on_a_link_alone(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let (link, other) = (scene.shares(&chat).await, scene.shares(&chat).await);
    let until = scene.now() + KNOCK_LIFE;
    let mut first = None;
    for number in 0..Bounds::default().address_knocks() {
        let knocked = scene.arrives(scene.guest_from(&link, &format!("Ben {number}"), 7_000)).await.unwrap();
        first.get_or_insert(knocked);
        scene.later(Duration::from_secs(1));
    }
    assert_eq!(scene.arrives(scene.guest_from(&link, "Cleo", 7_000)).await.unwrap_err(), NotKnocked::TooManyPending { until });
    scene.arrives(scene.guest_from(&link, "Cleo", 7_001)).await.expect("another household still fits");
    scene.arrives(scene.guest_from(&other, "Cleo", 7_000)).await.expect("so does this one elsewhere");
    scene.withdraws(&link, &first.unwrap()).await.unwrap();
    scene.arrives(scene.guest_from(&link, "Cleo", 7_000)).await.expect("a place is free again");
}

async fn on_a_link_wait_so_many_and_in_a_chat_so_many(subject: Subject) {
    let scene = Scene::set(subject).await;
    let Bounds { link_knocks, chat_knocks, .. } = Bounds::default();
    let chat = scene.opens_for(Lifetime::MOST).await;
    let until = scene.now() + KNOCK_LIFE;
    let mut links = Vec::new();
    for _ in 0..chat_knocks / link_knocks {
        let link = scene.shares(&chat).await;
        for number in 0..link_knocks {
            scene.arrives(NewKnock { key: Some(key(&format!("{}/{number}", link.number), "")), ..scene.guest(&link, "Ben") }).await.unwrap();
        }
        links.push(link);
    }
    scene.later(Duration::from_mins(1));
    assert_eq!(scene.arrives(scene.guest(&links[0], "Ben")).await.unwrap_err(), NotKnocked::TooManyPending { until });
    let spare = scene.shares(&chat).await;
    assert_eq!(
        scene.arrives(scene.guest(&spare, "Ben")).await.unwrap_err(),
        NotKnocked::TooManyPending { until },
        "until the first has waited long enough"
    );
    assert_eq!(scene.knocks_of(&chat, None).await.len(), chat_knocks);
    scene.revokes(&links[0], Admitted::Stay).await.unwrap();
    scene.knocks(&spare, "Ben").await;
}

async fn a_place_is_free_when_a_knock_has_waited_long_enough(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(Lifetime::MOST).await;
    let link = scene.shares_so(&chat, |link| link.expires_at = scene.now() + 3 * KNOCK_LIFE).await.unwrap();
    for _ in 0..Bounds::default().link_knocks {
        scene.knocks(&link, "Ben").await;
    }
    scene.later(KNOCK_LIFE);
    scene.knocks(&link, "Ben").await;
}

async fn a_decline_bars_a_household_with_that_name_twice_as_long_each_time(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(Lifetime::MOST).await;
    let (link, other) = (scene.shares(&chat).await, scene.shares(&chat).await);
    for times in 0..3 {
        scene.is_declined(&link, "Ben", 7_000).await;
        let span = FIRST_BAR * 2_u32.pow(times);
        let barred = Err(NotKnocked::Barred { until: scene.now() + span });
        for alike in ["Ben", "BEN", "Be\u{200b}n", " ben"] {
            assert_eq!(scene.arrives(scene.guest_from(&link, alike, 7_000)).await.map(|_| ()), barred, "{alike:?}");
        }
        scene.later(span.saturating_sub(Duration::from_millis(1)));
        assert_eq!(scene.arrives(scene.guest_from(&link, "Ben", 7_000)).await.map(|_| ()), barred);
        scene.later(Duration::from_millis(1));
    }
    scene.is_declined(&link, "Ben", 7_000).await;
    scene.arrives(scene.guest_from(&link, "Cleo", 7_000)).await.expect("another name is not barred");
    scene.arrives(scene.guest_from(&link, "Ben", 7_001)).await.expect("neither is another household");
    scene.arrives(scene.guest_from(&other, "Ben", 7_000)).await.expect("nor another link");
}

async fn withdrawing_bars_nobody(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let knocked = scene.arrives(scene.guest_from(&link, "Ben", 7_000)).await.unwrap();
    scene.withdraws(&link, &knocked).await.unwrap();
    scene.arrives(scene.guest_from(&link, "Ben", 7_000)).await.unwrap();
}

async fn the_same_key_knocks_once(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let knocks = async |body| done(scene.store.knock(NewKnock { key: Some(key("a", body)), ..scene.guest(&link, "Ben") }, scene.now()).await);
    let first = knocks("1").await.unwrap();
    let again = knocks("1").await.unwrap();
    assert_eq!((first.replayed, again.replayed, again.made.client, again.made.knock.id), (false, true, first.made.client, first.made.knock.id));
    assert_eq!(knocks("2").await.unwrap_err(), NotKnocked::KeyReused);
    scene.decides(&link, these([&first.made]), Verdict::Decline).await.unwrap();
    assert!(knocks("1").await.unwrap().replayed, "not even a decline comes before the first answer");
    assert_eq!(scene.told(&chat).await, ["created", "knock", "decided"]);
}

async fn no_key_brings_back_a_guest_who_is_forgotten(subject: Subject) {
    let scene = Scene::within(subject, Bounds { ended_knocks: 1, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let knocks = async |name| done(scene.store.knock(NewKnock { key: Some(key(name, "")), ..scene.guest(&link, name) }, scene.now()).await).unwrap();
    let (ben, cleo, dan) = (knocks("Ben").await.made, knocks("Cleo").await.made, knocks("Dan").await.made);
    scene.decides(&link, these([&ben]), Verdict::Approve).await.unwrap();
    scene.removes(&chat, MemberId(2), MemberId(2)).await.unwrap();
    let again = knocks("Ben").await;
    assert!(!again.replayed && again.made.client != ben.client, "a member who left knocks anew");
    scene.withdraws(&link, &cleo).await.unwrap();
    scene.withdraws(&link, &dan).await.unwrap();
    assert!(scene.standing(&link, cleo.client).await.is_none());
    let again = knocks("Cleo").await;
    assert!(!again.replayed && again.made.client != cleo.client, "what her credential was is remembered nowhere");
    assert!(knocks("Dan").await.replayed);
}

async fn where_nobody_is_asked_a_knock_is_an_admission(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (open, chat) = (scene.opens_to_all().await, scene.opens().await);
    let walk = scene.shares_so(&chat, |link| (link.auto_approve, link.max_uses) = (true, Some(2))).await.unwrap();
    for (chat, link) in [(&open, scene.shares(&open).await), (&chat, walk)] {
        let knocked = scene.knocks(&link, "Ben").await;
        assert_eq!((knocked.knock.status, knocked.knock.member.as_ref().unwrap().id), (KnockStatus::Approved, MemberId(2)));
        assert!(scene.seat(chat, knocked.client).await.is_some());
        let log = scene.conversation(chat).await;
        assert!(matches!(&log[1].event, Event::MemberJoined { by: None, .. }), "nobody let them in");
        assert_eq!(scene.finds(link.id).await.unwrap().uses, 1);
        scene.knocks(&link, "Cleo").await;
        assert_eq!(scene.arrives(scene.guest(&link, "Dan")).await.err(), (link.max_uses == Some(2)).then_some(NotKnocked::Gone));
    }
}

async fn nobody_walks_into_a_full_chat_nor_knocks_where_no_entry_fits(subject: Subject) {
    let scene = Scene::within(subject, Bounds { entries: 3, members: 2, ..Bounds::default() }).await;
    let (open, chat) = (scene.opens_to_all().await, scene.opens().await);
    let link = scene.shares(&open).await;
    scene.walks_in(&link, "Ben").await;
    assert_eq!(scene.arrives(scene.guest(&link, "Cleo")).await.unwrap_err(), NotKnocked::Full);
    assert_eq!(scene.names(&open).await.len(), 2);
    let link = scene.shares(&chat).await;
    scene.says(&chat, "One").await;
    scene.says(&chat, "Two").await;
    assert_eq!(scene.arrives(scene.guest(&link, "Ben")).await.unwrap_err(), NotKnocked::Full);
}

async fn a_dead_link_cannot_be_knocked_on(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let expires = scene.shares_so(&chat, |link| link.expires_at = scene.now() + Duration::from_secs(1)).await.unwrap();
    let used_up = scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let revoked = scene.shares(&chat).await;
    scene.enters(&used_up, "Ben").await;
    scene.revokes(&revoked, Admitted::Stay).await.unwrap();
    scene.later(Duration::from_secs(1));
    for link in [&expires, &used_up, &revoked] {
        assert_eq!(scene.arrives(scene.guest(link, "Cleo")).await.unwrap_err(), NotKnocked::Gone);
    }
    let nowhere = Link { id: scene.link_id(), ..revoked };
    assert_eq!(scene.arrives(scene.guest(&nowhere, "Cleo")).await.unwrap_err(), NotKnocked::Gone);
}

async fn a_guest_withdraws_their_own_knock_alone(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let (link, other) = (scene.shares(&chat).await, scene.shares(&chat).await);
    let (ben, cleo, dan) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await, scene.knocks(&link, "Dan").await);
    let with = async |link: &Link, knock: KnockId, client| done(scene.store.withdraw_knock(link.id, knock, client, scene.now()).await);
    assert_eq!(with(&link, ben.knock.id, cleo.client).await, Err(NotWithdrawn::Gone));
    assert_eq!(with(&other, ben.knock.id, ben.client).await, Err(NotWithdrawn::Gone));
    assert_eq!(with(&link, ben.knock.id, scene.credential()).await, Err(NotWithdrawn::Gone));
    assert_eq!(scene.status(&link, &ben).await, Some(KnockStatus::Pending));
    scene.withdraws(&link, &ben).await.unwrap();
    scene.withdraws(&link, &ben).await.expect("twice is once");
    assert_eq!(scene.status(&link, &ben).await, Some(KnockStatus::Withdrawn));
    assert_eq!(scene.told(&chat).await.iter().filter(|kind| **kind == "decided").count(), 1);
    scene.decides(&link, these([&cleo]), Verdict::Decline).await.unwrap();
    scene.decides(&link, these([&dan]), Verdict::Approve).await.unwrap();
    for decided in [&cleo, &dan] {
        assert_eq!(scene.withdraws(&link, decided).await.unwrap_err(), NotWithdrawn::AlreadyDecided);
    }
}

async fn of_ended_knocks_the_last_are_kept(subject: Subject) {
    let scene = Scene::within(subject, Bounds { ended_knocks: 3, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let waits = scene.knocks(&link, "Ana").await;
    let (_, admitted) = scene.enters(&link, "Ben").await;
    let mut ended = Vec::new();
    for _ in 0..10 {
        let knocked = scene.knocks(&link, "Cleo").await;
        scene.decides(&link, these([&knocked]), Verdict::Decline).await.unwrap();
        ended.push(knocked);
    }
    for (place, knocked) in ended.iter().enumerate() {
        assert_eq!(scene.status(&link, knocked).await, (place >= 7).then_some(KnockStatus::Declined), "{place}");
    }
    assert_eq!(scene.knocks_of(&chat, None).await.len(), 5);
    assert_eq!(scene.status(&link, &waits).await, Some(KnockStatus::Pending));
    assert!(scene.standing(&link, admitted).await.is_some());
}

async fn the_only_knock_ever_speaks_for_its_link(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let only = async || scene.store.only_standing(link.id, scene.now()).await.unwrap();
    assert_eq!(only().await, None);
    let ben = scene.knocks(&link, "Ben").await;
    assert_eq!(only().await, Some(KnockStatus::Pending));
    scene.decides(&link, these([&ben]), Verdict::Approve).await.unwrap();
    assert_eq!(only().await, Some(KnockStatus::Approved));
    let cleo = scene.knocks(&link, "Cleo").await;
    assert_eq!(only().await, None);
    scene.withdraws(&link, &cleo).await.unwrap();
    assert_eq!(only().await, None, "two ever knocked");
}

checks!(
    a_knock_waits_and_the_owner_hears_of_it,
    knocks_are_listed_in_pages_by_how_they_stand,
    one_household_fills_its_own_place_on_a_link_alone,
    on_a_link_wait_so_many_and_in_a_chat_so_many,
    a_place_is_free_when_a_knock_has_waited_long_enough,
    a_decline_bars_a_household_with_that_name_twice_as_long_each_time,
    withdrawing_bars_nobody,
    the_same_key_knocks_once,
    no_key_brings_back_a_guest_who_is_forgotten,
    where_nobody_is_asked_a_knock_is_an_admission,
    nobody_walks_into_a_full_chat_nor_knocks_where_no_entry_fits,
    a_dead_link_cannot_be_knocked_on,
    a_guest_withdraws_their_own_knock_alone,
    of_ended_knocks_the_last_are_kept,
    the_only_knock_ever_speaks_for_its_link,
);
