//! What a thousand people who type at once cost those who listen and those who post; the figures stand in `benches/README.md`.

#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::measured_costs::a_full_link_chat;
use crate::support::{Chat, Person, Program, RawStream};

/// How often a client says that its user types (API 4.3).
const REPEATED: Duration = Duration::from_secs(4);
/// Connections on which they all say so.
const CONNECTIONS: usize = 8;
const POSTS: usize = 400;
const BETWEEN_POSTS: Duration = Duration::from_millis(25);
const ROUNDS: usize = 5;

/// Opens a stream of each member; returns how many `typing` events they have received together.
async fn listen(program: &Program, chat: &Chat, members: &[Person], listening: &mut JoinSet<()>) -> Arc<AtomicUsize> {
    let (count, path) = (Arc::new(AtomicUsize::new(0)), format!("{}/events", chat.path));
    for member in members {
        let mut stream = RawStream::open(program.address, &path, member.credential.as_deref(), None).await;
        let count = count.clone();
        listening.spawn(async move {
            while stream.read(usize::MAX).await > 0 {
                let typing = std::iter::from_fn(|| stream.pop_any()).filter(|event| event.name == "typing").count();
                count.fetch_add(typing, Ordering::Relaxed);
            }
        });
    }
    count
}

/// Says that these members type, again and again.
async fn type_on(url: String, members: Vec<Person>) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut ticks = tokio::time::interval(REPEATED / u32::try_from(members.len()).unwrap());
    for member in members.iter().cycle() {
        ticks.tick().await;
        let request = http.post(&url).bearer_auth(member.credential.as_deref().unwrap()).json(&json!({"typing": true}));
        assert_eq!(request.send().await.unwrap().status(), 204);
    }
}

/// Posts at a steady pace; returns the 99th percentile of the time until the answer.
async fn posts_take(owner: &Person, chat: &Chat, program: &Program) -> Duration {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}{}", program.address, chat.path);
    let (mut took, mut ticks) = (Vec::new(), tokio::time::interval(BETWEEN_POSTS));
    for _ in 0..POSTS {
        ticks.tick().await;
        let request = http.post(&url).bearer_auth(owner.credential.as_deref().unwrap()).json(&json!({"text": "Hello"}));
        let started = Instant::now();
        assert_eq!(request.send().await.unwrap().status(), 201);
        took.push(started.elapsed());
    }
    took.sort();
    took[POSTS * 99 / 100]
}

/// Prints how many events those who listen receive, and how long posts take with and without them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: run it alone, in a release build"]
async fn a_thousand_who_type_cost_2_events_a_second_at_most_and_posts_nothing() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let (owner, chat, members) = a_full_link_chat(&program).await;
    let mut listening = JoinSet::new();
    let count = listen(&program, &chat, &members, &mut listening).await;
    let (mut rounds, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let alone = posts_take(&owner, &chat, &program).await;
        let mut typing = JoinSet::new();
        for some in members.chunks(members.len() / CONNECTIONS) {
            typing.spawn(type_on(format!("http://{}{}/typing", program.address, chat.path), some.to_vec()));
        }
        tokio::time::sleep(REPEATED).await;
        let (before, started) = (count.load(Ordering::Relaxed), Instant::now());
        let beside = posts_take(&owner, &chat, &program).await;
        let events = count.load(Ordering::Relaxed) - before;
        rates.push(events as u128 * 100_000 / members.len() as u128 / started.elapsed().as_millis());
        typing.shutdown().await;
        // What they said lapses.
        tokio::time::sleep(Duration::from_secs(7)).await;
        rounds.push((beside.as_micros() * 100 / alone.as_micros(), alone, beside));
    }
    rounds.sort_unstable();
    eprintln!("posts beside a thousand who type, p99 in hundredths of alone, and both: {rounds:?}; events a listener in 100 s: {rates:?}");
    assert!(rates.iter().all(|rate| (1..=200).contains(rate)), "{rates:?}");
    assert!(rounds[ROUNDS / 2].0 <= 120, "{rounds:?}");
    assert_eq!(listening.len(), members.len(), "no stream ended");
}
