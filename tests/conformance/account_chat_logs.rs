//! What the logs of accounts tell of chats and knocks, and the chats of an account as its stream begins with them.

use std::time::Duration;

use parlor::domain::account::Account;
use parlor::domain::account_log::AccountEvent;
use parlor::domain::chat::ChatView;
use parlor::domain::chat_item::AccountChats;
use parlor::domain::event_log::{LogUpdate, Topic};
use parlor::domain::id::KnockId;
use parlor::domain::knock::{GuestKnock, KnockStatus, Verdict};
use parlor::domain::limits::KNOCK_LIFETIME;
use parlor::domain::link::OnRevoke;
use parlor::domain::ticket::{ChatCursor, LogPosition, Ticket, TicketHolder, TicketStream};
use parlor::store::members::Binding;

use crate::assertions::text;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, these};
use crate::people::principal;

const fn added(chat: &Hosted, head: u64) -> AccountEvent {
    AccountEvent::ChatAdded { chat: chat.id, head }
}

impl Fixture {
    /// Returns the last entry of the log of an account.
    async fn last_event(&self, account: &Account) -> AccountEvent {
        self.events(account.id).await.pop().unwrap()
    }

    async fn last_knock(&self, account: &Account) -> GuestKnock {
        match self.last_event(account).await {
            AccountEvent::KnockEnded(ended) => *ended,
            other => panic!("{other:?}"),
        }
    }

    async fn pending_of(&self, account: &Account) -> Vec<GuestKnock> {
        self.store.pending_knocks_of(account.id, self.now()).await.unwrap()
    }

    async fn chats_of(&self, account: &Account, max: usize) -> AccountChats {
        self.store.chats_of_member(account.id, max, self.now()).await.unwrap()
    }
}

async fn coming_to_a_chat_is_told_with_the_head_before(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let chat = fixture.opens_as(&ana).await;
    assert_eq!(fixture.events(ana.id).await, [added(&chat, 0)]);
    let link = fixture.shares(&chat).await;
    fixture.says(&chat, "Before").await;
    fixture.enters_as(&link, &ben).await;
    let bens = fixture.events(ben.id).await;
    assert_eq!(bens[0], added(&chat, 2));
    assert!(matches!(&bens[1], AccountEvent::KnockEnded(ended) if ended.knock.status == KnockStatus::Approved && ended.knock.member.is_some()));
    fixture.befriend(ana.id, ben.id).await;
    let direct = fixture.begins(&ana, &ben).await;
    for account in [&ana, &ben] {
        assert_eq!(fixture.last_event(account).await, added(&direct, 0), "both get both joins");
    }
    let guests = fixture.opens().await;
    let link = fixture.shares(&guests).await;
    let (member, credential) = fixture.enters(&link, "Ana").await;
    let binding = Binding { credential: credential.credential().unwrap(), account: ana.id, username: ana.username.clone() };
    let updates = fixture.store.bind_member(guests.id, binding, fixture.now()).await.unwrap().unwrap().into_parts().1;
    assert_eq!((fixture.last_event(&ana).await, member.id.0), (added(&guests, 2), 2));
    let wakes = |update: &LogUpdate| matches!(update, LogUpdate::Appended { topic: Topic::Account(account), .. } if *account == ana.id);
    assert!(updates.iter().any(wakes));
}

async fn a_direct_chat_that_was_cleared_is_told_to_begin_anew(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    fixture.befriend(ana.id, ben.id).await;
    let chat = fixture.begins(&ana, &ben).await;
    done(fixture.store.clear_chat(chat.id, chat.owner.id, fixture.now()).await).unwrap();
    let before = fixture.events(ben.id).await;
    assert_eq!(fixture.last_event(&ana).await, AccountEvent::ChatCleared(chat.id));
    let AccountChats { latest, others } = fixture.chats_of(&ana, 10).await;
    assert!(latest.is_empty() && others.is_empty());
    fixture.writes(&ben, &ana, "Are you there?").await.unwrap();
    assert_eq!(fixture.last_event(&ana).await, added(&chat, 3));
    let told = fixture.events(ana.id).await.len();
    fixture.writes(&ben, &ana, "Well?").await.unwrap();
    assert_eq!((fixture.events(ana.id).await.len(), fixture.events(ben.id).await), (told, before), "that is told once, and to one");
    assert_eq!(fixture.chats_of(&ana, 10).await.latest.len(), 1);
}

async fn the_end_of_a_knock_is_told(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let (chat, other) = (fixture.opens_so(|chat| chat.expires_in = None).await, fixture.opens().await);
    let (link, elsewhere) = (fixture.shares(&chat).await, fixture.shares(&other).await);
    let knocked = fixture.arrives(fixture.guest_as(&link, &ana)).await.unwrap();
    let also = fixture.arrives(fixture.guest_as(&elsewhere, &ana)).await.unwrap();
    let mut pending: Vec<_> = fixture.pending_of(&ana).await.into_iter().map(|pending| pending.knock.id).collect();
    let mut expected = vec![knocked.knock.id, also.knock.id];
    pending.sort_unstable_by_key(KnockId::uuid);
    expected.sort_unstable_by_key(KnockId::uuid);
    assert_eq!(pending, expected);
    fixture.decides(&link, these([&knocked]), Verdict::Decline).await.unwrap();
    let declined = fixture.last_knock(&ana).await;
    assert_eq!((declined.knock.id, declined.knock.status, declined.chat), (knocked.knock.id, KnockStatus::Declined, chat.id));
    fixture.closes(&other).await.unwrap();
    let over = fixture.last_knock(&ana).await;
    assert_eq!((over.knock.id, over.knock.status), (also.knock.id, KnockStatus::Expired), "it ends with its chat");
    let third = fixture.opens_for(30 * 24 * 3_600).await;
    let link = fixture.shares(&third).await;
    let waits = fixture.arrives(fixture.guest_as(&link, &ana)).await.unwrap();
    assert_eq!(fixture.pending_of(&ana).await.len(), 1);
    fixture.later(KNOCK_LIFETIME);
    assert!(fixture.pending_of(&ana).await.is_empty());
    fixture.clears(100).await;
    assert_eq!((fixture.last_knock(&ana).await.knock.id, fixture.last_knock(&ana).await.knock.status), (waits.knock.id, KnockStatus::Expired));
}

