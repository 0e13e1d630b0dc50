//! Knocks: how they arrive, how many may wait, how they end.

use std::time::Duration;

use parlor::domain::chat::Lifetime;
use parlor::domain::event_log::Event;
use parlor::domain::id::{KnockId, MemberId};
use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::limits::{FIRST_COOLDOWN, KNOCK_LIFETIME, Limits};
use parlor::domain::link::{Link, OnRevoke};
use parlor::domain::pagination::PageRequest;
use parlor::store::knocks::{KnockReader, NewKnock, NotKnocked, NotWithdrawn};

use crate::backends::Backend;
use crate::fixture::{Fixture, address, done, key, name, these};

impl Fixture {
    /// Builds a knock from this client address.
    fn guest_from(&self, link: &Link, called: &str, household: u64) -> NewKnock {
        NewKnock { address: address(household), ..self.guest(link, called) }
    }

    async fn is_declined(&self, link: &Link, called: &str, household: u64) {
        let knocked = self.arrives(self.guest_from(link, called, household)).await.unwrap();
        self.decides(link, these([&knocked]), Verdict::Decline).await.unwrap();
    }
}

async fn a_knock_waits_and_the_owner_hears_of_it(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let knocked = fixture.knocks(&link, "Ben").await;
    assert_eq!((knocked.chat, knocked.knock.status, knocked.knock.number), (chat.id, KnockStatus::Pending, 1));
    assert_eq!(knocked.knock.expires_at, fixture.now() + KNOCK_LIFETIME);
    let door = fixture.door(&chat).await;
    assert!(matches!(&door[1].event, Event::Knock(knock) if knock.id == knocked.knock.id && knock.name == Some(name("Ben"))));
    assert!(fixture.seat(&chat, knocked.client).await.is_none(), "the guest is not a member yet");
    assert_eq!(fixture.said(&chat).await, ["joined"], "members do not see it");
    let other = fixture.shares(&chat).await;
    assert!(fixture.standing(&other, knocked.client).await.is_none(), "another link does not know the guest");
    assert!(fixture.standing(&link, fixture.credential()).await.is_none());
}

async fn knocks_are_listed_in_pages_by_how_they_stand(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let mut knocked = Vec::new();
    for _ in 0..5 {
        knocked.push(fixture.knocks(&link, "Ben").await);
    }
    fixture.decides(&link, these([&knocked[1]]), Verdict::Decline).await.unwrap();
    fixture.withdraws(&link, &knocked[3]).await.unwrap();
    let page = async |status, after, limit| {
        let cut = fixture.store.list_knocks(chat.id, status, PageRequest { after, limit }, fixture.now()).await.unwrap().unwrap();
        (cut.items.iter().map(|knock| knock.number).collect::<Vec<_>>(), cut.has_more)
    };
    assert_eq!(page(None, 0, 3).await, (vec![1, 2, 3], true));
    assert_eq!(page(Some(KnockStatus::Pending), 1, 10).await, (vec![3, 5], false));
    assert_eq!(page(Some(KnockStatus::Declined), 0, 10).await, (vec![2], false));
    assert_eq!(page(Some(KnockStatus::Withdrawn), 0, 10).await, (vec![4], false));
    assert_eq!(page(None, u64::MAX, 10).await, (vec![], false));
}

async fn one_household_fills_its_own_place_on_a_link_alone(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (link, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    let until = fixture.now() + KNOCK_LIFETIME;
    let mut first = None;
    for number in 0..Limits::default().address_knocks() {
        let knocked = fixture.arrives(fixture.guest_from(&link, &format!("Ben {number}"), 7_000)).await.unwrap();
        first.get_or_insert(knocked);
        fixture.later(Duration::from_secs(1));
    }
    assert_eq!(fixture.arrives(fixture.guest_from(&link, "Cleo", 7_000)).await.unwrap_err(), NotKnocked::TooManyPending { until });
    fixture.arrives(fixture.guest_from(&link, "Cleo", 7_001)).await.expect("a knock from another address fits");
    fixture.arrives(fixture.guest_from(&other, "Cleo", 7_000)).await.expect("a knock from this address fits on another link");
    fixture.withdraws(&link, &first.unwrap()).await.unwrap();
    fixture.arrives(fixture.guest_from(&link, "Cleo", 7_000)).await.expect("a place is free again");
}

async fn on_a_link_wait_so_many_and_in_a_chat_so_many(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let Limits { link_knocks, chat_knocks, .. } = Limits::default();
    let chat = fixture.opens_for(Lifetime::MAX_SECONDS).await;
    let until = fixture.now() + KNOCK_LIFETIME;
    let mut links = Vec::new();
    for _ in 0..chat_knocks / link_knocks {
        let link = fixture.shares(&chat).await;
        for number in 0..link_knocks {
            fixture.arrives(NewKnock { key: Some(key(&format!("{}/{number}", link.number), "")), ..fixture.guest(&link, "Ben") }).await.unwrap();
        }
        links.push(link);
    }
    fixture.later(Duration::from_mins(1));
    assert_eq!(fixture.arrives(fixture.guest(&links[0], "Ben")).await.unwrap_err(), NotKnocked::TooManyPending { until });
    let spare = fixture.shares(&chat).await;
    assert_eq!(
        fixture.arrives(fixture.guest(&spare, "Ben")).await.unwrap_err(),
        NotKnocked::TooManyPending { until },
        "until the first has waited long enough"
    );
    assert_eq!(fixture.knocks_of(&chat, None).await.len(), chat_knocks);
    fixture.revokes(&links[0], OnRevoke::KeepMembers).await.unwrap();
    fixture.knocks(&spare, "Ben").await;
}

async fn a_place_is_free_when_a_knock_has_waited_long_enough(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(Lifetime::MAX_SECONDS).await;
    let link = fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + 3 * KNOCK_LIFETIME).await.unwrap();
    for _ in 0..Limits::default().link_knocks {
        fixture.knocks(&link, "Ben").await;
    }
    fixture.later(KNOCK_LIFETIME);
    fixture.knocks(&link, "Ben").await;
}

