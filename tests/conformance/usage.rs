//! Usage statistics: what a store holds, as numbers, and that they return to zero when everything has ended.

use std::time::Duration;

use parlor::domain::chat::{Admission, ChatChange, Lifetime};
use parlor::domain::id::MemberId;
use parlor::domain::knock::Verdict;
use parlor::domain::limits::Limits;
use parlor::domain::link::OnRevoke;
use parlor::domain::text::{Label, Note, Reason, Title};
use parlor::store::chats::{NotOpened, NotUpdated};
use parlor::store::knocks::NotKnocked;
use parlor::store::links::NotLinked;
use parlor::store::messages::NotPosted;

use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, key, these};

impl Fixture {
    /// Returns the used share of the memory limit in percent, rounded down.
    async fn percent(&self) -> u64 {
        let usage = self.store.usage().await.unwrap();
        usage.held * 100 / usage.most
    }

    /// Posts as the owner until this share of the memory limit is used, in percent.
    pub(crate) async fn fills(&self, chat: &Hosted, percent: u64) {
        while self.percent().await < percent {
            self.says(chat, &"x".repeat(1_000)).await;
        }
    }

    /// Returns the numbers of chats, members and bytes held.
    async fn usage(&self) -> (u64, u64, u64) {
        let usage = self.store.usage().await.unwrap();
        (usage.chats, usage.members, usage.held)
    }
}

async fn chats_and_members_are_counted_while_they_are_there(backend: Backend) {
    let limits = Limits::default();
    let most = limits.total_memory;
    let fixture = Fixture::within(backend, limits).await;
    let (first, second) = (fixture.opens().await, fixture.opens_for(60).await);
    let link = fixture.shares(&first).await;
    let (ben, _) = fixture.enters(&link, "Ben").await;
    fixture.enters(&link, "Cleo").await;
    let usage = fixture.store.usage().await.unwrap();
    assert_eq!((usage.chats, usage.members, usage.most), (2, 4, most));
    fixture.removes(&first, ben.id, MemberId::OWNER).await.unwrap();
    assert_eq!(fixture.store.usage().await.unwrap().members, 3);
    fixture.says(&second, "Hello").await;
    fixture.later(Duration::from_mins(1));
    fixture.clears(100).await;
    let usage = fixture.store.usage().await.unwrap();
    assert_eq!((usage.chats, usage.members), (1, 2));
}

async fn nothing_is_held_of_what_has_ended(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let before = fixture.usage().await;
    let mut new = fixture.new_chat();
    new.key = Some(key("opened with a key", "{}"));
    fixture.creates(new.clone()).await.unwrap();
    let (closes, expires) = (fixture.opens().await, fixture.opens_for(60).await);
    let link = fixture.shares(&closes).await;
    fixture.enters(&link, "Ben").await;
    fixture.knocks(&link, "Cleo").await;
    fixture.says(&expires, "Hello").await;
    let (chats, members, held) = fixture.usage().await;
    assert_eq!((chats, members), (3, 4));
    assert!(held > before.2, "{held}");
    fixture.closes(&closes).await.unwrap();
    fixture.later(Duration::from_hours(24));
    fixture.clears(100).await;
    assert_eq!(fixture.usage().await, before);
}

const MIB: u64 = 1 << 20;

fn within_a_mib() -> Limits {
    Limits { total_memory: MIB, ..Limits::default() }
}