async fn the_log_of_an_account_forgets_a_chat_that_ends(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let (chat, kept) = (fixture.opens_as(&ana).await, fixture.opens_as(&ana).await);
    let link = fixture.shares(&chat).await;
    fixture.enters_as(&link, &ben).await;
    fixture.revokes(&link, OnRevoke::EvictMembers).await.unwrap();
    fixture.closes(&chat).await.unwrap();
    assert_eq!(fixture.events(ana.id).await, [AccountEvent::ChatForgotten, added(&kept, 0)]);
    assert_eq!(fixture.events(ben.id).await, [AccountEvent::ChatForgotten, AccountEvent::ChatForgotten]);
}

async fn a_deleted_account_has_no_log_again(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let chat = fixture.opens().await;
    let link = fixture.shares(&chat).await;
    fixture.arrives(fixture.guest_as(&link, &ana)).await.unwrap();
    let updates = fixture.deletes(&ana).await;
    assert!(!updates.iter().any(|update| matches!(update, LogUpdate::Appended { topic: Topic::Account(_), .. })), "its knock ends untold");
    assert!(fixture.store.account_events_after(ana.id, 0, 10, fixture.now()).await.unwrap().is_none());
}

async fn all_chats_of_a_member_are_there_the_latest_as_items(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let mut chats = Vec::new();
    for _ in 0..5 {
        fixture.later(Duration::from_secs(1));
        chats.push(fixture.opens_as(&ana).await);
    }
    let link = fixture.shares(&chats[0]).await;
    fixture.arrives(fixture.guest_as(&link, &ben)).await.unwrap();
    let AccountChats { latest, others } = fixture.chats_of(&ana, 2).await;
    assert_eq!(latest.iter().map(|item| item.view.chat.id).collect::<Vec<_>>(), [chats[4].id, chats[3].id]);
    let mut rest: Vec<_> = others.iter().map(|view| view.chat.id).collect();
    assert!(others.iter().all(ChatView::has_door));
    for chat in &chats[..3] {
        rest.retain(|id| *id != chat.id);
    }
    assert!(rest.is_empty() && others.len() == 3);
    let AccountChats { latest, others } = fixture.chats_of(&ben, 2).await;
    assert!(latest.is_empty() && others.is_empty(), "a knock is no membership");
}

async fn an_item_is_as_of_an_earlier_head(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    fixture.befriend(ana.id, ben.id).await;
    let chat = fixture.begins(&ana, &ben).await;
    for number in 4..=6 {
        fixture.writes(&ana, &ben, &number.to_string()).await.unwrap();
    }
    let item = async |account: &Account, head| fixture.store.chat_item_at(account.id, chat.id, head, fixture.now()).await.unwrap().unwrap();
    for (head, unread, last) in [(2, 0, None), (4, 2, Some("4")), (6, 4, Some("6")), (99, 4, Some("6"))] {
        let item = item(&ben, head).await;
        assert_eq!((item.unread, item.last_message.as_deref().map(text)), (unread, last), "{head}");
        assert_eq!(item.view.chat.head, 6);
    }
    assert_eq!(item(&ana, 5).await.unread, 0);
    let cleo = fixture.signs_up("cleo").await;
    assert!(fixture.store.chat_item_at(cleo.id, chat.id, 6, fixture.now()).await.unwrap().is_none());
}

async fn a_ticket_keeps_where_the_stream_goes_on(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let session = fixture.signs_in(&ana).await;
    let chat = fixture.opens_as(&ana).await;
    let holder = TicketHolder { principal: Some(principal(&ana)), session: Some(session.id) };
    let cursors = vec![
        ChatCursor { chat: chat.id, at: Some(LogPosition { epoch: None, seq: 1, door: Some(0) }) },
        ChatCursor { chat: fixture.opens().await.id, at: None },
    ];
    let ticket = Ticket::new(fixture.ticket_id(), TicketStream::Account, holder, fixture.now()).with_cursors(cursors.clone());
    let issued = done(fixture.store.issue_ticket(ticket, None, fixture.now()).await).unwrap().value;
    for _ in 0..2 {
        let opened = done(fixture.store.open_ticket(TicketStream::Account, issued.id, fixture.now()).await).unwrap();
        assert_eq!((opened.holder, opened.cursors.as_deref()), (holder, Some(&cursors[..])));
        fixture.store.interrupt_ticket(TicketStream::Account, issued.id, fixture.now()).await.unwrap().into_parts();
    }
}

checks!(
    coming_to_a_chat_is_told_with_the_head_before,
    a_direct_chat_that_was_cleared_is_told_to_begin_anew,
    the_end_of_a_knock_is_told,
    the_log_of_an_account_forgets_a_chat_that_ends,
    a_deleted_account_has_no_log_again,
    all_chats_of_a_member_are_there_the_latest_as_items,
    an_item_is_as_of_an_earlier_head,
    a_ticket_keeps_where_the_stream_goes_on,
);
