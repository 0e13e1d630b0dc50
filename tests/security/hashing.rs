//! SEC-041, 042: how passwords are hashed, and that hashing is bounded.

use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use parlor::domain::password::Password;
use parlor::domain::username::Username;
use parlor::service::password_hashing::PasswordHasher;
use tokio::task::JoinSet;

use crate::support::account::PASSWORD;
use crate::support::{Chat, Person, Program};

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn sec_041_a_password_is_kept_as_an_argon2id_hash_with_a_salt_of_its_own() {
    let hasher = PasswordHasher::new(1);
    let password = || Password::parse_new(PASSWORD, &Username::parse("ana").unwrap(), None).unwrap();
    let (one, other) = (hasher.hash(password()).await.unwrap(), hasher.hash(password()).await.unwrap());
    for hash in [&one, &other] {
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    }
    assert_ne!(one.as_str(), other.as_str());
    assert!(hasher.verify(password(), Some(one)).await.unwrap());
}

/// Signs in 500 times at once; returns how many succeeded and how many were told to come again.
async fn storm(program: &Program) -> (usize, usize) {
    let mut tries = JoinSet::new();
    for number in 0..500 {
        let person = program.person();
        tries.spawn(async move { person.tries(&format!("pupil-{}", number % 20), PASSWORD).await });
    }
    let replies = tries.join_all().await;
    let (taken, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    for reply in &refused {
        assert_eq!((reply.status, reply.json["code"].as_str()), (503, Some("overloaded")), "{}", reply.text);
        assert!(reply.json["retry_after_ms"].as_u64().is_some_and(|wait| wait > 0) && reply.header("retry-after").is_some());
    }
    (taken.len(), refused.len())
}

async fn twenty_pupils(program: &Program) {
    for number in 0..20 {
        program.person().signs_up(&format!("pupil-{number}")).await.is(201);
    }
}

fn allowed() -> u64 {
    (available_parallelism().unwrap().get() as u64 * 20 + 64) * MIB
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_042_a_storm_of_sign_ins_is_bounded_and_the_rest_is_told_to_wait() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    twenty_pupils(&program).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let before = program.memory();
    let (storm, peak) = tokio::join!(storm(&program), async {
        let mut peak = 0;
        for number in 0..50 {
            ana.nobody().gets("/healthz").await.is(200);
            ana.says(&chat, &format!("Message {number}")).await;
            peak = peak.max(program.memory());
        }
        peak
    });
    let (taken, refused) = storm;
    assert!(taken >= 66 && taken + refused == 500, "{taken} signed in, {refused} were refused");
    let grown = peak.saturating_sub(before);
    assert!(grown <= allowed(), "{} MiB", grown / MIB);
}

/// Returns the 99th percentiles of 200 health checks and of 200 posts, sent in turn.
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn measures(ana: &Person, chat: &Chat) -> [Duration; 2] {
    let mut took = [Vec::new(), Vec::new()];
    for number in 0..200 {
        let started = Instant::now();
        ana.nobody().gets("/healthz").await.is(200);
        took[0].push(started.elapsed());
        let started = Instant::now();
        ana.says(chat, &format!("Message {number}")).await;
        took[1].push(started.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    took.map(|mut took| {
        took.sort();
        took[took.len() * 99 / 100]
    })
}

/// Prints what a storm of sign-ins does to others; the figures stand in `benches/README.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: run it alone, in a release build"]
async fn a_storm_of_sign_ins_is_hardly_felt_by_members() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    twenty_pupils(&program).await;
    let mut ana = program.person();
    let chat = ana.creates_a_chat().await;
    let (mut calm, mut stormy) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..5 {
        let quiet = measures(&ana, &chat).await;
        let ((taken, _), loud) = tokio::join!(storm(&program), measures(&ana, &chat));
        assert!(taken >= 66);
        for at in 0..2 {
            calm[at].push(quiet[at]);
            stormy[at].push(loud[at]);
        }
    }
    let [health, posts] = [0, 1].map(|at| {
        let median = |of: &mut [Vec<Duration>; 2]| {
            of[at].sort();
            of[at][2]
        };
        (median(&mut calm), median(&mut stormy))
    });
    eprintln!("p99, medians of five, without and beside 500 sign-ins: health checks {health:?}, posts {posts:?}");
    assert!(health.1 <= Duration::from_millis(50) && posts.1 <= 2 * posts.0, "{health:?} {posts:?}");
}
