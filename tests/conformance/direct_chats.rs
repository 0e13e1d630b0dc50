//! Direct chats: one for a pair of accounts, begun by a message, and who may write there.

use std::collections::HashSet;
use std::sync::Arc;

use parlor::domain::account::{Account, AccountChange, DirectMessages};
use parlor::domain::chat::{Admission, Chat, ChatKind, HistoryVisibility};
use parlor::domain::clock::Timestamp;
use parlor::domain::event_log::Event;
use parlor::domain::id::{AccountId, ChatId, Epoch};
use parlor::domain::idempotency::{IdempotencyKey, Idempotent};
use parlor::domain::limits::{Limits, MAX_ACCOUNT_CHATS};
use parlor::domain::member::Role;
use parlor::domain::message::MessageDraft;
use parlor::domain::text::MessageText;
use parlor::store::direct_chats::{NewDirectMessage, NotSent, SentMessage};
use parlor::store::messages::NotPosted;
use tokio::task::JoinSet;

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, key, name};
use crate::people::principal;

const REFUSED: NotSent = NotSent::NotPosted(NotPosted::NotAccepted);

impl Fixture {
    pub(crate) fn new_direct(&self, from: AccountId, to: AccountId, text: &str) -> NewDirectMessage {
        let chat = Chat {
            id: ChatId::random(&self.dice),
            epoch: Epoch::random(&self.dice),
            kind: ChatKind::Direct,
            title: None,
            group: None,
            admission: Admission::Invite,
            history: HistoryVisibility::All,
            created_at: self.now(),
            expires_in: None,
            expires_at: Timestamp::NEVER,
            first: 1,
            head: 0,
            door: 0,
            revision: 0,
        };
        let message = MessageDraft::of_text(MessageText::parse(text).unwrap()).by(None);
        NewDirectMessage { chat, from, to, message, is_admitted: true, key: None }
    }

    pub(crate) async fn sends_direct(&self, new: NewDirectMessage) -> Result<Idempotent<SentMessage>, NotSent> {
        done(self.store.send_direct(new, self.now()).await)
    }

    pub(crate) async fn writes(&self, from: &Account, to: &Account, text: &str) -> Result<SentMessage, NotSent> {
        self.sends_direct(self.new_direct(from.id, to.id, text)).await.map(|sent| sent.value)
    }

    /// Writes to an account that accepts it; returns the chat as the writer's.
    pub(crate) async fn begins(&self, from: &Account, to: &Account) -> Hosted {
        let sent = self.writes(from, to, "Hello").await.unwrap();
        self.direct_chat(sent.chat, from).await
    }

    /// Returns a direct chat with one of its accounts as the one who posts.
    pub(crate) async fn direct_chat(&self, chat: ChatId, account: &Account) -> Hosted {
        let view = self.store.find_chat(chat, Some(principal(account)), self.now()).await.unwrap().unwrap();
        Hosted { id: chat, owner: view.membership.unwrap().member, author: principal(account) }
    }

    pub(crate) async fn accepts(&self, account: &Account, direct_messages: DirectMessages) {
        let change = AccountChange { direct_messages: Some(direct_messages), ..AccountChange::default() };
        done(self.store.update_account(account.id, change, self.now()).await).unwrap();
    }
}

/// Two accounts who are friends.
async fn friends(backend: Backend) -> (Fixture, Account, Account) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    fixture.befriend(ana.id, ben.id).await;
    (fixture, ana, ben)
}

