//! The memory of accounts and of what they have beside chats: that it is counted, limits sign-ups, and comes back.

use parlor::domain::account::{Account, AccountChange};
use parlor::domain::friendship::Answer;
use parlor::domain::id::MemberId;
use parlor::domain::limits::{IDEMPOTENCY_KEY_LIFETIME, Limits};
use parlor::domain::report::REPORTED_TEXT_LIFETIME;
use parlor::domain::text::{Device, Name};
use parlor::store::accounts::{NewAccount, NotCreated};
use parlor::store::chats::NotOpened;
use parlor::store::friends::{NotRequested, Requested};
use parlor::store::mail_tokens::MailTokenUse;

use crate::backends::Backend;
use crate::fixture::{Fixture, done, key};
use crate::mail_tokens::verification;
use crate::people::digests;

/// What is kept of a deleted account for good, at most: that its username was given.
const RETIRED: u64 = 64;

impl Fixture {
    /// Returns the bytes held.
    async fn held(&self) -> u64 {
        self.store.usage().await.unwrap().held
    }

    /// Fails unless `change` makes the store hold more.
    async fn grows<T>(&self, what: &str, change: impl Future<Output = T>) -> T {
        let before = self.held().await;
        let changed = change.await;
        assert!(self.held().await > before, "{what}");
        changed
    }

    /// Changes the name of an account.
    async fn is_named(&self, account: &Account, name: &str) {
        let change = AccountChange { name: Some(Name::parse(name).unwrap()), ..AccountChange::default() };
        done(self.store.update_account(account.id, change, self.now()).await).unwrap();
    }

    /// Two accounts come, use all that accounts have, and are deleted.
    async fn live_and_are_deleted(&self, first: &str, second: &str) {
        let new = NewAccount { key: Some(key(first, "1")), ..self.new_account(first) };
        let ana = self.grows("an account", self.creates_account(new)).await.unwrap().value;
        let ben = self.grows("an address", self.signs_up_at(second, &format!("{second}@example.org"))).await;
        self.grows("a longer name", self.is_named(&ana, "A much longer name of several words")).await;
        let session = self.grows("a session", self.signs_in(&ana)).await;
        let device = Device::parse("A device with a name that is as long as a device's may be").unwrap();
        self.grows("a device", self.signs_in_on(&ana, device)).await;
        let spends = async {
            let refresh = self.store.refresh_session(digests(&session.token), session.token.successor(&[7; 32]).digest(), self.now()).await;
            done(refresh).unwrap();
        };
        self.grows("a spent token", spends).await;
        self.grows("a ticket", self.issues_for(&ana, &session)).await;
        self.grows("a token in a mail", self.issues_mail_token(&ben, verification(&format!("{second}@example.org")))).await;
        self.grows("another", self.issues_mail_token(&ben, MailTokenUse::Reset)).await;
        let request = self.grows("a request", self.asks(ana.id, ben.id)).await;
        let befriends = async { self.answers(&request, ben.id, Answer::Accept).await.unwrap() };
        self.grows("a friendship", befriends).await;
        self.grows("a block", self.blocks(ben.id, ana.id)).await;
        let chat = self.grows("a chat", self.opens_as(&ana)).await;
        self.closes(&chat).await.unwrap();
        self.deletes(&ana).await;
        self.deletes(&ben).await;
    }

    async fn signs_in_on(&self, account: &Account, device: Device) {
        self.tries_to_sign_in_so(account.id, |session| session.device = Some(device)).await.unwrap();
    }
}

async fn what_accounts_hold_is_counted_and_comes_back_with_their_deletion(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let before = fixture.held().await;
    for round in 1..=5 {
        fixture.live_and_are_deleted(&format!("ana-{round}"), &format!("ben-{round}")).await;
        fixture.later(IDEMPOTENCY_KEY_LIFETIME);
        fixture.store.expire_sessions(fixture.now(), 100).await.unwrap();
        let left = fixture.held().await - before;
        assert!(left <= 2 * round * RETIRED, "{left} bytes are left after {round} rounds");
    }
}

