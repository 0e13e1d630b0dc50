//! The tally: what a store keeps, as numbers, and that nothing is left of it when everything has ended.

use std::time::Duration;

use parlor::domain::bounds::Bounds;
use parlor::domain::chat::{Admission, ChatChange, Lifetime};
use parlor::domain::id::MemberId;
use parlor::domain::knock::Verdict;
use parlor::domain::link::Admitted;
use parlor::domain::text::{Label, Note, Reason, Title};
use parlor::store::chats::{NotOpened, NotUpdated};
use parlor::store::knocks::NotKnocked;
use parlor::store::links::NotLinked;
use parlor::store::messages::NotPosted;

use crate::scene::{Hosted, Scene, key, these};
use crate::subject::Subject;

impl Scene {
    /// How many percent of what the store may hold it holds, rounded down.
    async fn percent(&self) -> u64 {
        let tally = self.store.tally().await.unwrap();
        tally.held * 100 / tally.most
    }

    /// The chat's owner talks until so many percent of what the store may hold are held.
    pub(crate) async fn fills(&self, chat: &Hosted, percent: u64) {
        while self.percent().await < percent {
            self.says(chat, &"x".repeat(1_000)).await;
        }
    }

    /// Chats, members, bytes held.
    async fn tally(&self) -> (u64, u64, u64) {
        let tally = self.store.tally().await.unwrap();
        (tally.chats, tally.members, tally.held)
    }
}

async fn chats_and_members_are_counted_while_they_are_there(subject: Subject) {
    let bounds = Bounds::default();
    let most = bounds.total_memory;
    let scene = Scene::within(subject, bounds).await;
    let (first, second) = (scene.opens().await, scene.opens_for(60).await);
    let link = scene.shares(&first).await;
    let (ben, _) = scene.enters(&link, "Ben").await;
    scene.enters(&link, "Cleo").await;
    let tally = scene.store.tally().await.unwrap();
    assert_eq!((tally.chats, tally.members, tally.most), (2, 4, most));
    scene.removes(&first, ben.id, MemberId::OWNER).await.unwrap();
    assert_eq!(scene.store.tally().await.unwrap().members, 3);
    scene.says(&second, "Hello").await;
    scene.later(Duration::from_mins(1));
    scene.clears(100).await;
    let tally = scene.store.tally().await.unwrap();
    assert_eq!((tally.chats, tally.members), (1, 2));
}

async fn nothing_is_held_of_what_has_ended(subject: Subject) {
    let scene = Scene::set(subject).await;
    let before = scene.tally().await;
    let mut new = scene.new_chat();
    new.key = Some(key("opened with a key", "{}"));
    scene.creates(new.clone()).await.unwrap();
    let (closes, expires) = (scene.opens().await, scene.opens_for(60).await);
    let link = scene.shares(&closes).await;
    scene.enters(&link, "Ben").await;
    scene.knocks(&link, "Cleo").await;
    scene.says(&expires, "Hello").await;
    let (chats, members, held) = scene.tally().await;
    assert_eq!((chats, members), (3, 4));
    assert!(held > before.2, "{held}");
    scene.closes(&closes).await.unwrap();
    scene.later(Duration::from_hours(24));
    scene.clears(100).await;
    assert_eq!(scene.tally().await, before);
}

const MIB: u64 = 1 << 20;

fn within_a_mib() -> Bounds {
    Bounds { total_memory: MIB, ..Bounds::default() }
}

async fn from_80_percent_on_no_chats_are_opened(subject: Subject) {
    let scene = Scene::within(subject, within_a_mib()).await;
    let chat = scene.opens().await;
    scene.fills(&chat, 79).await;
    scene.opens().await;
    scene.fills(&chat, 80).await;
    assert_eq!(scene.creates(scene.new_chat()).await.unwrap_err(), NotOpened::NodeFull);
    let link = scene.shares(&chat).await;
    scene.enters(&link, "Ben").await;
    scene.says(&chat, "Everything else goes on").await;
    scene.closes(&chat).await.unwrap();
    scene.opens().await;
}

async fn from_90_percent_on_nobody_knocks_and_no_links_are_made(subject: Subject) {
    let scene = Scene::within(subject, within_a_mib()).await;
    let (chat, other) = (scene.opens().await, scene.opens().await);
    let (link, dead) = (scene.shares(&other).await, scene.shares(&other).await);
    let auto = scene.shares_so(&other, |link| link.auto_approve = true).await.unwrap();
    scene.revokes(&dead, Admitted::Stay).await.unwrap();
    let once = scene.guest(&link, "Ana");
    let keyed = parlor::store::knocks::NewKnock { key: Some(key("k", "1")), ..once };
    let first = scene.arrives(keyed.clone()).await.unwrap();
    scene.fills(&chat, 89).await;
    scene.knocks(&link, "Ben").await;
    scene.fills(&chat, 90).await;
    for link in [&link, &auto] {
        assert_eq!(scene.arrives(scene.guest(link, "Cleo")).await.unwrap_err(), NotKnocked::NodeFull);
    }
    assert_eq!(scene.arrives(scene.guest(&dead, "Cleo")).await.unwrap_err(), NotKnocked::Gone, "a dead link tells nothing");
    assert_eq!(scene.arrives(keyed).await.unwrap().knock.id, first.knock.id, "what was promised before is kept");
    assert_eq!(scene.shares_so(&other, |_| {}).await.unwrap_err(), NotLinked::NodeFull);
    scene.closes(&chat).await.unwrap();
    scene.knocks(&link, "Cleo").await;
    scene.shares(&other).await;
}

