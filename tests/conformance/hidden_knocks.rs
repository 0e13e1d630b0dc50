//! Knocks of accounts that the owner blocks: the owner does not see them, and the guest does not notice.

use std::time::Duration;

use parlor::domain::account::Account;
use parlor::domain::chat::{Admission, ChatChange, Lifetime};
use parlor::domain::event_log::{LogUpdate, Topic};
use parlor::domain::id::Credential;
use parlor::domain::knock::{Decision, GuestKnock, KnockSelector, KnockStatus, Verdict};
use parlor::domain::limits::{KNOCK_LIFETIME, Limits};
use parlor::domain::link::{Link, OnRevoke};
use parlor::domain::principal::Principal;
use parlor::store::knocks::{KnockReader, NotDecided, NotKnocked};
use parlor::store::members::Binding;

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, Which, done, these};
use crate::people::principal;

/// A chat whose owner blocks an account.
struct Scene {
    fixture: Fixture,
    owner: Account,
    blocked: Account,
    chat: Hosted,
    link: Link,
}

impl Scene {
    async fn set(backend: Backend, limits: Limits) -> Self {
        let fixture = Fixture::within(backend, limits).await;
        let (owner, blocked) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
        fixture.blocks(owner.id, blocked.id).await;
        let chat = fixture.opens_as(&owner).await;
        let link = fixture.shares(&chat).await;
        Self { fixture, owner, blocked, chat, link }
    }

    /// Knocks as the blocked account.
    async fn knocks(&self) -> GuestKnock {
        self.fixture.arrives(self.fixture.guest_as(&self.link, &self.blocked)).await.unwrap()
    }

    /// Returns how the knock of the blocked account stands for it.
    async fn status(&self) -> KnockStatus {
        self.fixture.standing(&self.link, principal(&self.blocked)).await.unwrap().knock.status
    }

    /// Fails unless the owner has learnt of nothing but these kinds of entries.
    async fn owner_knows_only(&self, kinds: &[&str]) {
        assert_eq!(self.fixture.told(&self.chat).await, kinds);
        for status in [None, Some(KnockStatus::Pending), Some(KnockStatus::Declined), Some(KnockStatus::Withdrawn), Some(KnockStatus::Expired)] {
            assert!(self.fixture.knocks_of(&self.chat, status).await.is_empty(), "{status:?}");
        }
        assert_eq!(self.sole(KnockReader::Owner).await, None);
    }

    async fn sole(&self, reader: KnockReader) -> Option<KnockStatus> {
        self.fixture.store.sole_knock_status(self.link.id, reader, self.fixture.now()).await.unwrap()
    }
}

fn wakes_the_door(updates: &[LogUpdate]) -> bool {
    matches!(updates, [LogUpdate::Unlogged { topic: Topic::Door(_) }, LogUpdate::Appended { topic: Topic::Account(_), .. }])
}

async fn the_owner_does_not_see_the_knock_of_an_account_that_they_block(backend: Backend) {
    let scene = Scene::set(backend, Limits::default()).await;
    let (fixture, link) = (&scene.fixture, &scene.link);
    let new = fixture.guest_as(link, &scene.blocked);
    let (hidden, updates) = fixture.store.knock(new, fixture.now()).await.unwrap().unwrap().into_parts();
    assert!(updates.is_empty(), "{updates:?}");
    assert_eq!((hidden.value.knock.status, scene.status().await), (KnockStatus::Pending, KnockStatus::Pending));
    assert_eq!(fixture.tries_to_knock_as(link, &scene.blocked).await.unwrap_err(), NotKnocked::AlreadyInside);
    assert_eq!(scene.sole(KnockReader::Anyone).await, Some(KnockStatus::Pending), "also who asks without a credential may be the guest");
    scene.owner_knows_only(&["created"]).await;
    let id = hidden.value.knock.id;
    for verdict in [Verdict::Approve, Verdict::Decline] {
        assert_eq!(fixture.decides(link, Which::Only, verdict).await.unwrap_err(), NotDecided::NobodyKnocked);
        for knocks in [KnockSelector::OnLink(link.id, vec![id]), KnockSelector::InChat(scene.chat.id, vec![id])] {
            let decision = Decision { knocks, by: parlor::domain::id::MemberId::OWNER, verdict, reason: None };
            assert_eq!(done(fixture.store.decide_knocks(decision, fixture.now()).await).unwrap_err(), NotDecided::Gone);
        }
    }
    let cleo = fixture.knocks(link, "Cleo").await;
    assert_eq!(scene.sole(KnockReader::Owner).await, Some(KnockStatus::Pending));
    assert_eq!(scene.sole(KnockReader::Anyone).await, None);
    assert_eq!(fixture.decides(link, Which::Only, Verdict::Approve).await, Ok(vec![cleo.knock.id]), "only one is seen");
    assert_eq!(fixture.told(&scene.chat).await, ["created", "knock", "decided"]);
    assert_eq!(scene.status().await, KnockStatus::Pending);
}

