//! Many at once: numbers stay dense, one of two wins, nothing that was acknowledged is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parlor::domain::bounds::Bounds;
use parlor::domain::entry::{Event, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::{Knocked, Verdict};
use parlor::domain::link::{Admitted, Link};
use parlor::domain::member::Member;
use parlor::store::knocks::NotDecided;
use parlor::store::messages::NotPosted;
use tokio::task::JoinSet;

use crate::reading::text;
use crate::scene::{Hosted, Scene, key, these};
use crate::subject::Subject;

const WRITERS: u64 = 8;
const POSTS: u64 = 500;

/// What all of them bring, begun at once.
async fn together<T: Send + 'static, F: Future<Output = T> + Send + 'static>(tasks: impl IntoIterator<Item = F>) -> Vec<T> {
    let tasks: JoinSet<T> = tasks.into_iter().collect();
    tasks.join_all().await
}

async fn a_scene(subject: Subject, bounds: Bounds) -> (Arc<Scene>, Hosted) {
    let scene = Scene::within(subject, bounds).await;
    let chat = scene.opens().await;
    (Arc::new(scene), chat)
}

async fn several_knocks(scene: &Scene, link: &Link, how_many: usize) -> Vec<Knocked> {
    let mut knocked = Vec::new();
    for _ in 0..how_many {
        knocked.push(scene.knocks(link, "Ben").await);
    }
    knocked
}

/// Reads on and on from where it stands; fails at the first hole.
async fn reads_without_holes(scene: Arc<Scene>, chat: Hosted, over: Arc<AtomicBool>) -> u64 {
    let (topic, mut at) = (Topic::Conversation(chat.id), 0);
    loop {
        let last_look = over.load(Ordering::SeqCst);
        let head = scene.head(topic).await.unwrap().number;
        let slice = scene.store.entries_after(topic, at, usize::MAX, scene.now()).await.unwrap().unwrap();
        for entry in &slice.entries {
            at += 1;
            assert_eq!(entry.number, at, "a reader saw a hole");
        }
        assert!(at >= head, "the head {head} was announced before {at} could be read");
        if last_look && slice.entries.is_empty() {
            return at;
        }
        tokio::task::yield_now().await;
    }
}

async fn numbers_are_dense_under_contention(subject: Subject) {
    let (scene, chat) = a_scene(subject, Bounds::default()).await;
    let over = Arc::new(AtomicBool::new(false));
    let readers: JoinSet<u64> = (0..3).map(|_| reads_without_holes(scene.clone(), chat.clone(), over.clone())).collect();
    let writers = (0..WRITERS).map(|_| {
        let (scene, chat) = (scene.clone(), chat.clone());
        async move {
            let mut numbers = Vec::new();
            for _ in 0..POSTS {
                numbers.push(scene.says(&chat, "Hello").await);
                tokio::task::yield_now().await;
            }
            numbers
        }
    });
    let by_writer = together(writers).await;
    over.store(true, Ordering::SeqCst);
    let last = 1 + WRITERS * POSTS;
    assert!(by_writer.iter().all(|numbers| numbers.is_sorted()));
    let mut numbers = by_writer.concat();
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=last).collect::<Vec<_>>());
    assert_eq!(readers.join_all().await, [last; 3]);
    assert_eq!(scene.conversation(&chat).await.len() as u64, last);
}

async fn chats_that_share_a_bound_never_pass_it(subject: Subject) {
    for _ in 0..10 {
        let (scene, chat) = a_scene(subject, Bounds { total_memory: 1 << 20, entries: 100_000, ..Bounds::default() }).await;
        let mut chats = vec![chat];
        for _ in 0..7 {
            chats.push(scene.opens().await);
        }
        let writers = chats.iter().cloned().map(|chat| {
            let scene = scene.clone();
            async move {
                while scene.posts(&chat, Some(&chat.owner), &"x".repeat(8_000)).await.is_ok() {
                    tokio::task::yield_now().await;
                }
            }
        });
        together(writers).await;
        let tally = scene.store.tally().await.unwrap();
        assert!(tally.held <= tally.most && tally.held > tally.most / 10 * 8, "{tally:?}");
    }
}

