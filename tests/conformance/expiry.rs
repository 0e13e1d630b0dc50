//! Expiry: what ends by itself, and that nothing of it is served afterwards.

use std::time::Duration;

use parlor::domain::chat::{Admission, ChatChange, EndReason, Lifetime};
use parlor::domain::event_log::{LogUpdate, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::{GuestKnock, KnockStatus, Verdict};
use parlor::domain::limits::{KNOCK_LIFETIME, Limits};
use parlor::domain::link::{Link, OnRevoke};
use parlor::domain::pagination::LogRange;
use parlor::domain::ticket::{Ticket, TicketStream};
use parlor::store::chats::NotUpdated;
use parlor::store::knocks::{KnockReader, NotDecided, NotKnocked, NotWithdrawn};
use parlor::store::links::{NotLinked, NotRevoked};
use parlor::store::members::NotRemoved;
use parlor::store::messages::NotPosted;
use parlor::store::tickets::{NotAdmitted, NotIssued};

use crate::assertions::ALL;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, Which, done, held_by};

const MINUTE: Duration = Duration::from_mins(1);
const MILLISECOND: Duration = Duration::from_millis(1);

impl Fixture {
    /// Fails if any method still knows this chat, its link or the guest who waits there.
    pub(crate) async fn is_gone(&self, chat: &Hosted, link: &Link, waits: &GuestKnock) {
        self.cannot_be_read(chat, link, waits).await;
        self.cannot_be_changed(chat, link, waits).await;
    }

    async fn cannot_be_read(&self, chat: &Hosted, link: &Link, waits: &GuestKnock) {
        let (id, now) = (chat.id, self.now());
        assert!(self.sees(chat).await.is_none());
        assert!(self.seat(chat, chat.author).await.is_none());
        for topic in [Topic::Conversation(id), Topic::Door(id)] {
            assert!(self.head(topic).await.is_none());
            assert!(self.store.entries_after(topic, 0, 10, now).await.unwrap().is_none());
            assert!(self.store.entries_page(topic, 1, LogRange::All, now).await.unwrap().is_none());
        }
        assert!(self.store.messages_page(id, 1, LogRange::All, now).await.unwrap().is_none());
        assert!(self.store.list_members(id, ALL, now).await.unwrap().is_none());
        assert!(self.store.list_links(id, ALL, now).await.unwrap().is_none());
        assert!(self.store.list_knocks(id, None, ALL, now).await.unwrap().is_none());
        assert!(self.finds(link.id).await.is_none());
        assert!(self.standing(link, waits.client).await.is_none());
        assert!(self.store.sole_knock_status(link.id, KnockReader::Anyone, now).await.unwrap().is_none());
    }

    async fn cannot_be_changed(&self, chat: &Hosted, link: &Link, waits: &GuestKnock) {
        let (id, now) = (chat.id, self.now());
        let longer = ChatChange { expires_in: Some(Some(Lifetime::DEFAULT)), ..ChatChange::default() };
        assert_eq!(self.changes(chat, longer).await.unwrap_err(), NotUpdated::Gone);
        assert_eq!(self.posts(chat, Some(&chat.owner), "Hello?").await.unwrap_err(), NotPosted::Gone);
        assert_eq!(self.removes(chat, MemberId(2), MemberId::OWNER).await.unwrap_err(), NotRemoved::Gone);
        assert_eq!(self.shares_so(chat, |_| {}).await.unwrap_err(), NotLinked::Gone);
        assert_eq!(self.revokes(link, OnRevoke::EvictMembers).await.unwrap_err(), NotRevoked::Gone);
        assert_eq!(self.arrives(self.guest(link, "Dan")).await.unwrap_err(), NotKnocked::Gone);
        assert_eq!(self.withdraws(link, waits).await.unwrap_err(), NotWithdrawn::Gone);
        for verdict in [Verdict::Approve, Verdict::Decline] {
            assert_eq!(self.decides(link, Which::Only, verdict).await.unwrap_err(), NotDecided::Gone);
        }
        let ticket = Ticket::new(self.ticket_id(), TicketStream::Chat(id), held_by(Some(chat.author)), now);
        let opened = self.store.open_ticket(TicketStream::Chat(id), ticket.id, now).await;
        assert_eq!(done(opened).unwrap_err(), NotAdmitted::Gone);
        assert_eq!(done(self.store.issue_ticket(ticket, None, now).await).unwrap_err(), NotIssued::Gone);
        assert!(self.closes(chat).await.is_none());
    }
}

async fn a_chat_is_gone_when_its_time_is_up_before_anybody_clears_it_away(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(60).await;
    let link = fixture.shares(&chat).await;
    let waits = fixture.knocks(&link, "Ben").await;
    fixture.later(MINUTE.saturating_sub(MILLISECOND));
    assert!(fixture.sees(&chat).await.is_some());
    assert!(fixture.clears(100).await.iter().all(Vec::is_empty));
    fixture.later(MILLISECOND);
    fixture.is_gone(&chat, &link, &waits).await;
    let news: Vec<LogUpdate> = fixture.clears(100).await.into_iter().flatten().collect();
    for topic in [Topic::Conversation(chat.id), Topic::Door(chat.id)] {
        let ended = |news: &LogUpdate| matches!(news, LogUpdate::Ended { topic: of, end: EndReason::Expired } if *of == topic);
        assert_eq!(news.iter().filter(|news| ended(news)).count(), 1, "{news:?}");
    }
    fixture.is_gone(&chat, &link, &waits).await;
    assert!(fixture.clears(100).await.is_empty());
}

