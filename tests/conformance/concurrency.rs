//! Concurrency: sequence numbers stay dense, one of two conflicting writes wins, no acknowledged write is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parlor::domain::event_log::{Event, Topic};
use parlor::domain::id::MemberId;
use parlor::domain::knock::{GuestKnock, Verdict};
use parlor::domain::limits::Limits;
use parlor::domain::link::{Link, OnRevoke};
use parlor::domain::member::Member;
use parlor::store::knocks::NotDecided;
use parlor::store::messages::NotPosted;
use tokio::task::JoinSet;

use crate::assertions::text;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, key, these};

const WRITERS: u64 = 8;
const POSTS: u64 = 500;

/// Runs all of them concurrently; returns their results.
async fn together<T: Send + 'static, F: Future<Output = T> + Send + 'static>(tasks: impl IntoIterator<Item = F>) -> Vec<T> {
    let tasks: JoinSet<T> = tasks.into_iter().collect();
    tasks.join_all().await
}

async fn a_scene(backend: Backend, limits: Limits) -> (Arc<Fixture>, Hosted) {
    let fixture = Fixture::within(backend, limits).await;
    let chat = fixture.opens().await;
    (Arc::new(fixture), chat)
}

async fn several_knocks(fixture: &Fixture, link: &Link, how_many: usize) -> Vec<GuestKnock> {
    let mut knocked = Vec::new();
    for _ in 0..how_many {
        knocked.push(fixture.knocks(link, "Ben").await);
    }
    knocked
}

/// Reads continuously from its position; fails at the first gap.
async fn reads_without_holes(fixture: Arc<Fixture>, chat: Hosted, over: Arc<AtomicBool>) -> u64 {
    let (topic, mut at) = (Topic::Conversation(chat.id), 0);
    loop {
        let last_look = over.load(Ordering::SeqCst);
        let head = fixture.head(topic).await.unwrap().seq;
        let slice = fixture.store.entries_after(topic, at, usize::MAX, fixture.now()).await.unwrap().unwrap();
        for entry in &slice.entries {
            at += 1;
            assert_eq!(entry.seq, at, "a reader saw a gap");
        }
        assert!(at >= head, "the head {head} was announced before {at} could be read");
        if last_look && slice.entries.is_empty() {
            return at;
        }
        tokio::task::yield_now().await;
    }
}

