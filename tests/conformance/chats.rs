//! Chats: creating, reading, updating, closing.

use std::time::Duration;

use parlor::domain::chat::{Admission, ChatChange, EndReason, HistoryVisibility, Lifetime};
use parlor::domain::event_log::{Event, LogUpdate, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::limits::{IDEMPOTENCY_KEY_LIFETIME, Limits, RESERVED_ENTRIES};
use parlor::domain::text::Title;
use parlor::store::chats::{NotOpened, NotUpdated};
use parlor::store::messages::NotPosted;

use crate::assertions::kind;
use crate::backends::Backend;
use crate::fixture::{Fixture, key, these};

fn titled(title: &str) -> ChatChange {
    ChatChange { title: Some(Some(Title::parse(title).unwrap())), ..ChatChange::default() }
}

fn living(seconds: u64) -> ChatChange {
    ChatChange { expires_in: Some(Some(Lifetime::for_chat(seconds).unwrap())), ..ChatChange::default() }
}

async fn entry_1_is_the_owners_joining(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let new = fixture.new_chat();
    let (id, author) = (new.chat.id, new.author);
    let (opened, news) = fixture.store.create_chat(new, fixture.now()).await.unwrap().unwrap().into_parts();
    assert!(!opened.replayed);
    assert_eq!((opened.value.chat.head, opened.value.chat.door, opened.value.author), (1, 0, author));
    let [LogUpdate::Appended { topic, head, entries }] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((*topic, head.seq, entries.len()), (Topic::Conversation(id), 1, 1));
    let Event::MemberJoined { member, by: None } = &entries[0].event else { panic!("{entries:?}") };
    assert!(member.is_owner());
    assert_eq!((entries[0].seq, member.id), (1, MemberId::OWNER));
}

async fn the_same_key_opens_one_chat(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let opens = async |body| {
        let mut new = fixture.new_chat();
        new.key = Some(key("a new chat", body));
        fixture.creates(new).await
    };
    let first = opens("{}").await.unwrap();
    let again = opens("{}").await.unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!((again.value.chat.id, again.value.author, again.value.chat.head), (first.value.chat.id, first.value.author, 1));
    assert_eq!(opens("{\"title\":\"x\"}").await.unwrap_err(), NotOpened::KeyReused);
    fixture.later(IDEMPOTENCY_KEY_LIFETIME);
    assert!(!opens("{}").await.unwrap().replayed, "a key is kept for ten minutes");
}

async fn a_key_lives_no_longer_than_its_chat(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let opens = async |body| {
        let mut new = fixture.new_chat();
        (new.chat.expires_in, new.chat.expires_at) = (Some(Lifetime::for_chat(60).unwrap()), fixture.now() + Duration::from_mins(1));
        new.key = Some(key("a new chat", body));
        fixture.creates(new).await.unwrap()
    };
    let first = opens("one").await;
    fixture.store.close_chat(first.value.chat.id, fixture.now()).await.unwrap().unwrap().into_parts();
    let second = opens("two").await;
    assert!(!second.replayed, "the first chat was closed");
    fixture.later(Duration::from_mins(1));
    let third = opens("three").await;
    assert!(!third.replayed, "the second chat has expired, though the expiry job has not run");
}

async fn a_node_holds_so_many_chats(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_chats: 2, ..Limits::default() }).await;
    let mut keyed = fixture.new_chat();
    keyed.key = Some(key("the first", ""));
    fixture.creates(keyed.clone()).await.unwrap();
    let second = fixture.opens().await;
    assert_eq!(fixture.creates(fixture.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
    assert!(fixture.creates(keyed).await.unwrap().replayed, "a repetition gets the stored response, however full the node is");
    fixture.closes(&second).await.unwrap();
    fixture.opens().await;
    assert_eq!(fixture.creates(fixture.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
}

async fn a_seat_is_its_credentials_alone(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (chat, other) = (fixture.opens().await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    let waits = fixture.knocks(&link, "Cleo").await;
    let (ben, client) = fixture.enters(&link, "Ben").await;
    assert_eq!(fixture.seat(&chat, chat.author).await.unwrap().member.id, MemberId::OWNER);
    assert_eq!(fixture.seat(&chat, client).await.unwrap().member, ben);
    for stranger in [waits.client, other.author, fixture.credential()] {
        assert!(fixture.seat(&chat, stranger).await.is_none());
    }
    assert!(fixture.seat(&other, client).await.is_none());
}

async fn a_change_is_an_entry_and_holds_for_those_who_come_later(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (_, before) = fixture.enters(&link, "Ben").await;
    let since_join = ChatChange { history: Some(HistoryVisibility::SinceJoin), ..titled("Plans") };
    let changed = fixture.changes(&chat, since_join).await.unwrap();
    assert_eq!((changed.title.as_ref().map(Title::as_str), changed.history, changed.head), (Some("Plans"), HistoryVisibility::SinceJoin, 3));
    let (cleo, after) = fixture.enters(&link, "Cleo").await;
    assert_eq!(fixture.seat(&chat, before).await.unwrap().visible_from, 1);
    assert_eq!(fixture.seat(&chat, after).await.unwrap().visible_from, 4, "their own joining is the first entry that they see");
    let log = fixture.conversation(&chat).await;
    assert_eq!(log.iter().map(|entry| kind(entry)).collect::<Vec<_>>(), ["joined", "joined", "updated", "joined"]);
    let Event::ChatUpdated { chat: as_told, by } = &log[2].event else { panic!("{log:?}") };
    assert_eq!((as_told.head, as_told.title.as_ref().map(Title::as_str), by.id), (3, Some("Plans"), MemberId::OWNER));
    let Event::MemberJoined { member, by: Some(by) } = &log[3].event else { panic!("{log:?}") };
    assert_eq!((member.id, by.id), (cleo.id, MemberId::OWNER));
}

async fn open_to_knock_revokes_others_links_and_keeps_the_owners(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_to_all().await;
    let owners = fixture.shares(&chat).await;
    let (ben, _) = fixture.walks_in(&owners, "Ben").await;
    let bens = fixture.shares_so(&chat, |link| link.created_by = Some(ben.id)).await.unwrap();
    let nobodys = fixture.shares_so(&chat, |link| link.created_by = None).await.unwrap();
    fixture.turns(&chat, Admission::Knock).await.unwrap();
    let live = async |id| fixture.finds(id).await.unwrap().is_live(fixture.now());
    assert_eq!((live(owners.id).await, live(bens.id).await, live(nobodys.id).await), (true, false, false));
    assert_eq!(fixture.told(&chat).await.iter().filter(|kind| **kind == "revoked").count(), 2);
    assert_eq!(fixture.posts(&chat, None, "Hello?").await.unwrap_err(), NotPosted::Gone);
}

async fn knock_to_open_admits_all_who_wait(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let (ben, cleo) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await);
    fixture.turns(&chat, Admission::Open).await.unwrap();
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben", "Cleo"], "whatever their link's uses");
    for guest in [&ben, &cleo] {
        assert_eq!(fixture.status(&link, guest).await, Some(KnockStatus::Approved));
        assert!(fixture.seat(&chat, guest.client).await.is_some());
    }
    assert_eq!(fixture.said(&chat).await, ["joined", "updated", "joined", "joined"]);
}

async fn knock_to_open_admits_nobody_where_not_all_fit(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { members: 2, entries: 4, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, cleo) = (fixture.knocks(&link, "Ben").await, fixture.knocks(&link, "Cleo").await);
    assert_eq!(fixture.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::MembersFull);
    assert_eq!(fixture.sees(&chat).await.unwrap().admission, Admission::Knock);
    assert_eq!(fixture.knocks_of(&chat, Some(KnockStatus::Pending)).await.len(), 2);
    assert_eq!(fixture.said(&chat).await, ["joined"]);
    fixture.withdraws(&link, &cleo).await.unwrap();
    fixture.says(&chat, "One").await;
    fixture.says(&chat, "Two").await;
    assert_eq!(fixture.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::Full, "the entries do not fit either");
    assert_eq!(fixture.status(&link, &ben).await, Some(KnockStatus::Pending));
}

async fn a_chat_from_which_somebody_was_removed_does_not_open(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    fixture.removes(&chat, cleo.id, cleo.id).await.unwrap();
    fixture.turns(&chat, Admission::Open).await.expect("leaving is not a removal");
    fixture.turns(&chat, Admission::Knock).await.unwrap();
    fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    assert_eq!(fixture.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::SomebodyWasRemoved);
}

async fn at_the_bound_a_title_is_refused_and_what_makes_safer_is_not(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 3, ..Limits::default() }).await;
    let chat = fixture.opens_to_all().await;
    let link = fixture.shares_so(&chat, |link| link.created_by = None).await.unwrap();
    fixture.says(&chat, "One").await;
    fixture.says(&chat, "Two").await;
    assert_eq!(fixture.changes(&chat, titled("More")).await.unwrap_err(), NotUpdated::Full);
    let both = ChatChange { admission: Some(Admission::Knock), ..living(120) };
    let changed = fixture.changes(&chat, both).await.unwrap();
    assert_eq!((changed.admission, changed.expires_at), (Admission::Knock, fixture.now() + Duration::from_mins(2)));
    assert!(fixture.finds(link.id).await.unwrap().revoked_at.is_some());
    assert_eq!(fixture.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::Full);
    for round in 0..RESERVED_ENTRIES as u64 + 100 {
        let changed = fixture.changes(&chat, living(60 + round)).await.expect("a new lifetime always fits");
        assert_eq!(changed.expires_at, fixture.now() + Duration::from_secs(60 + round));
    }
    let head = fixture.head(Topic::Conversation(chat.id)).await.unwrap();
    assert!(head.seq <= 3 + RESERVED_ENTRIES as u64 + 1, "the conversation stays within its limit: {}", head.seq);
    assert_eq!(head.expires_at, fixture.sees(&chat).await.unwrap().expires_at);
    fixture.conversation(&chat).await;
}

async fn a_change_of_nothing_is_no_entry(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let (same, news) = fixture.store.update_chat(chat.id, ChatChange::default(), chat.owner.id, fixture.now()).await.unwrap().unwrap().into_parts();
    assert_eq!((same.head, news.len()), (1, 0));
    assert_eq!(fixture.said(&chat).await, ["joined"]);
}

async fn nothing_is_left_of_a_closed_chat(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let waits = fixture.knocks(&link, "Ben").await;
    let news = fixture.closes(&chat).await.unwrap();
    for topic in [Topic::Conversation(chat.id), Topic::Door(chat.id)] {
        let ended = |news: &LogUpdate| matches!(news, LogUpdate::Ended { topic: of, end: EndReason::Closed } if *of == topic);
        assert!(news.iter().any(ended), "{news:?}");
    }
    fixture.is_gone(&chat, &link, &waits).await;
    assert!(fixture.closes(&chat).await.is_none(), "it closes once");
    fixture.later(Duration::from_hours(48));
    assert!(fixture.clears(100).await.iter().all(Vec::is_empty), "nothing of it is due afterwards");
}

async fn closing_has_room_when_everything_is_full(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { entries: 2, total_chats: 1, total_memory: 1, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    assert_eq!(fixture.posts(&chat, Some(&chat.owner), "abc").await.unwrap_err(), NotPosted::NodeFull);
    assert_eq!(fixture.creates(fixture.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
    fixture.closes(&chat).await.unwrap();
    fixture.opens().await;
}

async fn an_admission_begins_a_new_lifetime(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    let ben = fixture.knocks(&link, "Ben").await;
    fixture.later(Duration::from_hours(1));
    fixture.decides(&link, these([&ben]), Verdict::Approve).await.unwrap();
    assert_eq!(fixture.sees(&chat).await.unwrap().expires_at, fixture.now() + Duration::from_hours(24));
}

checks!(
    entry_1_is_the_owners_joining,
    the_same_key_opens_one_chat,
    a_key_lives_no_longer_than_its_chat,
    a_node_holds_so_many_chats,
    a_seat_is_its_credentials_alone,
    a_change_is_an_entry_and_holds_for_those_who_come_later,
    open_to_knock_revokes_others_links_and_keeps_the_owners,
    knock_to_open_admits_all_who_wait,
    knock_to_open_admits_nobody_where_not_all_fit,
    a_chat_from_which_somebody_was_removed_does_not_open,
    at_the_bound_a_title_is_refused_and_what_makes_safer_is_not,
    a_change_of_nothing_is_no_entry,
    nothing_is_left_of_a_closed_chat,
    closing_has_room_when_everything_is_full,
    an_admission_begins_a_new_lifetime,
);