async fn beyond_90_percent_small_chats_go_on_longest(subject: Subject) {
    let scene = Scene::within(subject, within_a_mib()).await;
    let (large, middle, small) = (scene.opens().await, scene.opens().await, scene.opens().await);
    scene.fills(&middle, 30).await;
    scene.fills(&large, 90).await;
    let mut stopped = Vec::new();
    for _ in 0..1_000 {
        for (name, chat) in [("large", &large), ("middle", &middle), ("small", &small)] {
            let refused = match scene.posts(chat, Some(&chat.owner), "x").await {
                Ok(_) => false,
                Err(refusal) => refusal == NotPosted::NodeFull,
            };
            if refused && !stopped.contains(&name) {
                stopped.push(name);
            }
        }
    }
    assert_eq!(stopped[..2], ["large", "middle"]);
    assert!(scene.conversation(&small).await.len() > 300);
    let tally = scene.store.tally().await.unwrap();
    assert!(tally.held <= tally.most);
    let title = ChatChange { title: Some(Title::parse("x").unwrap()), ..ChatChange::default() };
    assert_eq!(scene.changes(&large, title).await.unwrap_err(), NotUpdated::NodeFull);
}

async fn a_full_node_still_decides_and_still_becomes_smaller(subject: Subject) {
    let scene = Scene::within(subject, within_a_mib()).await;
    let (chat, open) = (scene.opens().await, scene.opens_to_all().await);
    let (link, other) = (scene.shares(&chat).await, scene.shares(&chat).await);
    let (ben, _) = scene.enters(&link, "Ben").await;
    let (cleo, _) = scene.enters(&link, "Cleo").await;
    let (dan, eva, fay) = (scene.knocks(&link, "Dan").await, scene.knocks(&link, "Eva").await, scene.knocks(&link, "Fay").await);
    scene.knocks(&other, "Gus").await;
    scene.fills(&chat, 90).await;
    for text in [1_000, 100, 1] {
        while scene.posts(&chat, Some(&chat.owner), &"x".repeat(text)).await.is_ok() {}
        while scene.posts(&open, None, &"x".repeat(text)).await.is_ok() {}
    }
    assert!(scene.percent().await >= 99);
    scene.decides(&link, these([&dan]), Verdict::Approve).await.unwrap();
    scene.decides(&link, these([&eva]), Verdict::Decline).await.unwrap();
    scene.withdraws(&link, &fay).await.unwrap();
    scene.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
    scene.removes(&chat, cleo.id, cleo.id).await.unwrap();
    let lifetime = ChatChange { expires_in: Some(Lifetime::of_chat(60).unwrap()), ..ChatChange::default() };
    assert_eq!(scene.changes(&chat, lifetime).await.unwrap().expires_in, Lifetime::of_chat(60).unwrap());
    scene.turns(&open, Admission::Knock).await.unwrap();
    scene.revokes(&other, Admitted::Evicted).await.unwrap();
    scene.closes(&open).await.unwrap();
    scene.later(Duration::from_mins(1));
    scene.clears(100).await;
    assert_eq!(scene.percent().await, 0);
}

async fn what_is_held_follows_what_comes_and_goes(subject: Subject) {
    let scene = Scene::within(subject, Bounds { dead_links: 2, ended_knocks: 2, door: 4, ..Bounds::default() }).await;
    let chat = scene.opens().await;
    for round in 0..6 {
        let label = Some(Label::parse(&"l".repeat(60)).unwrap());
        let link = scene.shares_so(&chat, |link| link.label.clone_from(&label)).await.unwrap();
        for name in ["Ben", "Cleo", "Dan"] {
            let noted = parlor::store::knocks::NewKnock { note: Some(Note::parse(&"n".repeat(280)).unwrap()), ..scene.guest(&link, name) };
            let knocked = scene.arrives(parlor::store::knocks::NewKnock { key: Some(key(name, &round.to_string())), ..noted }).await;
            let Ok(knocked) = knocked else { continue };
            let verdict = if name == "Ben" { Verdict::Approve } else { Verdict::Decline };
            let decision = parlor::domain::knock::Decision {
                knocks: these([&knocked]).on(link.id),
                verdict,
                reason: Some(Reason::parse(&"r".repeat(280)).unwrap()),
            };
            crate::scene::done(scene.store.decide_knocks(decision, scene.now()).await).unwrap();
        }
        scene.says(&chat, "Hello").await;
        scene.revokes(&link, Admitted::Evicted).await.unwrap();
        scene.later(Duration::from_mins(11));
    }
    let (.., held) = scene.tally().await;
    assert!((1_000..100_000).contains(&held), "{held}");
    scene.closes(&chat).await.unwrap();
    assert_eq!(scene.tally().await, (0, 0, 0));
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
