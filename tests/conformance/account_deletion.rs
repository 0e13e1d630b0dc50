//! Deleting an account: what is left of it in its chats.

use std::sync::Arc;

use parlor::domain::account::Account;
use parlor::domain::event_log::{Event, LogUpdate, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::{KnockStatus, Verdict};
use parlor::domain::member::{LeaveReason, Member};
use parlor::domain::pagination::LogRange;
use parlor::domain::session::SessionEnd;
use parlor::domain::text::{Label, Note};
use parlor::domain::ticket::{Ticket, TicketStream};
use parlor::store::chats::NotOpened;
use parlor::store::knocks::NewKnock;
use parlor::store::links::{NewLink, NotLinked};
use parlor::store::members::Binding;
use parlor::store::messages::NotPosted;
use parlor::store::tickets::NotAdmitted;

use crate::assertions::kind;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, held_by, key, name, these};
use crate::people::{ends, principal};

/// In every text of the account, and nowhere else.
const MARK: &str = "quincunx";
/// What is shown instead of its name.
const DELETED: &str = "Deleted account";

impl Fixture {
    /// Creates an account whose every name has the mark.
    async fn a_marked_account(&self) -> Account {
        self.signs_up_so(MARK, |account| account.name = name(&format!("Ana {MARK}"))).await
    }

    /// Returns everything that can be read of a chat, as text.
    async fn everything(&self, chat: &Hosted) -> String {
        let members = self.store.list_members(chat.id, crate::assertions::ALL, self.now()).await.unwrap().unwrap().items;
        let page = self.store.messages_page(chat.id, 1, LogRange::All, self.now()).await.unwrap().unwrap().items;
        let (log, door) = (self.conversation(chat).await, self.door(chat).await);
        format!("{members:?} {page:?} {log:?} {door:?} {:?} {:?}", self.knocks_of(chat, None).await, self.sees(chat).await)
    }
}

async fn a_member_leaves_empty_places(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, chat) = (fixture.a_marked_account().await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    let member = fixture.enters_as(&link, &ana).await;
    let own = fixture.posts(&chat, Some(&member), MARK).await.unwrap();
    fixture.says(&chat, "Mine stays").await;
    let (before, content) = (fixture.sees(&chat).await.unwrap(), fixture.store.usage().await.unwrap().held);
    let updates = fixture.deletes(&ana).await;
    let log = fixture.conversation(&chat).await;
    assert_eq!(log.iter().map(|entry| kind(entry)).collect::<Vec<_>>(), ["joined", "joined", "deleted", "message", "left"]);
    let Event::DeletedMessage(empty) = &log[2].event else { panic!("{:?}", log[2]) };
    let author = empty.member.clone().unwrap();
    assert_eq!((log[2].seq, log[2].at, empty.deleted_at), (own.seq, own.at, fixture.now()));
    assert_eq!((author.id, author.name.as_str(), author.username.clone()), (member.id, DELETED, None));
    let Event::MemberLeft { member: left, reason, .. } = &log[4].event else { panic!("{:?}", log[4]) };
    assert_eq!((left.as_ref(), *reason), (author.as_ref(), LeaveReason::Deleted));
    assert_eq!(fixture.names(&chat).await, ["Owner"]);
    assert!(fixture.seat(&chat, principal(&ana)).await.is_none() && fixture.standing(&link, principal(&ana)).await.is_none());
    assert!(!fixture.everything(&chat).await.contains(MARK));
    assert_ne!(fixture.sees(&chat).await.unwrap().revision, before.revision, "pages rendered before are out of date");
    assert!(fixture.store.usage().await.unwrap().held <= content);
    let rewritten: Vec<Topic> = updates.iter().filter_map(rewritten).collect();
    assert_eq!(rewritten, [Topic::Conversation(chat.id), Topic::Door(chat.id)]);
    let appended = updates.iter().position(|update| matches!(update, LogUpdate::Appended { topic: Topic::Conversation(_), .. }));
    assert!(appended.unwrap() > 1, "what was rendered is dropped before the new entry comes");
}

