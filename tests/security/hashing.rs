//! SEC-041, 042: how passwords are hashed, and that hashing is bounded.

use std::net::Ipv4Addr;
use std::thread::{self, JoinHandle, available_parallelism};
use std::time::{Duration, Instant};

use parlor::domain::password::Password;
use parlor::domain::username::Username;
use parlor::service::password_hashing::PasswordHasher;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::account::PASSWORD;
use crate::support::{Person, Program};

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

/// Returns 500 people who are content with the first response.
fn five_hundred(program: &Program) -> Vec<Person> {
    std::iter::repeat_with(|| Person::new(program.address, Ipv4Addr::LOCALHOST)).take(500).collect()
}

/// Signs all of them in at once; returns how many succeeded and how many were told to come again.
async fn storm(people: Vec<Person>) -> (usize, usize) {
    let mut tries = JoinSet::new();
    for (number, person) in people.into_iter().enumerate() {
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
    let people = five_hundred(&program);
    let before = program.memory();
    let (storm, peak) = tokio::join!(storm(people), async {
        let mut peak = 0;
        for number in 0..50 {
            ana.nobody().gets("/healthz").await.is(200);
            ana.says(&chat, &format!("Message {number}")).await;
            peak = peak.max(program.memory());
        }
        peak
    });
    let (taken, refused) = storm;
    assert!(taken >= 66 && refused > 0 && taken + refused == 500, "{taken} signed in, {refused} were refused");
    let grown = peak.saturating_sub(before);
    assert!(grown <= allowed(), "{} MiB", grown / MIB);
}

/// What a member uses beside a storm: one connection, kept open.
struct Probe {
    http: reqwest::Client,
    server: String,
    chat: String,
    author: String,
}

impl Probe {
    async fn new(program: &Program) -> Self {
        let mut ana = program.person();
        let chat = ana.creates_a_chat().await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, server: format!("http://{}", program.address), chat: chat.path.clone(), author: ana.credential.unwrap() }
    }

    #[expect(clippy::disallowed_methods, reason = "it measures")]
    async fn takes(&self, request: reqwest::RequestBuilder, status: u16) -> Duration {
        let started = Instant::now();
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        response.bytes().await.unwrap();
        started.elapsed()
    }

    /// Returns the 99th percentiles of health checks and of posts, sent in turn: 400 of each, and on until the storm is over.
    #[expect(clippy::disallowed_methods, reason = "it measures")]
    async fn measures(&self, storm: Option<&JoinHandle<()>>) -> [Duration; 2] {
        let mut took = [Vec::new(), Vec::new()];
        while took[0].len() < 400 || storm.is_some_and(|storm| !storm.is_finished()) {
            took[0].push(self.takes(self.http.get(format!("{}/healthz", self.server)), 200).await);
            let post = self.http.post(format!("{}{}", self.server, self.chat)).bearer_auth(&self.author);
            took[1].push(self.takes(post.json(&json!({"text": "Hello"})), 201).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        took.map(|mut took| {
            took.sort();
            took[took.len() * 99 / 100]
        })
    }
}

/// Signs 500 people in at once, until all are in: on 503 they try again when the response says so. They run in a thread that yields to all others, since
/// they would be on other machines.
fn storm_from_elsewhere(program: &Program) -> JoinHandle<()> {
    let people: Vec<_> = five_hundred(program).into_iter().map(Person::patient).collect();
    thread::spawn(move || {
        #[cfg(target_os = "linux")]
        rustix::process::setpriority_process(None, 10).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(storm(people)), (500, 0));
    })
}

/// Prints what a storm of sign-ins does to others; the figures stand in `benches/README.md`.
#[tokio::test]
#[ignore = "it measures: run it alone, in a release build"]
async fn a_storm_of_sign_ins_is_hardly_felt_by_members() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    twenty_pupils(&program).await;
    let probe = Probe::new(&program).await;
    let (mut calm, mut stormy) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..5 {
        let quiet = probe.measures(None).await;
        let storm = storm_from_elsewhere(&program);
        let loud = probe.measures(Some(&storm)).await;
        storm.join().unwrap();
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