async fn what_comes_to_an_end_is_no_longer_held(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up_at("ben", "ben@example.org").await);
    let stays = fixture.signs_in(&ana).await;
    let before = fixture.held().await;
    let session = fixture.signs_in(&ana).await;
    fixture.issues_for(&ana, &session).await;
    done(fixture.store.end_session(ana.id, session.id, fixture.now()).await).unwrap();
    assert_eq!(fixture.held().await, before, "a session");
    fixture.issues_for(&ana, &stays).await;
    fixture.issues_mail_token(&ben, MailTokenUse::Reset).await;
    fixture.is_named(&ben, "Somebody with a very long name").await;
    fixture.is_named(&ben, "ben").await;
    fixture.later(IDEMPOTENCY_KEY_LIFETIME * 3);
    fixture.store.expire_sessions(fixture.now(), 100).await.unwrap();
    let log = fixture.held().await - before;
    assert!(log < 1_000, "but for the entries of ben's log: {log}");
}

const MIB: u64 = 1 << 20;

async fn from_80_percent_on_nobody_signs_up(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_memory: MIB, ..Limits::default() }).await;
    let (ana, chat) = (fixture.signs_up("ana").await, fixture.opens().await);
    let keyed = NewAccount { key: Some(key("k", "1")), ..fixture.new_account("ben") };
    let ben = fixture.creates_account(keyed.clone()).await.unwrap().value;
    fixture.fills(&chat, 80).await;
    assert_eq!(fixture.creates_account(fixture.new_account("cleo")).await.unwrap_err(), NotCreated::NodeFull);
    assert_eq!(fixture.creates_account(fixture.new_account("ana")).await.unwrap_err(), NotCreated::UsernameTaken);
    assert_eq!(fixture.creates_account(keyed).await.unwrap().value.id, ben.id, "the stored response is repeated");
    fixture.signs_in(&ana).await;
    fixture.closes(&chat).await.unwrap();
    fixture.signs_up("cleo").await;
}

async fn from_90_percent_on_no_friend_requests_are_created(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_memory: MIB, ..Limits::default() }).await;
    let (ana, ben, cleo) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await, fixture.signs_up("cleo").await);
    let (chat, pending) = (fixture.opens().await, fixture.asks(ana.id, ben.id).await);
    fixture.fills(&chat, 90).await;
    assert_eq!(fixture.tries_to_ask(cleo.id, ana.id).await.unwrap_err(), NotRequested::NodeFull);
    assert!(matches!(fixture.tries_to_ask(ana.id, ben.id).await, Ok(Requested::Same(_))));
    fixture.answers(&pending, ben.id, Answer::Accept).await.unwrap();
    fixture.signs_in(&ana).await;
    fixture.closes(&chat).await.unwrap();
    fixture.asks(cleo.id, ana.id).await;
}

async fn accounts_alone_fill_a_node(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_memory: MIB / 8, ..Limits::default() }).await;
    let mut all = Vec::new();
    let refused = loop {
        match fixture.creates_account(fixture.new_account(&format!("ana{}", all.len()))).await {
            Ok(created) => all.push(created.value),
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, NotCreated::NodeFull);
    assert!((30..1_000).contains(&all.len()), "{}", all.len());
    let usage = fixture.store.usage().await.unwrap();
    assert!(usage.held <= usage.most && usage.held >= usage.most / 100 * 80, "{usage:?}");
    assert_eq!(fixture.creates(fixture.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
    for account in &all[..10] {
        fixture.deletes(account).await;
    }
    fixture.opens().await;
    fixture.signs_up("ben").await;
}

async fn reports_are_held_until_their_texts_are_destroyed(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let seq = fixture.says(&chat, &"x".repeat(8_000)).await;
    let before = fixture.held().await;
    fixture.reports(&chat, MemberId::OWNER, Some(seq)).await.unwrap();
    fixture.closes(&chat).await.unwrap();
    let with_text = fixture.held().await;
    assert!(with_text > 8_000, "{with_text}, {before} with the chat");
    fixture.later(REPORTED_TEXT_LIFETIME);
    fixture.store.expire_reports(fixture.now()).await.unwrap();
    let without = fixture.held().await;
    assert!((1..with_text - 8_000 + 1).contains(&without), "{without}");
}

checks!(
    what_accounts_hold_is_counted_and_comes_back_with_their_deletion,
    what_comes_to_an_end_is_no_longer_held,
    from_80_percent_on_nobody_signs_up,
    from_90_percent_on_no_friend_requests_are_created,
    accounts_alone_fill_a_node,
    reports_are_held_until_their_texts_are_destroyed,
);