const fn rewritten(update: &LogUpdate) -> Option<Topic> {
    match update {
        LogUpdate::Rewritten { topic, .. } => Some(*topic),
        _ => None,
    }
}

async fn who_left_before_is_erased_too_and_leaves_one_entry(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, chat) = (fixture.a_marked_account().await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    for _ in 0..2 {
        let member = fixture.enters_as(&link, &ana).await;
        fixture.posts(&chat, Some(&member), MARK).await.unwrap();
        fixture.removes(&chat, member.id, MemberId::OWNER).await.unwrap();
    }
    fixture.deletes(&ana).await;
    assert_eq!(fixture.said(&chat).await, ["joined", "joined", "deleted", "left", "joined", "deleted", "left", "left"]);
    assert!(!fixture.everything(&chat).await.contains(MARK));
}

async fn a_guest_who_waits_is_withdrawn_and_its_knock_is_blank(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, chat) = (fixture.a_marked_account().await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    let new = NewKnock { note: Some(Note::parse(MARK).unwrap()), key: Some(key("k", "1")), ..fixture.guest_as(&link, &ana) };
    let knocked = fixture.arrives(new.clone()).await.unwrap();
    fixture.deletes(&ana).await;
    let [knock] = &fixture.knocks_of(&chat, None).await[..] else { panic!("one knock") };
    assert_eq!((knock.id, knock.status, knock.display_name().as_str()), (knocked.knock.id, KnockStatus::Withdrawn, DELETED));
    assert_eq!((&knock.username, &knock.note), (&None, &None));
    assert_eq!(fixture.told(&chat).await, ["created", "knock", "decided"]);
    assert_eq!(fixture.said(&chat).await, ["joined"], "it never was a member");
    assert!(!fixture.everything(&chat).await.contains(MARK));
    assert!(fixture.standing(&link, principal(&ana)).await.is_none());
    assert!(fixture.arrives(new).await.is_err(), "its key repeats nothing");
}

async fn a_chat_of_a_deleted_owner_loses_its_links_and_runs_out(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, mut new) = (fixture.a_marked_account().await, fixture.new_chat());
    new.owner = Arc::new(Member { name: ana.name.clone(), username: Some(ana.username.clone()), ..(*new.owner).clone() });
    (new.author, new.key) = (principal(&ana), Some(key("opens", "1")));
    let opened = fixture.creates(new.clone()).await.unwrap().value;
    let chat = Hosted { id: opened.chat.id, owner: opened.owner, author: opened.author };
    let mut keyed = NewLink { key: Some(key("link", "1")), ..fixture.new_link(&chat) };
    keyed.link.label = Some(Label::parse(MARK).unwrap());
    let link = fixture.makes(keyed.clone()).await.unwrap().value;
    let (ben, bens) = fixture.enters(&link, "Ben").await;
    let waits = fixture.knocks(&link, "Cleo").await;
    fixture.posts_keyed(&chat, Some(&chat.owner), MARK, Some(key("post", "1"))).await.unwrap();
    fixture.deletes(&ana).await;
    assert!(fixture.finds(link.id).await.unwrap().revoked_at.is_some());
    assert_eq!(fixture.status(&link, &waits).await, Some(KnockStatus::Declined));
    assert_eq!(fixture.names(&chat).await, ["Ben"]);
    assert!(fixture.seat(&chat, principal(&ana)).await.is_none() && fixture.seat(&chat, bens).await.is_some());
    let log = fixture.conversation(&chat).await;
    assert_eq!(log.iter().map(|entry| kind(entry)).collect::<Vec<_>>(), ["joined", "joined", "deleted", "left"]);
    assert!(!format!("{log:?}").contains(MARK));
    fixture.posts(&chat, Some(&ben), "We go on").await.unwrap();
    let late = async |key| fixture.posts_keyed(&chat, Some(&chat.owner), MARK, key).await.unwrap_err();
    assert_eq!((late(None).await, late(Some(key("post", "1"))).await), (NotPosted::Gone, NotPosted::Gone));
    assert_eq!(fixture.makes(keyed).await.unwrap_err(), NotLinked::Gone);
    assert_eq!(fixture.creates(new).await.unwrap_err(), NotOpened::AccountFull, "the key repeats nothing, and no one owns a new chat");
    assert!(fixture.sees(&chat).await.is_some());
    fixture.later(parlor::domain::chat::Lifetime::DEFAULT.duration());
    assert!(fixture.sees(&chat).await.is_none());
}