async fn from_80_percent_on_no_chats_are_opened(backend: Backend) {
    let fixture = Fixture::within(backend, within_a_mib()).await;
    let chat = fixture.opens().await;
    fixture.fills(&chat, 79).await;
    fixture.opens().await;
    fixture.fills(&chat, 80).await;
    assert_eq!(fixture.creates(fixture.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
    let link = fixture.shares(&chat).await;
    fixture.enters(&link, "Ben").await;
    fixture.says(&chat, "Everything else goes on").await;
    fixture.closes(&chat).await.unwrap();
    fixture.opens().await;
}

async fn from_90_percent_on_nobody_knocks_and_no_links_are_made(backend: Backend) {
    let fixture = Fixture::within(backend, within_a_mib()).await;
    let (chat, other) = (fixture.opens().await, fixture.opens().await);
    let (link, dead) = (fixture.shares(&other).await, fixture.shares(&other).await);
    let auto = fixture.shares_so(&other, |link| link.auto_approve = true).await.unwrap();
    fixture.revokes(&dead, OnRevoke::KeepMembers).await.unwrap();
    let once = fixture.guest(&link, "Ana");
    let keyed = parlor::store::knocks::NewKnock { key: Some(key("k", "1")), ..once };
    let first = fixture.arrives(keyed.clone()).await.unwrap();
    fixture.fills(&chat, 89).await;
    fixture.knocks(&link, "Ben").await;
    fixture.fills(&chat, 90).await;
    for link in [&link, &auto] {
        assert_eq!(fixture.arrives(fixture.guest(link, "Cleo")).await.unwrap_err(), NotKnocked::NodeFull);
    }
    assert_eq!(fixture.arrives(fixture.guest(&dead, "Cleo")).await.unwrap_err(), NotKnocked::Gone, "a dead link reveals nothing");
    assert_eq!(fixture.arrives(keyed).await.unwrap().knock.id, first.knock.id, "the stored response is repeated");
    assert_eq!(fixture.shares_so(&other, |_| {}).await.unwrap_err(), NotLinked::NodeFull);
    fixture.closes(&chat).await.unwrap();
    fixture.knocks(&link, "Cleo").await;
    fixture.shares(&other).await;
}

async fn beyond_90_percent_small_chats_go_on_longest(backend: Backend) {
    let fixture = Fixture::within(backend, within_a_mib()).await;
    let (large, middle, small) = (fixture.opens().await, fixture.opens().await, fixture.opens().await);
    fixture.fills(&middle, 30).await;
    fixture.fills(&large, 90).await;
    let mut stopped = Vec::new();
    for _ in 0..1_000 {
        for (name, chat) in [("large", &large), ("middle", &middle), ("small", &small)] {
            let refused = match fixture.posts(chat, Some(&chat.owner), "x").await {
                Ok(_) => false,
                Err(refusal) => refusal == NotPosted::NodeFull,
            };
            if refused && !stopped.contains(&name) {
                stopped.push(name);
            }
        }
    }
    assert_eq!(stopped[..2], ["large", "middle"]);
    assert!(fixture.conversation(&small).await.len() > 300);
    let usage = fixture.store.usage().await.unwrap();
    assert!(usage.held <= usage.most);
    let title = ChatChange { title: Some(Some(Title::parse("x").unwrap())), ..ChatChange::default() };
    assert_eq!(fixture.changes(&large, title).await.unwrap_err(), NotUpdated::NodeFull);
}

async fn a_full_node_still_decides_and_still_becomes_smaller(backend: Backend) {
    let fixture = Fixture::within(backend, within_a_mib()).await;
    let (chat, open) = (fixture.opens().await, fixture.opens_to_all().await);
    let (link, other) = (fixture.shares(&chat).await, fixture.shares(&chat).await);
    let (ben, _) = fixture.enters(&link, "Ben").await;
    let (cleo, _) = fixture.enters(&link, "Cleo").await;
    let (dan, eva, fay) = (fixture.knocks(&link, "Dan").await, fixture.knocks(&link, "Eva").await, fixture.knocks(&link, "Fay").await);
    fixture.knocks(&other, "Gus").await;
    fixture.fills(&chat, 90).await;
    for text in [1_000, 100, 1] {
        while fixture.posts(&chat, Some(&chat.owner), &"x".repeat(text)).await.is_ok() {}
        while fixture.posts(&open, None, &"x".repeat(text)).await.is_ok() {}
    }
    assert!(fixture.percent().await >= 99);
    fixture.decides(&link, these([&dan]), Verdict::Approve).await.unwrap();
    fixture.decides(&link, these([&eva]), Verdict::Decline).await.unwrap();
    fixture.withdraws(&link, &fay).await.unwrap();
    fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    fixture.removes(&chat, cleo.id, cleo.id).await.unwrap();
    let lifetime = ChatChange { expires_in: Some(Some(Lifetime::for_chat(60).unwrap())), ..ChatChange::default() };
    assert_eq!(fixture.changes(&chat, lifetime).await.unwrap().expires_in, Some(Lifetime::for_chat(60).unwrap()));
    fixture.turns(&open, Admission::Knock).await.unwrap();
    fixture.revokes(&other, OnRevoke::EvictMembers).await.unwrap();
    fixture.closes(&open).await.unwrap();
    fixture.later(Duration::from_mins(1));
    fixture.clears(100).await;
    assert_eq!(fixture.percent().await, 0);
}

async fn what_is_held_follows_what_comes_and_goes(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { dead_links: 2, ended_knocks: 2, door: 4, ..Limits::default() }).await;
    let chat = fixture.opens().await;
    for round in 0..6 {
        let label = Some(Label::parse(&"l".repeat(60)).unwrap());
        let link = fixture.shares_so(&chat, |link| link.label.clone_from(&label)).await.unwrap();
        for name in ["Ben", "Cleo", "Dan"] {
            let noted = parlor::store::knocks::NewKnock { note: Some(Note::parse(&"n".repeat(280)).unwrap()), ..fixture.guest(&link, name) };
            let knocked = fixture.arrives(parlor::store::knocks::NewKnock { key: Some(key(name, &round.to_string())), ..noted }).await;
            let Ok(knocked) = knocked else { continue };
            let verdict = if name == "Ben" { Verdict::Approve } else { Verdict::Decline };
            let decision = parlor::domain::knock::Decision {
                by: parlor::domain::id::MemberId::OWNER,
                knocks: these([&knocked]).on(link.id),
                verdict,
                reason: Some(Reason::parse(&"r".repeat(280)).unwrap()),
            };
            crate::fixture::done(fixture.store.decide_knocks(decision, fixture.now()).await).unwrap();
        }
        fixture.says(&chat, "Hello").await;
        fixture.revokes(&link, OnRevoke::EvictMembers).await.unwrap();
        fixture.later(Duration::from_mins(11));
    }
    let (.., held) = fixture.usage().await;
    assert!((1_000..100_000).contains(&held), "{held}");
    fixture.closes(&chat).await.unwrap();
    assert_eq!(fixture.usage().await, (0, 0, 0));
}

checks!(
    chats_and_members_are_counted_while_they_are_there,
    nothing_is_held_of_what_has_ended,
    from_80_percent_on_no_chats_are_opened,
    from_90_percent_on_nobody_knocks_and_no_links_are_made,
    beyond_90_percent_small_chats_go_on_longest,
    a_full_node_still_decides_and_still_becomes_smaller,
    what_is_held_follows_what_comes_and_goes,
);
