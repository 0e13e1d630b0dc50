//! Chats: opening, reading, changing, closing.

use std::time::Duration;

use parlor::domain::bounds::{Bounds, KEY_LIFE, SPARE_ENTRIES};
use parlor::domain::chat::{Admission, ChatChange, End, History, Lifetime};
use parlor::domain::entry::{Event, News, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::text::Title;
use parlor::store::chats::{NotOpened, NotUpdated};
use parlor::store::messages::NotPosted;

use crate::reading::kind;
use crate::scene::{Scene, key, these};
use crate::subject::Subject;

fn titled(title: &str) -> ChatChange {
    ChatChange { title: Some(Title::parse(title).unwrap()), ..ChatChange::default() }
}

fn living(seconds: u64) -> ChatChange {
    ChatChange { expires_in: Some(Lifetime::of_chat(seconds).unwrap()), ..ChatChange::default() }
}

async fn entry_1_is_the_owners_joining(subject: Subject) {
    let scene = Scene::set(subject).await;
    let new = scene.new_chat();
    let (id, author) = (new.chat.id, new.author);
    let (opened, news) = scene.store.create_chat(new, scene.now()).await.unwrap().unwrap().into_parts();
    assert!(!opened.replayed);
    assert_eq!((opened.made.chat.head, opened.made.chat.door, opened.made.author), (1, 0, author));
    let [News::Grown { topic, head, entries }] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!((*topic, head.number, entries.len()), (Topic::Conversation(id), 1, 1));
    let Event::MemberJoined { member, by: None } = &entries[0].event else { panic!("{entries:?}") };
    assert!(member.is_owner());
    assert_eq!((entries[0].number, member.id), (1, MemberId::OWNER));
}

async fn the_same_key_opens_one_chat(subject: Subject) {
    let scene = Scene::set(subject).await;
    let opens = async |body| {
        let mut new = scene.new_chat();
        new.key = Some(key("a new chat", body));
        scene.creates(new).await
    };
    let first = opens("{}").await.unwrap();
    let again = opens("{}").await.unwrap();
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!((again.made.chat.id, again.made.author, again.made.chat.head), (first.made.chat.id, first.made.author, 1));
    assert_eq!(opens("{\"title\":\"x\"}").await.unwrap_err(), NotOpened::KeyReused);
    scene.later(KEY_LIFE);
    assert!(!opens("{}").await.unwrap().replayed, "a key is kept for ten minutes");
}

async fn a_key_lives_no_longer_than_its_chat(subject: Subject) {
    let scene = Scene::set(subject).await;
    let opens = async |body| {
        let mut new = scene.new_chat();
        (new.chat.expires_in, new.chat.expires_at) = (Lifetime::of_chat(60).unwrap(), scene.now() + Duration::from_mins(1));
        new.key = Some(key("a new chat", body));
        scene.creates(new).await.unwrap()
    };
    let first = opens("one").await;
    scene.store.close_chat(first.made.chat.id, scene.now()).await.unwrap().unwrap().into_parts();
    let second = opens("two").await;
    assert!(!second.replayed, "the first chat was closed");
    scene.later(Duration::from_mins(1));
    let third = opens("three").await;
    assert!(!third.replayed, "the second chat is gone, though nobody cleared it away");
}

async fn a_node_holds_so_many_chats(subject: Subject) {
    let scene = Scene::within(subject, Bounds { total_chats: 2, ..Bounds::default() }).await;
    let mut keyed = scene.new_chat();
    keyed.key = Some(key("the first", ""));
    scene.creates(keyed.clone()).await.unwrap();
    let second = scene.opens().await;
    assert_eq!(scene.creates(scene.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
    assert!(scene.creates(keyed).await.unwrap().replayed, "a repetition gets the first answer, however full the node is");
    scene.closes(&second).await.unwrap();
    scene.opens().await;
    assert_eq!(scene.creates(scene.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
}

async fn a_seat_is_its_credentials_alone(subject: Subject) {
    let scene = Scene::set(subject).await;
    let (chat, other) = (scene.opens().await, scene.opens().await);
    let link = scene.shares(&chat).await;
    let waits = scene.knocks(&link, "Cleo").await;
    let (ben, client) = scene.enters(&link, "Ben").await;
    assert_eq!(scene.seat(&chat, chat.author).await.unwrap().member.id, MemberId::OWNER);
    assert_eq!(scene.seat(&chat, client).await.unwrap().member, ben);
    for stranger in [waits.client, other.author, scene.credential()] {
        assert!(scene.seat(&chat, stranger).await.is_none());
    }
    assert!(scene.seat(&other, client).await.is_none());
}

async fn a_change_is_an_entry_and_holds_for_those_who_come_later(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (_, before) = scene.enters(&link, "Ben").await;
    let since_join = ChatChange { history: Some(History::SinceJoin), ..titled("Plans") };
    let changed = scene.changes(&chat, since_join).await.unwrap();
    assert_eq!((changed.title.as_ref().map(Title::as_str), changed.history, changed.head), (Some("Plans"), History::SinceJoin, 3));
    let (cleo, after) = scene.enters(&link, "Cleo").await;
    assert_eq!(scene.seat(&chat, before).await.unwrap().since, 1);
    assert_eq!(scene.seat(&chat, after).await.unwrap().since, 4, "their own joining is the first that they get");
    let log = scene.conversation(&chat).await;
    assert_eq!(log.iter().map(|entry| kind(entry)).collect::<Vec<_>>(), ["joined", "joined", "updated", "joined"]);
    let Event::ChatUpdated { chat: as_told, by } = &log[2].event else { panic!("{log:?}") };
    assert_eq!((as_told.head, as_told.title.as_ref().map(Title::as_str), by.id), (3, Some("Plans"), MemberId::OWNER));
    let Event::MemberJoined { member, by: Some(by) } = &log[3].event else { panic!("{log:?}") };
    assert_eq!((member.id, by.id), (cleo.id, MemberId::OWNER));
}

async fn open_to_knock_revokes_others_links_and_keeps_the_owners(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_to_all().await;
    let owners = scene.shares(&chat).await;
    let (ben, _) = scene.walks_in(&owners, "Ben").await;
    let bens = scene.shares_so(&chat, |link| link.made_by = Some(ben.id)).await.unwrap();
    let nobodys = scene.shares_so(&chat, |link| link.made_by = None).await.unwrap();
    scene.turns(&chat, Admission::Knock).await.unwrap();
    let live = async |id| scene.finds(id).await.unwrap().is_live(scene.now());
    assert_eq!((live(owners.id).await, live(bens.id).await, live(nobodys.id).await), (true, false, false));
    assert_eq!(scene.told(&chat).await.iter().filter(|kind| **kind == "revoked").count(), 2);
    assert_eq!(scene.posts(&chat, None, "Hello?").await.unwrap_err(), NotPosted::Gone);
}

async fn knock_to_open_admits_all_who_wait(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let (ben, cleo) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await);
    scene.turns(&chat, Admission::Open).await.unwrap();
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben", "Cleo"], "whatever their link's uses");
    for guest in [&ben, &cleo] {
        assert_eq!(scene.status(&link, guest).await, Some(KnockStatus::Approved));
        assert!(scene.seat(&chat, guest.client).await.is_some());
    }
    assert_eq!(scene.said(&chat).await, ["joined", "updated", "joined", "joined"]);
}

async fn knock_to_open_admits_nobody_where_not_all_fit(subject: Subject) {
    let scene = Scene::within(subject, Bounds { members: 2, entries: 4, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (ben, cleo) = (scene.knocks(&link, "Ben").await, scene.knocks(&link, "Cleo").await);
    assert_eq!(scene.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::MembersFull);
    assert_eq!(scene.sees(&chat).await.unwrap().admission, Admission::Knock);
    assert_eq!(scene.knocks_of(&chat, Some(KnockStatus::Pending)).await.len(), 2);
    assert_eq!(scene.said(&chat).await, ["joined"]);
    scene.withdraws(&link, &cleo).await.unwrap();
    scene.says(&chat, "One").await;
    scene.says(&chat, "Two").await;
    assert_eq!(scene.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::Full, "neither is there room for the entries");
    assert_eq!(scene.status(&link, &ben).await, Some(KnockStatus::Pending));
}

async fn a_chat_from_which_somebody_was_removed_does_not_open(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let (ben, _) = scene.enters(&link, "Ben").await;
    let (cleo, _) = scene.enters(&link, "Cleo").await;
    scene.removes(&chat, cleo.id, cleo.id).await.unwrap();
    scene.turns(&chat, Admission::Open).await.expect("leaving is no removal");
    scene.turns(&chat, Admission::Knock).await.unwrap();
    scene.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    assert_eq!(scene.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::SomebodyWasRemoved);
}

async fn at_the_bound_a_title_is_refused_and_what_makes_safer_is_not(subject: Subject) {
    let scene = Scene::within(subject, Bounds { entries: 3, ..Bounds::default() }).await;
    let chat = scene.opens_to_all().await;
    let link = scene.shares_so(&chat, |link| link.made_by = None).await.unwrap();
    scene.says(&chat, "One").await;
    scene.says(&chat, "Two").await;
    assert_eq!(scene.changes(&chat, titled("More")).await.unwrap_err(), NotUpdated::Full);
    let both = ChatChange { admission: Some(Admission::Knock), ..living(120) };
    let changed = scene.changes(&chat, both).await.unwrap();
    assert_eq!((changed.admission, changed.expires_at), (Admission::Knock, scene.now() + Duration::from_mins(2)));
    assert!(scene.finds(link.id).await.unwrap().revoked_at.is_some());
    assert_eq!(scene.turns(&chat, Admission::Open).await.unwrap_err(), NotUpdated::Full);
    for round in 0..SPARE_ENTRIES as u64 + 100 {
        let changed = scene.changes(&chat, living(60 + round)).await.expect("a new lifetime always has room");
        assert_eq!(changed.expires_at, scene.now() + Duration::from_secs(60 + round));
    }
    let head = scene.head(Topic::Conversation(chat.id)).await.unwrap();
    assert!(head.number <= 3 + SPARE_ENTRIES as u64 + 1, "the conversation stays bounded: {}", head.number);
    assert_eq!(head.expires_at, scene.sees(&chat).await.unwrap().expires_at);
    scene.conversation(&chat).await;
}

async fn a_change_of_nothing_is_no_entry(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let (same, news) = scene.store.update_chat(chat.id, ChatChange::default(), scene.now()).await.unwrap().unwrap().into_parts();
    assert_eq!((same.head, news.len()), (1, 0));
    assert_eq!(scene.said(&chat).await, ["joined"]);
}

async fn nothing_is_left_of_a_closed_chat(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let waits = scene.knocks(&link, "Ben").await;
    let news = scene.closes(&chat).await.unwrap();
    for topic in [Topic::Conversation(chat.id), Topic::Door(chat.id)] {
        let ended = |news: &News| matches!(news, News::Ended { topic: of, end: End::Closed } if *of == topic);
        assert!(news.iter().any(ended), "{news:?}");
    }
    scene.is_gone(&chat, &link, &waits).await;
    assert!(scene.closes(&chat).await.is_none(), "it closes once");
    scene.later(Duration::from_hours(48));
    assert!(scene.clears(100).await.iter().all(Vec::is_empty), "nothing of it is due any more");
}

async fn closing_has_room_when_everything_is_full(subject: Subject) {
    let scene = Scene::within(subject, Bounds { entries: 2, total_chats: 1, total_memory: 1, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    assert_eq!(scene.posts(&chat, Some(&chat.owner), "abc").await.unwrap_err(), NotPosted::NodeFull);
    assert_eq!(scene.creates(scene.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
    scene.closes(&chat).await.unwrap();
    scene.opens().await;
}

async fn an_admission_begins_a_new_lifetime(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let link = scene.shares(&chat).await;
    let ben = scene.knocks(&link, "Ben").await;
    scene.later(Duration::from_hours(1));
    scene.decides(&link, these([&ben]), Verdict::Approve).await.unwrap();
    assert_eq!(scene.sees(&chat).await.unwrap().expires_at, scene.now() + Duration::from_hours(24));
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