async fn a_hidden_knock_ends_like_any_other_and_wakes_its_guest(backend: Backend) {
    let scene = Scene::set(backend, Limits::default()).await;
    let (fixture, link) = (&scene.fixture, &scene.link);
    let withdrawn = scene.knocks().await;
    let (link_id, knock, client) = (link.id, withdrawn.knock.id, withdrawn.client);
    let ended = fixture.store.withdraw_knock(link_id, knock, client, fixture.now()).await.unwrap().unwrap();
    assert!(wakes_the_door(&ended.into_parts().1));
    assert_eq!(scene.status().await, KnockStatus::Withdrawn);
    let cleo = fixture.knocks(link, "Cleo").await;
    fixture.decides(link, Which::Only, Verdict::Decline).await.expect("the hidden one that just ended makes nothing ambiguous");
    assert_eq!(fixture.status(link, &cleo).await, Some(KnockStatus::Declined));
    scene.knocks().await;
    fixture.revokes(link, OnRevoke::KeepMembers).await.unwrap();
    assert_eq!(scene.status().await, KnockStatus::Declined);
    assert_eq!(fixture.told(&scene.chat).await, ["created", "knock", "decided", "revoked"]);
    assert_eq!(fixture.decides(link, Which::Only, Verdict::Decline).await, Ok(vec![cleo.knock.id]), "what is repeated names no hidden knock");
}

async fn a_hidden_knock_expires_unseen(backend: Backend) {
    let scene = Scene::set(backend, Limits::default()).await;
    let fixture = &scene.fixture;
    fixture.changes(&scene.chat, a_month()).await.unwrap();
    scene.knocks().await;
    fixture.later(KNOCK_LIFETIME.saturating_sub(Duration::from_millis(1)));
    assert_eq!(scene.status().await, KnockStatus::Pending);
    fixture.later(Duration::from_millis(1));
    let updates = fixture.clears(100).await;
    assert!(updates.iter().any(|updates| wakes_the_door(updates)), "{updates:?}");
    assert_eq!(scene.status().await, KnockStatus::Expired);
    scene.owner_knows_only(&["created"]).await;
}

fn a_month() -> ChatChange {
    let lifetime = Lifetime::for_chat(Lifetime::MAX_SECONDS).unwrap();
    ChatChange { expires_in: Some(Some(lifetime)), ..ChatChange::default() }
}

async fn only_an_open_chat_admits_a_blocked_account_without_its_owner(backend: Backend) {
    let scene = Scene::set(backend, Limits::default()).await;
    let fixture = &scene.fixture;
    let auto = fixture.shares_so(&scene.chat, |link| link.auto_approve = true).await.unwrap();
    let waiting = fixture.arrives(fixture.guest_as(&auto, &scene.blocked)).await.unwrap();
    assert_eq!((waiting.knock.status, fixture.names(&scene.chat).await.len()), (KnockStatus::Pending, 1));
    fixture.walks_in(&auto, "Cleo").await;
    let dan = fixture.knocks(&scene.link, "Dan").await;
    fixture.turns(&scene.chat, Admission::Open).await.unwrap();
    assert_eq!(fixture.status(&scene.link, &dan).await, Some(KnockStatus::Approved));
    assert_eq!(fixture.status(&auto, &waiting).await, Some(KnockStatus::Pending), "opening the chat admits those who are seen");
    fixture.withdraws(&auto, &waiting).await.unwrap();
    let admitted = fixture.arrives(fixture.guest_as(&auto, &scene.blocked)).await.unwrap();
    assert_eq!(admitted.knock.status, KnockStatus::Approved, "an open chat is for all who have its URL");
    assert_eq!(fixture.knocks_of(&scene.chat, None).await.last().unwrap().id, admitted.knock.id, "and who is in it is seen");
}

async fn opening_a_chat_needs_room_for_those_who_are_seen(backend: Backend) {
    let scene = Scene::set(backend, Limits { members: 2, ..Limits::default() }).await;
    scene.knocks().await;
    scene.fixture.knocks(&scene.link, "Cleo").await;
    scene.fixture.turns(&scene.chat, Admission::Open).await.unwrap();
    assert_eq!(scene.fixture.names(&scene.chat).await, ["ana", "Cleo"]);
}