async fn the_first_message_begins_the_chat_of_two(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    assert_eq!(fixture.store.find_direct_chat(ana.id, ben.id).await.unwrap(), None);
    let first = fixture.writes(&ben, &ana, "Hello").await.unwrap();
    assert!(first.has_begun && first.entry.seq == 3);
    let chat = fixture.direct_chat(first.chat, &ben).await;
    let log = fixture.conversation(&chat).await;
    let joined = log[..2].iter().map(|entry| match &entry.event {
        Event::MemberJoined { member, by: None } => (member.id.0, member.role, member.username.clone().unwrap()),
        other => panic!("{other:?}"),
    });
    assert_eq!(joined.collect::<Vec<_>>(), [(1, Role::Member, ben.username.clone()), (2, Role::Member, ana.username.clone())]);
    let second = fixture.writes(&ana, &ben, "Hello, Ben").await.unwrap();
    assert_eq!((second.chat, second.has_begun, second.entry.seq), (first.chat, false, 4));
    for (one, other) in [(&ana, &ben), (&ben, &ana)] {
        assert_eq!(fixture.store.find_direct_chat(one.id, other.id).await.unwrap(), Some(first.chat));
        assert_eq!(fixture.store.chats_of(one.id).await.unwrap(), [first.chat]);
        let view = fixture.store.find_chat(first.chat, Some(principal(one)), fixture.now()).await.unwrap().unwrap();
        assert_eq!(view.with.unwrap().username.as_ref(), Some(&other.username));
        assert_eq!((view.chat.kind, view.chat.expires_in, view.chat.first), (ChatKind::Direct, None, 1));
    }
    let eve = fixture.signs_up("eve").await;
    assert!(fixture.seat(&chat, principal(&eve)).await.is_none());
}

async fn a_direct_chat_never_expires(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    let chat = fixture.begins(&ana, &ben).await;
    fixture.later(std::time::Duration::from_hours(24 * 4_000));
    assert!(fixture.clears(100).await.iter().all(Vec::is_empty));
    assert_eq!(fixture.said(&chat).await, ["joined", "joined", "message"]);
    assert_eq!(fixture.writes(&ben, &ana, "Still there").await.unwrap().chat, chat.id);
}

async fn a_hundred_first_messages_at_once_make_one_chat(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    let fixture = Arc::new(fixture);
    let tasks: JoinSet<_> = (0..100)
        .map(|number| {
            let fixture = fixture.clone();
            let (from, to) = if number % 2 == 0 { (ana.id, ben.id) } else { (ben.id, ana.id) };
            async move { fixture.sends_direct(fixture.new_direct(from, to, &number.to_string())).await.unwrap().value }
        })
        .collect();
    let sent = tasks.join_all().await;
    assert_eq!(sent.iter().map(|message| message.chat).collect::<HashSet<_>>().len(), 1);
    assert_eq!(sent.iter().filter(|message| message.has_begun).count(), 1);
    let mut numbers: Vec<u64> = sent.iter().map(|message| message.entry.seq).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (3..=102).collect::<Vec<_>>());
    let chat = fixture.direct_chat(sent[0].chat, &ana).await;
    assert_eq!(fixture.conversation(&chat).await.len(), 102);
    assert_eq!(fixture.store.usage().await.unwrap().chats, 1, "what was begun in vain is gone");
}

async fn friends_may_write_and_those_who_were_written_to(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    fixture.unfriends(ana.id, ben.id).await;
    assert_eq!(fixture.writes(&ana, &ben, "Hello").await.unwrap_err(), REFUSED);
    assert_eq!(fixture.store.find_direct_chat(ana.id, ben.id).await.unwrap(), None);
    fixture.accepts(&ben, DirectMessages::Anyone).await;
    fixture.writes(&ana, &ben, "Hello").await.unwrap();
    fixture.writes(&ben, &ana, "Who are you?").await.expect("Ana wrote to him");
    fixture.accepts(&ben, DirectMessages::Friends).await;
    fixture.writes(&ana, &ben, "Ana").await.expect("Ben wrote to her");
    assert!(fixture.relation(ana.id, ben.id).await.has_written);
    fixture.befriend(ana.id, ben.id).await;
    fixture.unfriends(ben.id, ana.id).await;
    for (from, to) in [(&ana, &ben), (&ben, &ana)] {
        assert_eq!(fixture.writes(from, to, "Again").await.unwrap_err(), REFUSED, "what was written before counts no more");
    }
    fixture.befriend(ana.id, ben.id).await;
    fixture.accepts(&ben, DirectMessages::Nobody).await;
    assert_eq!(fixture.writes(&ana, &ben, "Again").await.unwrap_err(), REFUSED);
    fixture.writes(&ben, &ana, "I may").await.unwrap();
}