async fn numbers_are_dense_under_contention(backend: Backend) {
    let (fixture, chat) = a_scene(backend, Limits::default()).await;
    let over = Arc::new(AtomicBool::new(false));
    let readers: JoinSet<u64> = (0..3).map(|_| reads_without_holes(fixture.clone(), chat.clone(), over.clone())).collect();
    let writers = (0..WRITERS).map(|_| {
        let (fixture, chat) = (fixture.clone(), chat.clone());
        async move {
            let mut numbers = Vec::new();
            for _ in 0..POSTS {
                numbers.push(fixture.says(&chat, "Hello").await);
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
    assert_eq!(fixture.conversation(&chat).await.len() as u64, last);
}

async fn chats_that_share_a_bound_never_pass_it(backend: Backend) {
    for _ in 0..10 {
        let (fixture, chat) = a_scene(backend, Limits { total_memory: 1 << 20, entries: 100_000, ..Limits::default() }).await;
        let mut chats = vec![chat];
        for _ in 0..7 {
            chats.push(fixture.opens().await);
        }
        let writers = chats.iter().cloned().map(|chat| {
            let fixture = fixture.clone();
            async move {
                while fixture.posts(&chat, Some(&chat.owner), &"x".repeat(8_000)).await.is_ok() {
                    tokio::task::yield_now().await;
                }
            }
        });
        together(writers).await;
        let usage = fixture.store.usage().await.unwrap();
        assert!(usage.held <= usage.most && usage.held > usage.most / 10 * 8, "{usage:?}");
    }
}

async fn one_wins_where_fifty_are_approved_at_once(backend: Backend) {
    let (fixture, chat) = a_scene(backend, Limits::default()).await;
    for _ in 0..5 {
        let link = fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
        let knocked = several_knocks(&fixture, &link, 10).await;
        let before = fixture.names(&chat).await.len();
        let approvals = (0..50).map(|place| {
            let (fixture, link, knocked) = (fixture.clone(), link.clone(), knocked[place % 10].clone());
            async move { (place % 10, fixture.decides(&link, these([&knocked]), Verdict::Approve).await) }
        });
        let answers = together(approvals).await;
        let winners: Vec<_> = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(place, _)| *place).collect();
        assert!(winners.len() == 5 && winners.iter().all(|place| *place == winners[0]), "one guest, decided five times: {winners:?}");
        assert!(answers.iter().all(|(_, answer)| matches!(answer, Ok(_) | Err(NotDecided::LinkUsedUp))));
        assert_eq!(fixture.names(&chat).await.len(), before + 1);
        assert_eq!(fixture.finds(link.id).await.unwrap().uses, 1);
    }
}

async fn of_two_opposite_decisions_one_holds(backend: Backend) {
    let (fixture, chat) = a_scene(backend, Limits::default()).await;
    for _ in 0..50 {
        let link = fixture.shares(&chat).await;
        let knocked = fixture.knocks(&link, "Ben").await;
        let before = fixture.names(&chat).await.len();
        let decisions = [Verdict::Approve, Verdict::Decline].map(|verdict| {
            let (fixture, link, knocked) = (fixture.clone(), link.clone(), knocked.clone());
            async move { (verdict, fixture.decides(&link, these([&knocked]), verdict).await) }
        });
        let answers = together(decisions).await;
        let held: Vec<_> = answers.iter().filter(|(_, answer)| answer.is_ok()).map(|(verdict, _)| *verdict).collect();
        assert_eq!(held.len(), 1, "{answers:?}");
        assert_eq!(fixture.status(&link, &knocked).await, Some(held[0].status()));
        assert_eq!(fixture.names(&chat).await.len() - before, usize::from(held[0] == Verdict::Approve));
        fixture.revokes(&link, OnRevoke::KeepMembers).await.unwrap();
    }
}

async fn the_same_approval_twenty_times_makes_one_member(backend: Backend) {
    let (fixture, chat) = a_scene(backend, Limits::default()).await;
    let link = fixture.shares_so(&chat, |link| link.max_uses = Some(1)).await.unwrap();
    let knocked = fixture.knocks(&link, "Ben").await;
    let approvals = (0..20).map(|_| {
        let (fixture, link, knocked) = (fixture.clone(), link.clone(), knocked.clone());
        async move { fixture.decides(&link, these([&knocked]), Verdict::Approve).await }
    });
    assert!(together(approvals).await.iter().all(|answer| *answer == Ok(vec![knocked.knock.id])));
    assert_eq!(fixture.names(&chat).await, ["Owner", "Ben"]);
    assert_eq!(fixture.said(&chat).await, ["joined", "joined"]);
}

async fn overlapping_decisions_are_all_or_nothing(backend: Backend) {
    let (fixture, chat) = a_scene(backend, Limits::default()).await;
    for _ in 0..20 {
        let link = fixture.shares_so(&chat, |link| link.max_uses = Some(3)).await.unwrap();
        let knocked = several_knocks(&fixture, &link, 6).await;
        let sets = [[0, 1, 2], [2, 3, 4], [0, 4, 5], [1, 3, 5]];
        let decisions = sets.map(|set| {
            let (fixture, link, chosen) = (fixture.clone(), link.clone(), set.map(|place| knocked[place].clone()));
            async move { fixture.decides(&link, these(&chosen), Verdict::Approve).await.is_ok() }
        });
        let held = together(decisions).await;
        assert_eq!(held.iter().filter(|held| **held).count(), 1);
        let mut admitted = Vec::new();
        for (place, guest) in knocked.iter().enumerate() {
            admitted.extend(fixture.seat(&chat, guest.client).await.map(|_| place));
        }
        assert!(sets.iter().any(|set| admitted == set), "{admitted:?}");
        fixture.revokes(&link, OnRevoke::KeepMembers).await.unwrap();
    }
}

async fn the_same_key_from_twenty_sides_makes_one_message(backend: Backend) {
    let (fixture, chat) = a_scene(backend, Limits::default()).await;
    for round in 0..20 {
        let posts = (0..20).map(|_| {
            let (fixture, chat) = (fixture.clone(), chat.clone());
            let once = Some(key(&format!("round {round}"), "1"));
            async move { fixture.posts_keyed(&chat, Some(&chat.owner), "Hello", once).await.unwrap() }
        });
        let answers = together(posts).await;
        assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
        assert!(answers.iter().all(|answer| answer.value.seq == answers[0].value.seq));
    }
    assert_eq!(fixture.conversation(&chat).await.len(), 21);
}

async fn the_same_key_from_twenty_sides_opens_one_chat(backend: Backend) {
    let (fixture, _) = a_scene(backend, Limits { total_chats: 2, ..Limits::default() }).await;
    let openings = (0..20).map(|_| {
        let fixture = fixture.clone();
        async move {
            let mut new = fixture.new_chat();
            new.key = Some(key("a new chat", ""));
            fixture.creates(new).await.unwrap()
        }
    });
    let answers = together(openings).await;
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.value.chat.id == answers[0].value.chat.id));
}

/// Posts until a post is refused; each acknowledged text can be read at once, unless the chat is closed by then.
async fn posts_until_refused(fixture: Arc<Fixture>, chat: Hosted, member: Arc<Member>, name: u64) -> u64 {
    let topic = Topic::Conversation(chat.id);
    for count in 0.. {
        let said = format!("{name}: {count}");
        let seq = match fixture.posts(&chat, Some(&member), &said).await {
            Ok(entry) => entry.seq,
            Err(refusal) => {
                assert_eq!(refusal, NotPosted::Gone);
                return count;
            }
        };
        match fixture.store.entries_after(topic, seq - 1, 1, fixture.now()).await.unwrap() {
            Some(slice) => assert_eq!(slice.entries.first().map(|entry| text(entry)), Some(said.as_str()), "it was acknowledged"),
            None => assert!(fixture.posts(&chat, Some(&member), "Closed?").await.is_err()),
        }
    }
    0
}

async fn until_it_has(fixture: &Fixture, chat: &Hosted, entries: u64) {
    while fixture.head(Topic::Conversation(chat.id)).await.unwrap().seq < entries {
        tokio::task::yield_now().await;
    }
}

async fn what_was_acknowledged_is_readable_until_the_chat_closes(backend: Backend) {
    for round in 1..=20 {
        let (fixture, chat) = a_scene(backend, Limits { entries: 1_000_000, ..Limits::default() }).await;
        let writers: JoinSet<u64> = (0..4).map(|name| posts_until_refused(fixture.clone(), chat.clone(), chat.owner.clone(), name)).collect();
        until_it_has(&fixture, &chat, round * 5).await;
        fixture.closes(&chat).await.unwrap();
        assert!(writers.join_all().await.iter().sum::<u64>() >= round * 5 - 1);
        assert!(fixture.sees(&chat).await.is_none());
        assert_eq!(fixture.store.usage().await.unwrap().held, 0, "every count is back to zero");
    }
}

async fn a_removed_member_has_said_what_was_acknowledged_and_nothing_after(backend: Backend) {
    let (fixture, chat) = a_scene(backend, Limits { entries: 1_000_000, ..Limits::default() }).await;
    let link = fixture.shares(&chat).await;
    for round in 0..20 {
        let (ben, _) = fixture.enters(&link, "Ben").await;
        let head = fixture.sees(&chat).await.unwrap().head;
        let writers: JoinSet<u64> = (0..4).map(|name| posts_until_refused(fixture.clone(), chat.clone(), ben.clone(), name)).collect();
        until_it_has(&fixture, &chat, head + 5 * round).await;
        fixture.removes(&chat, ben.id, MemberId::OWNER).await.unwrap();
        let acknowledged: u64 = writers.join_all().await.iter().sum();
        let log = fixture.conversation(&chat).await;
        let bens = |event: &Event| matches!(event, Event::Message(message) if message.member.as_ref() == Some(&ben));
        assert_eq!(log.iter().filter(|entry| bens(&entry.event)).count() as u64, acknowledged);
        assert!(matches!(&log.last().unwrap().event, Event::MemberLeft { member, .. } if *member == ben), "an entry after the member left");
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