async fn hidden_knocks_count_against_the_limits(backend: Backend) {
    let scene = Scene::set(backend, Limits { link_knocks: 4, ..Limits::default() }).await;
    scene.knocks().await;
    for name in ["Cleo", "Dan", "Eve"] {
        scene.fixture.knocks(&scene.link, name).await;
    }
    let refused = scene.fixture.arrives(scene.fixture.guest(&scene.link, "Fay")).await.unwrap_err();
    assert!(matches!(refused, NotKnocked::TooManyPending { .. }), "{refused:?}");
}

async fn a_block_changes_no_knock_that_was_made_before_nor_does_its_end(backend: Backend) {
    let scene = Scene::set(backend, Limits::default()).await;
    let (fixture, link) = (&scene.fixture, &scene.link);
    let hidden = scene.knocks().await;
    fixture.unblocks(scene.owner.id, scene.blocked.id).await;
    scene.owner_knows_only(&["created"]).await;
    fixture.withdraws(link, &hidden).await.unwrap();
    let seen = scene.knocks().await;
    fixture.blocks(scene.owner.id, scene.blocked.id).await;
    assert_eq!(fixture.knocks_of(&scene.chat, Some(KnockStatus::Pending)).await.len(), 1, "it was seen already");
    fixture.decides(link, these([&seen]), Verdict::Approve).await.unwrap();
    assert_eq!(scene.status().await, KnockStatus::Approved);
}

async fn only_the_owners_own_blocks_hide_knocks(backend: Backend) {
    let scene = Scene::set(backend, Limits::default()).await;
    let (fixture, other) = (&scene.fixture, scene.fixture.opens().await);
    fixture.unblocks(scene.owner.id, scene.blocked.id).await;
    fixture.blocks(scene.blocked.id, scene.owner.id).await;
    scene.knocks().await;
    assert_eq!(fixture.told(&scene.chat).await, ["created", "knock"], "it is the guest who blocks the owner");
    fixture.blocks(scene.owner.id, scene.blocked.id).await;
    let (first, second) = (fixture.shares(&other).await, fixture.shares(&other).await);
    let shown = fixture.arrives(fixture.guest_as(&first, &scene.blocked)).await.unwrap();
    assert_eq!(fixture.knocks_of(&other, None).await.len(), 1, "the chat belongs to no account");
    fixture.withdraws(&first, &shown).await.unwrap();
    let binding = Binding { credential: credential(&other), account: scene.owner.id, username: scene.owner.username.clone() };
    done(fixture.store.bind_member(other.id, binding, fixture.now()).await).unwrap();
    fixture.arrives(fixture.guest_as(&second, &scene.blocked)).await.unwrap();
    assert_eq!(fixture.knocks_of(&other, None).await.len(), 1, "now it does");
    fixture.knocks(&second, "ben").await;
    assert_eq!(fixture.knocks_of(&other, None).await.len(), 2, "a guest without an account is nobody whom one can block");
}

fn credential(chat: &Hosted) -> Credential {
    match chat.author {
        Principal::Credential(credential) => credential,
        other @ Principal::Account(_) => panic!("{other:?}"),
    }
}

async fn nothing_is_left_of_hidden_knocks(backend: Backend) {
    let scene = Scene::set(backend, Limits { ended_knocks: 1, ..Limits::default() }).await;
    let fixture = &scene.fixture;
    for _ in 0..3 {
        let knocked = scene.knocks().await;
        fixture.withdraws(&scene.link, &knocked).await.unwrap();
    }
    scene.knocks().await;
    fixture.deletes(&scene.blocked).await;
    scene.owner_knows_only(&["created"]).await;
    scene.fixture.closes(&scene.chat).await.unwrap();
    assert!(fixture.standing(&scene.link, principal(&scene.blocked)).await.is_none());
}

checks!(
    the_owner_does_not_see_the_knock_of_an_account_that_they_block,
    a_hidden_knock_ends_like_any_other_and_wakes_its_guest,
    a_hidden_knock_expires_unseen,
    only_an_open_chat_admits_a_blocked_account_without_its_owner,
    opening_a_chat_needs_room_for_those_who_are_seen,
    hidden_knocks_count_against_the_limits,
    a_block_changes_no_knock_that_was_made_before_nor_does_its_end,
    only_the_owners_own_blocks_hide_knocks,
    nothing_is_left_of_hidden_knocks,
);