async fn every_way_of_posting_is_judged(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    let (anas, bens) = (fixture.begins(&ana, &ben).await, fixture.writes(&ben, &ana, "Hello").await.unwrap());
    let bens = fixture.direct_chat(bens.chat, &ben).await;
    fixture.blocks(ben.id, ana.id).await;
    assert_eq!(fixture.posts(&anas, Some(&anas.owner), "Hello?").await.unwrap_err(), NotPosted::NotAccepted);
    assert_eq!(fixture.posts(&bens, Some(&bens.owner), "Go away").await.unwrap_err(), NotPosted::BlockedByAuthor);
    assert_eq!(fixture.posts(&bens, None, "Hello").await.unwrap_err(), NotPosted::Gone, "there are no visitors");
    assert_eq!(fixture.writes(&ana, &ben, "Hello?").await.unwrap_err(), REFUSED);
    assert_eq!(fixture.writes(&ben, &ana, "Go").await.unwrap_err(), NotSent::NotPosted(NotPosted::BlockedByAuthor));
    assert_eq!(fixture.conversation(&anas).await.len(), 4);
    assert!(fixture.seat(&anas, anas.author).await.is_some() && fixture.seat(&bens, bens.author).await.is_some(), "both read on");
    fixture.unblocks(ben.id, ana.id).await;
    fixture.befriend(ana.id, ben.id).await;
    fixture.posts(&anas, Some(&anas.owner), "Hello").await.unwrap();
}

async fn a_key_sends_one_message_to_one_account(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    let cleo = fixture.signs_up("cleo").await;
    fixture.befriend(ana.id, cleo.id).await;
    let keyed = |to: &Account, text: &str, key: IdempotencyKey| NewDirectMessage { key: Some(key), ..fixture.new_direct(ana.id, to.id, text) };
    let first = fixture.sends_direct(keyed(&ben, "Hello", key("k", "ben"))).await.unwrap();
    let again = fixture.sends_direct(keyed(&ben, "Hello", key("k", "ben"))).await.unwrap();
    assert!(!first.replayed && again.replayed && !again.value.has_begun);
    assert_eq!((again.value.chat, again.value.entry.seq), (first.value.chat, 3));
    let reused = Err(NotSent::NotPosted(NotPosted::KeyReused));
    for other in [keyed(&ben, "Other", key("k", "other")), keyed(&cleo, "Hello", key("k", "cleo"))] {
        assert_eq!(fixture.sends_direct(other).await.map(|sent| sent.replayed), reused);
    }
    assert_eq!(fixture.store.find_direct_chat(ana.id, cleo.id).await.unwrap(), None);
    fixture.begins(&ana, &cleo).await;
    assert_eq!(fixture.sends_direct(keyed(&cleo, "Hello", key("k", "cleo"))).await.map(|sent| sent.replayed), reused);
    fixture.later(parlor::domain::limits::IDEMPOTENCY_KEY_LIFETIME);
    assert!(!fixture.sends_direct(keyed(&cleo, "Hello", key("k", "cleo"))).await.unwrap().replayed);
}

async fn a_chat_that_is_not_admitted_or_finds_no_room_does_not_begin(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    let too_soon = || NewDirectMessage { is_admitted: false, ..fixture.new_direct(ana.id, ben.id, "Hello") };
    assert_eq!(fixture.sends_direct(too_soon()).await.unwrap_err(), NotSent::NotAdmitted);
    let mut last = None;
    for _ in 0..MAX_ACCOUNT_CHATS {
        last = Some(fixture.opens_as(&ben).await);
    }
    for (from, to) in [(&ana, &ben), (&ben, &ana)] {
        assert_eq!(fixture.writes(from, to, "Hello").await.unwrap_err(), NotSent::AccountFull);
    }
    assert!(fixture.store.chats_of(ana.id).await.unwrap().is_empty());
    fixture.closes(&last.unwrap()).await.unwrap();
    fixture.writes(&ana, &ben, "Hello").await.unwrap();
    fixture.sends_direct(too_soon()).await.expect("only new chats are counted");
    let nobody = AccountId::random(&fixture.dice);
    assert_eq!(fixture.sends_direct(fixture.new_direct(ana.id, nobody, "Hello")).await.unwrap_err(), NotSent::Gone);
}

