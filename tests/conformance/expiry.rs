//! Time: what ends by itself, and that nothing is served of it afterwards.

use std::time::Duration;

use parlor::domain::bounds::{Bounds, KNOCK_LIFE};
use parlor::domain::chat::{Admission, ChatChange, End, Lifetime};
use parlor::domain::entry::{News, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::{KnockStatus, Knocked, Verdict};
use parlor::domain::link::{Admitted, Link};
use parlor::domain::page::LogPage;
use parlor::domain::ticket::{Ticket, TicketStream};
use parlor::store::chats::NotUpdated;
use parlor::store::knocks::{NotDecided, NotKnocked, NotWithdrawn};
use parlor::store::links::{NotLinked, NotRevoked};
use parlor::store::members::NotRemoved;
use parlor::store::messages::NotPosted;
use parlor::store::tickets::{NotAdmitted, NotIssued};

use crate::reading::ALL;
use crate::scene::{Hosted, Scene, Which, done};
use crate::subject::Subject;

const MINUTE: Duration = Duration::from_mins(1);
const MILLISECOND: Duration = Duration::from_millis(1);

impl Scene {
    /// No method knows of this chat, its link, the guest who waits there.
    pub(crate) async fn is_gone(&self, chat: &Hosted, link: &Link, waits: &Knocked) {
        self.cannot_be_read(chat, link, waits).await;
        self.cannot_be_changed(chat, link, waits).await;
    }

    async fn cannot_be_read(&self, chat: &Hosted, link: &Link, waits: &Knocked) {
        let (id, now) = (chat.id, self.now());
        assert!(self.sees(chat).await.is_none());
        assert!(self.seat(chat, chat.author).await.is_none());
        for topic in [Topic::Conversation(id), Topic::Door(id)] {
            assert!(self.head(topic).await.is_none());
            assert!(self.store.entries_after(topic, 0, 10, now).await.unwrap().is_none());
            assert!(self.store.entries_page(topic, 1, LogPage::All, now).await.unwrap().is_none());
        }
        assert!(self.store.messages_page(id, 1, LogPage::All, now).await.unwrap().is_none());
        assert!(self.store.members(id, ALL, now).await.unwrap().is_none());
        assert!(self.store.links(id, ALL, now).await.unwrap().is_none());
        assert!(self.store.knocks(id, None, ALL, now).await.unwrap().is_none());
        assert!(self.finds(link.id).await.is_none());
        assert!(self.standing(link, waits.client).await.is_none());
        assert!(self.store.only_standing(link.id, now).await.unwrap().is_none());
    }

    async fn cannot_be_changed(&self, chat: &Hosted, link: &Link, waits: &Knocked) {
        let (id, now) = (chat.id, self.now());
        let longer = ChatChange { expires_in: Some(Lifetime::DEFAULT), ..ChatChange::default() };
        assert_eq!(self.changes(chat, longer).await.unwrap_err(), NotUpdated::Gone);
        assert_eq!(self.posts(chat, Some(&chat.owner), "Hello?").await.unwrap_err(), NotPosted::Gone);
        assert_eq!(self.removes(chat, MemberId(2), MemberId::OWNER).await.unwrap_err(), NotRemoved::Gone);
        assert_eq!(self.shares_so(chat, |_| {}).await.unwrap_err(), NotLinked::Gone);
        assert_eq!(self.revokes(link, Admitted::Evicted).await.unwrap_err(), NotRevoked::Gone);
        assert_eq!(self.arrives(self.guest(link, "Dan")).await.unwrap_err(), NotKnocked::Gone);
        assert_eq!(self.withdraws(link, waits).await.unwrap_err(), NotWithdrawn::Gone);
        for verdict in [Verdict::Approve, Verdict::Decline] {
            assert_eq!(self.decides(link, Which::Only, verdict).await.unwrap_err(), NotDecided::Gone);
        }
        let ticket = Ticket::new(self.ticket_id(), TicketStream::Chat, Some(chat.author), now);
        let opened = self.store.open_ticket(id, TicketStream::Chat, ticket.id, now).await;
        assert_eq!(done(opened).unwrap_err(), NotAdmitted::Gone);
        assert_eq!(done(self.store.issue_ticket(id, ticket, None, now).await).unwrap_err(), NotIssued::Gone);
        assert!(self.closes(chat).await.is_none());
    }
}

async fn a_chat_is_gone_when_its_time_is_up_before_anybody_clears_it_away(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(60).await;
    let link = scene.shares(&chat).await;
    let waits = scene.knocks(&link, "Ben").await;
    scene.later(MINUTE.saturating_sub(MILLISECOND));
    assert!(scene.sees(&chat).await.is_some());
    assert!(scene.clears(100).await.iter().all(Vec::is_empty));
    scene.later(MILLISECOND);
    scene.is_gone(&chat, &link, &waits).await;
    let news: Vec<News> = scene.clears(100).await.into_iter().flatten().collect();
    for topic in [Topic::Conversation(chat.id), Topic::Door(chat.id)] {
        let ended = |news: &News| matches!(news, News::Ended { topic: of, end: End::Expired } if *of == topic);
        assert_eq!(news.iter().filter(|news| ended(news)).count(), 1, "{news:?}");
    }
    scene.is_gone(&chat, &link, &waits).await;
    assert!(scene.clears(100).await.is_empty());
}

async fn what_is_due_is_cleared_in_slices_and_nothing_else_is(subject: Subject) {
    let scene = Scene::within(subject, Bounds { total_chats: 30, ..Bounds::default() }).await;
    let mut due = Vec::new();
    for _ in 0..25 {
        due.push(scene.opens_for(60).await);
    }
    let stays = scene.opens_for(61).await;
    scene.later(MINUTE);
    let mut ended = Vec::new();
    loop {
        let cleared = scene.clears(10).await;
        let count = cleared.len();
        assert!(count <= 10);
        ended.extend(cleared.into_iter().flatten().filter_map(|news| match news {
            News::Ended { topic: Topic::Conversation(chat), end: End::Expired } => Some(chat),
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
    assert!(scene.sees(&stays).await.is_some());
    for _ in 0..29 {
        scene.opens().await;
    }
}

async fn a_message_renews_a_chat(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(60).await;
    for _ in 0..5 {
        scene.later(MINUTE.saturating_sub(MILLISECOND));
        scene.clears(100).await;
        scene.says(&chat, "Still here").await;
        let head = scene.head(Topic::Conversation(chat.id)).await.unwrap();
        assert_eq!((head.expires_at, scene.sees(&chat).await.unwrap().expires_at), (scene.now() + MINUTE, scene.now() + MINUTE));
    }
    scene.later(MINUTE);
    assert!(scene.sees(&chat).await.is_none());
    assert_eq!(scene.clears(100).await.len(), 1, "its timer followed");
}

async fn knocking_and_reading_renew_nothing(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(60).await;
    let until = scene.sees(&chat).await.unwrap().expires_at;
    scene.later(Duration::from_secs(30));
    let link = scene.shares(&chat).await;
    scene.knocks(&link, "Ben").await;
    scene.conversation(&chat).await;
    assert_eq!(scene.sees(&chat).await.unwrap().expires_at, until);
}

async fn a_shorter_lifetime_ends_a_chat_earlier(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens().await;
    let shorter = ChatChange { expires_in: Some(Lifetime::of_chat(60).unwrap()), ..ChatChange::default() };
    scene.changes(&chat, shorter).await.unwrap();
    scene.later(MINUTE);
    assert!(scene.sees(&chat).await.is_none());
    let news = scene.clears(100).await;
    assert!(matches!(news.concat().as_slice(), [News::Ended { .. }, News::Ended { .. }]), "it is cleared away as early: {news:?}");
}

async fn a_knock_waits_a_day(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(Lifetime::MOST).await;
    let link = scene.shares_so(&chat, |link| link.expires_at = scene.now() + 10 * KNOCK_LIFE).await.unwrap();
    let knocked = scene.knocks(&link, "Ben").await;
    assert_eq!(knocked.knock.expires_at, scene.now() + KNOCK_LIFE);
    scene.later(KNOCK_LIFE.saturating_sub(MILLISECOND));
    assert_eq!(scene.status(&link, &knocked).await, Some(KnockStatus::Pending));
    scene.later(MILLISECOND);
    assert_eq!(scene.status(&link, &knocked).await, Some(KnockStatus::Expired), "before anybody clears it away");
    assert_eq!(scene.knocks_of(&chat, Some(KnockStatus::Expired)).await.len(), 1);
    let news = scene.clears(100).await.concat();
    assert!(matches!(news.as_slice(), [News::Grown { topic: Topic::Door(_), entries, .. }] if entries.len() == 1), "{news:?}");
    assert_eq!(scene.told(&chat).await, ["created", "knock", "decided"]);
    assert_eq!(scene.withdraws(&link, &knocked).await.unwrap_err(), NotWithdrawn::AlreadyDecided);
}

async fn an_expired_knock_lets_nobody_in(subject: Subject) {
    let scene = Scene::set(subject).await;
    let chat = scene.opens_for(Lifetime::MOST).await;
    let link = scene.shares_so(&chat, |link| link.expires_at = scene.now() + 10 * KNOCK_LIFE).await.unwrap();
    let knocked = scene.knocks(&link, "Ben").await;
    scene.later(KNOCK_LIFE);
    let which = || Which::These(vec![knocked.knock.id]);
    for verdict in [Verdict::Approve, Verdict::Decline] {
        assert_eq!(scene.decides(&link, which(), verdict).await.unwrap_err(), NotDecided::AlreadyDecided);
    }
    scene.turns(&chat, Admission::Open).await.unwrap();
    assert_eq!(scene.names(&chat).await, ["Owner"], "neither does opening the chat");
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