async fn a_decline_bars_a_household_with_that_name_twice_as_long_each_time(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(Lifetime::MAX_SECONDS).await;
    let (link, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    for times in 0..3 {
        fixture.is_declined(&link, "Ben", 7_000).await;
        let span = FIRST_COOLDOWN * 2_u32.pow(times);
        let barred = Err(NotKnocked::Barred { until: fixture.now() + span });
        for alike in ["Ben", "BEN", "Be\u{200b}n", " ben"] {
            assert_eq!(fixture.arrives(fixture.guest_from(&link, alike, 7_000)).await.map(|_| ()), barred, "{alike:?}");
        }
        fixture.later(span.saturating_sub(Duration::from_millis(1)));
        assert_eq!(fixture.arrives(fixture.guest_from(&link, "Ben", 7_000)).await.map(|_| ()), barred);
        fixture.later(Duration::from_millis(1));
    }
    fixture.is_declined(&link, "Ben", 7_000).await;
    fixture.arrives(fixture.guest_from(&link, "Cleo", 7_000)).await.expect("another name is not barred");
    fixture.arrives(fixture.guest_from(&link, "Ben", 7_001)).await.expect("neither is another address");
    fixture.arrives(fixture.guest_from(&other, "Ben", 7_000)).await.expect("nor another link");
}

async fn withdrawing_bars_nobody(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let knocked = fixture.arrives(fixture.guest_from(&link, "Ben", 7_000)).await.unwrap();
    fixture.withdraws(&link, &knocked).await.unwrap();
    fixture.arrives(fixture.guest_from(&link, "Ben", 7_000)).await.unwrap();
}

async fn the_same_key_knocks_once(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let knocks = async |body| done(fixture.store.knock(NewKnock { key: Some(key("a", body)), ..fixture.guest(&link, "Ben") }, fixture.now()).await);
    let first = knocks("1").await.unwrap();
    let again = knocks("1").await.unwrap();
    assert_eq!((first.replayed, again.replayed, again.value.client, again.value.knock.id), (false, true, first.value.client, first.value.knock.id));
    assert_eq!(knocks("2").await.unwrap_err(), NotKnocked::KeyReused);
    fixture.decides(&link, these([&first.value]), Verdict::Decline).await.unwrap();
    assert!(knocks("1").await.unwrap().replayed, "the stored response comes before the decline");
    assert_eq!(fixture.told(&chat).await, ["created", "knock", "decided"]);
}

async fn no_key_brings_back_a_guest_who_is_forgotten(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { ended_knocks: 1, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let knocks =
        async |name| done(fixture.store.knock(NewKnock { key: Some(key(name, "")), ..fixture.guest(&link, name) }, fixture.now()).await).unwrap();
    let (ben, cleo, dan) = (knocks("Ben").await.value, knocks("Cleo").await.value, knocks("Dan").await.value);
    fixture.decides(&link, these([&ben]), Verdict::Approve).await.unwrap();
    fixture.removes(&chat, MemberId(2), MemberId(2)).await.unwrap();
    let again = knocks("Ben").await;
    assert!(!again.replayed && again.value.client != ben.client, "a member who left knocks again");
    fixture.withdraws(&link, &cleo).await.unwrap();
    fixture.withdraws(&link, &dan).await.unwrap();
    assert!(fixture.standing(&link, cleo.client).await.is_none());
    let again = knocks("Cleo").await;
    assert!(!again.replayed && again.value.client != cleo.client, "her former credential is stored nowhere");
    assert!(knocks("Dan").await.replayed);
}

async fn where_nobody_is_asked_a_knock_is_an_admission(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (open, chat) = (fixture.opens_to_all().await, fixture.opens().await);
    let walk = fixture.shares_so(&chat, |link| (link.auto_approve, link.max_uses) = (true, Some(2))).await.unwrap();
    for (chat, link) in [(&open, fixture.shares(&open).await), (&chat, walk)] {
        let knocked = fixture.knocks(&link, "Ben").await;
        assert_eq!((knocked.knock.status, knocked.knock.member.as_ref().unwrap().id), (KnockStatus::Approved, MemberId(2)));
        assert!(fixture.seat(chat, knocked.client).await.is_some());
        let log = fixture.conversation(chat).await;
        assert!(matches!(&log[1].event, Event::MemberJoined { by: None, .. }), "the guest was not let in");
        assert_eq!(fixture.finds(link.id).await.unwrap().uses, 1);
        fixture.knocks(&link, "Cleo").await;
        assert_eq!(fixture.arrives(fixture.guest(&link, "Dan")).await.err(), (link.max_uses == Some(2)).then_some(NotKnocked::Gone));
    }
}

async fn nobody_walks_into_a_full_chat_nor_knocks_where_no_entry_fits(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 3, members: 2, ..Limits::default() }).await;
    let (open, chat) = (fixture.opens_to_all().await, fixture.opens().await);
    let link = fixture.shares(&open).await;
    fixture.walks_in(&link, "Ben").await;
    assert_eq!(fixture.arrives(fixture.guest(&link, "Cleo")).await.unwrap_err(), NotKnocked::Full);
    assert_eq!(fixture.names(&open).await.len(), 2);
    let link = fixture.shares(&chat).await;
    fixture.says(&chat, "One").await;
    fixture.says(&chat, "Two").await;
    assert_eq!(fixture.arrives(fixture.guest(&link, "Ben")).await.unwrap_err(), NotKnocked::Full);
}