async fn a_full_node_begins_no_direct_chat(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_chats: 1, ..Limits::default() }).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    fixture.befriend(ana.id, ben.id).await;
    let other = fixture.opens().await;
    assert_eq!(fixture.writes(&ana, &ben, "Hello").await.unwrap_err(), NotSent::NotPosted(NotPosted::NodeFull));
    assert!(fixture.store.chats_of(ana.id).await.unwrap().is_empty());
    fixture.closes(&other).await.unwrap();
    fixture.writes(&ana, &ben, "Hello").await.unwrap();
}

async fn a_deleted_account_leaves_the_words_of_the_other(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    let chat = fixture.begins(&ana, &ben).await;
    fixture.writes(&ben, &ana, "Hello, Ana").await.unwrap();
    fixture.deletes(&ana).await;
    let bens = fixture.direct_chat(chat.id, &ben).await;
    assert_eq!(fixture.said(&bens).await, ["joined", "joined", "deleted", "message", "left"]);
    let view = fixture.store.find_chat(chat.id, Some(principal(&ben)), fixture.now()).await.unwrap().unwrap();
    let with = view.with.unwrap();
    assert_eq!((with.name.as_str(), with.username.as_ref()), ("Deleted account", None));
    assert!(fixture.seat(&chat, principal(&ana)).await.is_none());
    assert_eq!(fixture.posts(&bens, Some(&bens.owner), "Ana?").await.unwrap_err(), NotPosted::NotAccepted);
    assert_eq!(fixture.writes(&ben, &ana, "Ana?").await.unwrap_err(), NotSent::Gone);
    assert_eq!(fixture.names(&bens).await, ["ben"]);
    let updates = fixture.deletes(&ben).await;
    assert!(fixture.sees(&chat).await.is_none(), "it ends with the second account");
    assert!(format!("{updates:?}").contains("Ended"));
    assert_eq!(fixture.store.usage().await.unwrap().chats, 0);
}

async fn a_chat_that_was_closed_begins_anew(backend: Backend) {
    let (fixture, ana, ben) = friends(backend).await;
    let chat = fixture.begins(&ana, &ben).await;
    fixture.closes(&chat).await.unwrap();
    assert!(fixture.store.chats_of(ana.id).await.unwrap().is_empty());
    let again = fixture.writes(&ben, &ana, "Hello").await.unwrap();
    assert!(again.has_begun && again.chat != chat.id);
}

async fn two_of_one_name_are_told_apart(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up_so("ana", |account| account.name = name("Kim")).await;
    let ben = fixture.signs_up_so("ben", |account| account.name = name("Kim")).await;
    fixture.befriend(ana.id, ben.id).await;
    let chat = fixture.begins(&ana, &ben).await;
    assert_eq!(fixture.names(&chat).await, ["Kim", "Kim (2)"]);
}

checks!(
    the_first_message_begins_the_chat_of_two,
    a_direct_chat_never_expires,
    a_hundred_first_messages_at_once_make_one_chat,
    friends_may_write_and_those_who_were_written_to,
    every_way_of_posting_is_judged,
    a_key_sends_one_message_to_one_account,
    a_chat_that_is_not_admitted_or_finds_no_room_does_not_begin,
    a_full_node_begins_no_direct_chat,
    a_deleted_account_leaves_the_words_of_the_other,
    a_chat_that_was_closed_begins_anew,
    two_of_one_name_are_told_apart,
);