async fn one_wins_where_fifty_are_approved_at_once(subject: Subject) {
    let (scene, chat) = a_scene(subject, Bounds::default()).await;
    for _ in 0..5 {
        let link = scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
        let knocked = several_knocks(&scene, &link, 10).await;
        let before = scene.names(&chat).await.len();
        let approvals = (0..50).map(|place| {
            let (scene, link, knocked) = (scene.clone(), link.clone(), knocked[place % 10].clone());
            async move { (place % 10, scene.decides(&link, these([&knocked]), Verdict::Approve).await) }
        });
        let answers = together(approvals).await;
        let winners: Vec<_> = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(place, _)| *place).collect();
        assert!(winners.len() == 5 && winners.iter().all(|place| *place == winners[0]), "one guest, asked for five times: {winners:?}");
        assert!(answers.iter().all(|(_, answer)| matches!(answer, Ok(_) | Err(NotDecided::LinkUsedUp))));
        assert_eq!(scene.names(&chat).await.len(), before + 1);
        assert_eq!(scene.finds(link.id).await.unwrap().uses, 1);
    }
}

async fn of_two_opposite_decisions_one_holds(subject: Subject) {
    let (scene, chat) = a_scene(subject, Bounds::default()).await;
    for _ in 0..50 {
        let link = scene.shares(&chat).await;
        let knocked = scene.knocks(&link, "Ben").await;
        let before = scene.names(&chat).await.len();
        let decisions = [Verdict::Approve, Verdict::Decline].map(|verdict| {
            let (scene, link, knocked) = (scene.clone(), link.clone(), knocked.clone());
            async move { (verdict, scene.decides(&link, these([&knocked]), verdict).await) }
        });
        let answers = together(decisions).await;
        let held: Vec<_> = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(verdict, _)| *verdict).collect();
        assert_eq!(held.len(), 1, "{answers:?}");
        assert_eq!(scene.status(&link, &knocked).await, Some(held[0].status()));
        assert_eq!(scene.names(&chat).await.len() - before, usize::from(held[0] == Verdict::Approve));
        scene.revokes(&link, Admitted::Stay).await.unwrap();
    }
}

async fn the_same_approval_twenty_times_makes_one_member(subject: Subject) {
    let (scene, chat) = a_scene(subject, Bounds::default()).await;
    let link = scene.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let knocked = scene.knocks(&link, "Ben").await;
    let approvals = (0..20).map(|_| {
        let (scene, link, knocked) = (scene.clone(), link.clone(), knocked.clone());
        async move { scene.decides(&link, these([&knocked]), Verdict::Approve).await }
    });
    assert!(together(approvals).await.iter().all(|answer| *answer == Ok(vec![knocked.knock.id])));
    assert_eq!(scene.names(&chat).await, ["Owner", "Ben"]);
    assert_eq!(scene.said(&chat).await, ["joined", "joined"]);
}

async fn overlapping_decisions_are_all_or_nothing(subject: Subject) {
    let (scene, chat) = a_scene(subject, Bounds::default()).await;
    for _ in 0..20 {
        let link = scene.shares_so(&chat, |link| link.max_uses = Some(3)).await.unwrap();
        let knocked = several_knocks(&scene, &link, 6).await;
        let sets = [[0, 1, 2], [2, 3, 4], [0, 4, 5], [1, 3, 5]];
        let decisions = sets.map(|set| {
            let (scene, link, chosen) = (scene.clone(), link.clone(), set.map(|place| knocked[place].clone()));
            async move { scene.decides(&link, these(&chosen), Verdict::Approve).await.is_ok() }
        });
        let held = together(decisions).await;
        assert_eq!(held.iter().filter(|held| **held).count(), 1);
        let mut admitted = Vec::new();
        for (place, guest) in knocked.iter().enumerate() {
            admitted.extend(scene.seat(&chat, guest.client).await.map(|_| place));
        }
        assert!(sets.iter().any(|set| admitted == set), "{admitted:?}");
        scene.revokes(&link, Admitted::Stay).await.unwrap();
    }
}

async fn the_same_key_from_twenty_sides_makes_one_message(subject: Subject) {
    let (scene, chat) = a_scene(subject, Bounds::default()).await;
    for round in 0..20 {
        let posts = (0..20).map(|_| {
            let (scene, chat) = (scene.clone(), chat.clone());
            let once = Some(key(&format!("round {round}"), "1"));
            async move { scene.posts_keyed(&chat, Some(&chat.owner), "Hello", once).await.unwrap() }
        });
        let answers = together(posts).await;
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.made.number == answers[0].made.number));
    }
    assert_eq!(scene.conversation(&chat).await.len(), 21);
}