async fn what_is_due_is_cleared_in_slices_and_nothing_else_is(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_chats: 30, ..Limits::default() }).await;
    let mut due = Vec::new();
    for _ in 0..25 {
        due.push(fixture.opens_for(60).await);
    }
    let stays = fixture.opens_for(61).await;
    fixture.later(MINUTE);
    let mut ended = Vec::new();
    loop {
        let cleared = fixture.clears(10).await;
        let count = cleared.len();
        assert!(count <= 10);
        ended.extend(cleared.into_iter().flatten().filter_map(|news| match news {
            LogUpdate::Ended { topic: Topic::Conversation(chat), end: EndReason::Expired } => Some(chat),
            _ => None,
        }));
        if count < 10 {
            break;
        }
    }
    let mut wanted: Vec<_> = due.iter().map(|chat| chat.id).collect();
    ended.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(ended, wanted);
    assert!(fixture.sees(&stays).await.is_some());
    for _ in 0..29 {
        fixture.opens().await;
    }
}

async fn a_message_renews_a_chat(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(60).await;
    for _ in 0..5 {
        fixture.later(MINUTE.saturating_sub(MILLISECOND));
        fixture.clears(100).await;
        fixture.says(&chat, "Still here").await;
        let head = fixture.head(Topic::Conversation(chat.id)).await.unwrap();
        assert_eq!((head.expires_at, fixture.sees(&chat).await.unwrap().expires_at), (fixture.now() + MINUTE, fixture.now() + MINUTE));
    }
    fixture.later(MINUTE);
    assert!(fixture.sees(&chat).await.is_none());
    assert_eq!(fixture.clears(100).await.len(), 1, "its timer moved");
}

async fn knocking_and_reading_renew_nothing(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(60).await;
    let until = fixture.sees(&chat).await.unwrap().expires_at;
    fixture.later(Duration::from_secs(30));
    let link = fixture.shares(&chat).await;
    fixture.knocks(&link, "Ben").await;
    fixture.conversation(&chat).await;
    assert_eq!(fixture.sees(&chat).await.unwrap().expires_at, until);
}

async fn a_shorter_lifetime_ends_a_chat_earlier(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens().await;
    let shorter = ChatChange { expires_in: Some(Some(Lifetime::for_chat(60).unwrap())), ..ChatChange::default() };
    fixture.changes(&chat, shorter).await.unwrap();
    fixture.later(MINUTE);
    assert!(fixture.sees(&chat).await.is_none());
    let news = fixture.clears(100).await;
    assert!(matches!(news.concat().as_slice(), [LogUpdate::Ended { .. }, LogUpdate::Ended { .. }]), "it is expired as early: {news:?}");
}

async fn a_knock_waits_a_day(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(Lifetime::MAX_SECONDS).await;
    let link = fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + 10 * KNOCK_LIFETIME).await.unwrap();
    let knocked = fixture.knocks(&link, "Ben").await;
    assert_eq!(knocked.knock.expires_at, fixture.now() + KNOCK_LIFETIME);
    fixture.later(KNOCK_LIFETIME.saturating_sub(MILLISECOND));
    assert_eq!(fixture.status(&link, &knocked).await, Some(KnockStatus::Pending));
    fixture.later(MILLISECOND);
    assert_eq!(fixture.status(&link, &knocked).await, Some(KnockStatus::Expired), "before the expiry job runs");
    assert_eq!(fixture.knocks_of(&chat, Some(KnockStatus::Expired)).await.len(), 1);
    let news = fixture.clears(100).await.concat();
    assert!(matches!(news.as_slice(), [LogUpdate::Appended { topic: Topic::Door(_), entries, .. }] if entries.len() == 1), "{news:?}");
    assert_eq!(fixture.told(&chat).await, ["created", "knock", "decided"]);
    assert_eq!(fixture.withdraws(&link, &knocked).await.unwrap_err(), NotWithdrawn::AlreadyDecided);
}

async fn an_expired_knock_lets_nobody_in(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let chat = fixture.opens_for(Lifetime::MAX_SECONDS).await;
    let link = fixture.shares_so(&chat, |link| link.expires_at = fixture.now() + 10 * KNOCK_LIFETIME).await.unwrap();
    let knocked = fixture.knocks(&link, "Ben").await;
    fixture.later(KNOCK_LIFETIME);
    let which = || Which::These(vec![knocked.knock.id]);
    for verdict in [Verdict::Approve, Verdict::Decline] {
        assert_eq!(fixture.decides(&link, which(), verdict).await.unwrap_err(), NotDecided::AlreadyDecided);
    }
    fixture.turns(&chat, Admission::Open).await.unwrap();
    assert_eq!(fixture.names(&chat).await, ["Owner"], "neither does opening the chat");
}

checks!(
    a_chat_is_gone_when_its_time_is_up_before_anybody_clears_it_away,
    what_is_due_is_cleared_in_slices_and_nothing_else_is,
    a_message_renews_a_chat,
    knocking_and_reading_renew_nothing,
    a_shorter_lifetime_ends_a_chat_earlier,
    a_knock_waits_a_day,
    an_expired_knock_lets_nobody_in,
);