async fn a_member_that_was_bound_is_erased_from_before_its_binding_on(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    for is_removed in [false, true] {
        let (called, chat) = (if is_removed { "ana.2" } else { "ana" }, fixture.opens().await);
        let (ana, link) = (fixture.signs_up(called).await, fixture.shares(&chat).await);
        let guest = NewKnock { note: Some(Note::parse(MARK).unwrap()), ..fixture.guest(&link, MARK) };
        let knocked = fixture.arrives(guest).await.unwrap();
        fixture.decides(&link, these([&knocked]), Verdict::Approve).await.unwrap();
        let member = fixture.standing(&link, knocked.client).await.unwrap().knock.member.unwrap();
        fixture.posts(&chat, Some(&member), MARK).await.unwrap();
        let credential = knocked.client.credential().unwrap();
        let binding = Binding { credential, account: ana.id, username: ana.username.clone() };
        done(fixture.store.bind_member(chat.id, binding, fixture.now()).await).unwrap();
        if is_removed {
            fixture.removes(&chat, member.id, MemberId::OWNER).await.unwrap();
        }
        fixture.deletes(&ana).await;
        let left = fixture.everything(&chat).await;
        assert!(!left.contains(MARK) && !left.contains(called), "{left}");
    }
}

async fn sessions_and_tickets_end(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, chat) = (fixture.signs_up("ana").await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    fixture.enters_as(&link, &ana).await;
    let (first, second) = (fixture.signs_in(&ana).await, fixture.signs_in(&ana).await);
    let ticket = Ticket::new(fixture.ticket_id(), TicketStream::Chat(chat.id), held_by(Some(principal(&ana))), fixture.now());
    let ticket = done(fixture.store.issue_ticket(ticket, None, fixture.now()).await).unwrap().value.id;
    let updates = fixture.deletes(&ana).await;
    assert_eq!(ends(&updates), [(first.id, SessionEnd::Deleted), (second.id, SessionEnd::Deleted)]);
    assert!(fixture.sessions(&ana).await.is_empty());
    assert_eq!(done(fixture.store.open_ticket(TicketStream::Chat(chat.id), ticket, fixture.now()).await), Err(NotAdmitted::Gone));
    assert!(fixture.store.chats_of(ana.id).await.unwrap().is_empty());
}

async fn others_of_the_same_name_keep_theirs(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, other, chat) = (fixture.signs_up("ana").await, fixture.signs_up("ana.b").await, fixture.opens().await);
    let link = fixture.shares(&chat).await;
    let (guest, _) = fixture.enters(&link, "ana").await;
    for member in [fixture.enters_as(&link, &ana).await, fixture.enters_as(&link, &other).await, guest] {
        fixture.posts(&chat, Some(&member), "Hello").await.unwrap();
    }
    fixture.deletes(&ana).await;
    assert_eq!(fixture.names(&chat).await, ["Owner", "ana", "ana.b"]);
    assert_eq!(fixture.said(&chat).await.iter().filter(|kind| **kind == "message").count(), 2);
}

checks!(
    a_member_leaves_empty_places,
    who_left_before_is_erased_too_and_leaves_one_entry,
    a_guest_who_waits_is_withdrawn_and_its_knock_is_blank,
    a_chat_of_a_deleted_owner_loses_its_links_and_runs_out,
    a_member_that_was_bound_is_erased_from_before_its_binding_on,
    sessions_and_tickets_end,
    others_of_the_same_name_keep_theirs,
);