async fn the_same_key_from_twenty_sides_opens_one_chat(subject: Subject) {
    let (scene, _) = a_scene(subject, Bounds { total_chats: 2, ..Bounds::default() }).await;
    let openings = (0..20).map(|_| {
        let scene = scene.clone();
        async move {
            let mut new = scene.new_chat();
            new.key = Some(key("a new chat", ""));
            scene.creates(new).await.unwrap()
        }
    });
    let answers = together(openings).await;
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.made.chat.id == answers[0].made.chat.id));
}

/// Posts until it is refused; each text that was acknowledged can be read at once, unless the chat is closed by then.
async fn posts_until_refused(scene: Arc<Scene>, chat: Hosted, member: Arc<Member>, name: u64) -> u64 {
    let topic = Topic::Conversation(chat.id);
    for count in 0.. {
        let said = format!("{name}: {count}");
        let number = match scene.posts(&chat, Some(&member), &said).await {
            Ok(entry) => entry.number,
            Err(refusal) => {
                assert_eq!(refusal, NotPosted::Gone);
                return count;
            }
        };
        match scene.store.entries_after(topic, number - 1, 1, scene.now()).await.unwrap() {
            Some(slice) => assert_eq!(slice.entries.first().map(|entry| text(entry)), Some(said.as_str()), "it was acknowledged"),
            None => assert!(scene.posts(&chat, Some(&member), "Closed?").await.is_err()),
        }
    }
    0
}

async fn until_it_has(scene: &Scene, chat: &Hosted, entries: u64) {
    while scene.head(Topic::Conversation(chat.id)).await.unwrap().number < entries {
        tokio::task::yield_now().await;
    }
}

async fn what_was_acknowledged_is_readable_until_the_chat_closes(subject: Subject) {
    for round in 1..=20 {
        let (scene, chat) = a_scene(subject, Bounds { entries: 1_000_000, ..Bounds::default() }).await;
        let writers: JoinSet<u64> = (0..4).map(|name| posts_until_refused(scene.clone(), chat.clone(), chat.owner.clone(), name)).collect();
        until_it_has(&scene, &chat, round * 5).await;
        scene.closes(&chat).await.unwrap();
        assert!(writers.join_all().await.iter().sum::<u64>() >= round * 5 - 1);
        assert!(scene.sees(&chat).await.is_none());
        assert_eq!(scene.store.tally().await.unwrap().held, 0, "everything was counted back, once");
    }
}

async fn a_removed_member_has_said_what_was_acknowledged_and_nothing_after(subject: Subject) {
    let (scene, chat) = a_scene(subject, Bounds { entries: 1_000_000, ..Bounds::default() }).await;
    let link = scene.shares(&chat).await;
    for round in 0..20 {
        let (ben, _) = scene.enters(&link, "Ben").await;
        let head = scene.sees(&chat).await.unwrap().head;
        let writers: JoinSet<u64> = (0..4).map(|name| posts_until_refused(scene.clone(), chat.clone(), ben.clone(), name)).collect();
        until_it_has(&scene, &chat, head + 5 * round).await;
        scene.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
        let acknowledged: u64 = writers.join_all().await.iter().sum();
        let log = scene.conversation(&chat).await;
        let bens = |event: &Event| matches!(event, Event::Message(message) if message.member.as_ref() == Some(&ben));
        assert_eq!(log.iter().filter(|entry| bens(&entry.event)).count() as u64, acknowledged);
        assert!(matches!(&log.last().unwrap().event, Event::MemberLeft { member, .. } if *member == ben), "nothing after their leaving");
    }
}

checks!(
    numbers_are_dense_under_contention,
    chats_that_share_a_bound_never_pass_it,
    one_wins_where_fifty_are_approved_at_once,
    of_two_opposite_decisions_one_holds,
    the_same_approval_twenty_times_makes_one_member,
    overlapping_decisions_are_all_or_nothing,
    the_same_key_from_twenty_sides_makes_one_message,
    the_same_key_from_twenty_sides_opens_one_chat,
    what_was_acknowledged_is_readable_until_the_chat_closes,
    a_removed_member_has_said_what_was_acknowledged_and_nothing_after,
);