async fn a_guest_withdraws_their_own_knock_alone(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (link, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    let (ben, cleo, dan) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await, fixture.knocks(&link, "Dan").await);
    let with = async |link: &Link, knock: KnockId, client| done(fixture.store.withdraw_knock(link.id, knock, client, fixture.now()).await);
    assert_eq!(with(&link, ben.knock.id, cleo.client).await, Err(NotWithdrawn::Gone));
    assert_eq!(with(&other, ben.knock.id, ben.client).await, Err(NotWithdrawn::Gone));
    assert_eq!(with(&link, ben.knock.id, fixture.credential()).await, Err(NotWithdrawn::Gone));
    assert_eq!(fixture.status(&link, &ben).await, Some(KnockStatus::Pending));
    fixture.withdraws(&link, &ben).await.unwrap();
    fixture.withdraws(&link, &ben).await.expect("the second has no effect");
    assert_eq!(fixture.status(&link, &ben).await, Some(KnockStatus::Withdrawn));
    assert_eq!(fixture.told(&chat).await.iter().filter(|kind| **kind == "decided").count(), 1);
    fixture.decides(&link, these([&cleo]), Verdict::Decline).await.unwrap();
    fixture.decides(&link, these([&dan]), Verdict::Approve).await.unwrap();
    for decided in [&cleo, &dan] {
        assert_eq!(fixture.withdraws(&link, decided).await.unwrap_err(), NotWithdrawn::AlreadyDecided);
    }
}

async fn of_ended_knocks_the_last_are_kept(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { ended_knocks: 3, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let waits = fixture.knocks(&link, "Ana").await;
    let (_, admitted) = fixture.enters(&link, "Ben").await;
    let mut ended = Vec::new();
    for _ in 0..10 {
        let knocked = fixture.knocks(&link, "Cleo").await;
        fixture.decides(&link, these([&knocked]), Verdict::Decline).await.unwrap();
        ended.push(knocked);
    }
    for (place, knocked) in ended.iter().enumerate() {
        assert_eq!(fixture.status(&link, knocked).await, (place >= 7).then_some(KnockStatus::Declined), "{place}");
    }
    assert_eq!(fixture.knocks_of(&chat, None).await.len(), 5);
    assert_eq!(fixture.status(&link, &waits).await, Some(KnockStatus::Pending));
    assert!(fixture.standing(&link, admitted).await.is_some());
}

async fn the_only_knock_ever_speaks_for_its_link(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let only = async || fixture.store.sole_knock_status(link.id, KnockReader::Anyone, fixture.now()).await.unwrap();
    assert_eq!(only().await, None);
    let ben = fixture.knocks(&link, "Ben").await;
    assert_eq!(only().await, Some(KnockStatus::Pending));
    fixture.decides(&link, these([&ben]), Verdict::Approve).await.unwrap();
    assert_eq!(only().await, Some(KnockStatus::Approved));
    let cleo = fixture.knocks(&link, "Cleo").await;
    assert_eq!(only().await, None);
    fixture.withdraws(&link, &cleo).await.unwrap();
    assert_eq!(only().await, None, "two guests knocked in total");
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
    a_guest_withdraws_their_own_knock_alone,
    of_ended_knocks_the_last_are_kept,
    the_only_knock_ever_speaks_for_its_link,
);
