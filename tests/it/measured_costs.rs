//! What many members, many chats and access tokens cost, measured in the process of the program; the figures stand in `benches/README.md`.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::{Chat, Person, Program, RawStream};

const MEMBERS: usize = 1_000;
const POSTS: usize = 200;

/// A chat, its owner, and a stream of each of its members.
struct Crowd {
    owner: Person,
    chat: Chat,
    streams: JoinSet<()>,
    heard: mpsc::UnboundedReceiver<()>,
}

impl Crowd {
    async fn of(program: &Program, owner: Person, chat: Chat, members: Vec<Person>) -> Self {
        let (mut streams, path) = (JoinSet::new(), format!("{}/events", chat.path));
        let (tell, heard) = mpsc::unbounded_channel();
        for member in &members {
            let mut stream = RawStream::open(program.address, &path, member.credential.as_deref(), None).await;
            let tell = tell.clone();
            streams.spawn(async move {
                while let Some(event) = stream.next().await {
                    if event.name == "message" {
                        tell.send(()).unwrap();
                    }
                }
            });
        }
        assert_eq!(streams.len(), MEMBERS);
        Self { owner, chat, streams, heard }
    }

    /// Returns the processor time of a post with its deliveries, in microseconds.
    async fn post_costs(&mut self, program: &Program) -> u64 {
        let before = program.cpu_time();
        for number in 0..POSTS {
            self.owner.says(&self.chat, &format!("{number} {}", "x".repeat(200))).await;
            for _ in 0..MEMBERS {
                self.heard.recv().await.expect("the streams go on");
            }
        }
        (program.cpu_time() - before) * 10_000 / POSTS as u64
    }
}

/// Returns the owner of a link chat, and all its members: a thousand.
pub(crate) async fn a_full_link_chat(program: &Program) -> (Person, Chat, Vec<Person>) {
    let mut owner = program.person();
    let chat = owner.creates_a_chat().await;
    let link = owner.shares_so(&chat, json!({"auto_approve": true})).await;
    let mut members = vec![owner.clone()];
    for number in 1..MEMBERS {
        let mut guest = program.person();
        guest.knocks(&link, &format!("Guest {number}")).await;
        members.push(guest);
    }
    (owner, chat, members)
}

async fn a_link_chat(program: &Program) -> Crowd {
    let (owner, chat, members) = a_full_link_chat(program).await;
    Crowd::of(program, owner, chat, members).await
}

async fn a_group(program: &Program) -> Crowd {
    let (mut members, mut joining) = (Vec::new(), JoinSet::new());
    let mut owner = program.person();
    owner.signs_up("owner-of-all").await.is(201);
    owner.signs_in("owner-of-all").await;
    let json = owner.posts("/v1/groups", json!({"name": "everyone-1", "admission": "open"})).await.is(201).json;
    for number in 1..MEMBERS {
        let mut person = program.person();
        joining.spawn(async move {
            person.signs_up(&format!("pupil-{number}")).await.is(201);
            person.signs_in(&format!("pupil-{number}")).await;
            person.posts("/v1/groups/everyone-1/members", json!({})).await.is(201);
            person
        });
        if joining.len() == 20 {
            members.extend(joining.join_next().await.unwrap());
        }
    }
    members.extend(joining.join_all().await);
    members.push(owner.clone());
    let id = json["chat_id"].as_str().unwrap().to_owned();
    let chat = Chat { path: format!("/v1/chats/{id}"), url: json["chat_url"].as_str().unwrap().into(), id, author: String::new(), json };
    Crowd::of(program, owner, chat, members).await
}

/// Prints what a post costs in a group of a thousand, and in a link chat of a thousand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: run it alone, in a release build"]
async fn a_post_in_a_group_costs_what_it_costs_in_a_link_chat() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let (mut link, mut group) = (a_link_chat(&program).await, a_group(&program).await);
    let mut rounds = Vec::new();
    for _ in 0..5 {
        let (in_link, in_group) = (link.post_costs(&program).await, group.post_costs(&program).await);
        rounds.push((in_group * 100 / in_link, in_link, in_group));
    }
    rounds.sort_unstable();
    eprintln!("a post to {MEMBERS} members: group in hundredths of the link chat, and both in us of CPU: {rounds:?}");
    assert!(rounds[2].0 <= 120, "{rounds:?}");
    assert_eq!((link.streams.len(), group.streams.len()), (MEMBERS, MEMBERS), "no stream ended");
}

/// Prints how long the first page of an account's chats takes, if it has a thousand.
#[tokio::test]
#[ignore = "it measures: run it alone, in a release build"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn the_first_page_of_a_thousand_chats_takes_5_ms_at_most() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let mut ana = program.person();
    ana.signs_up("ana").await.is(201);
    ana.signs_in("ana").await;
    for number in 0..1_000 {
        let chat = ana.creates(json!({"title": format!("Chat {number}")})).await;
        ana.says(&chat, "Hello").await;
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut took = Vec::new();
    for _ in 0..200 {
        let request = http.get(format!("http://{}/v1/chats?limit=200", program.address)).bearer_auth(ana.credential.as_deref().unwrap());
        let started = Instant::now();
        let page = request.send().await.unwrap().json::<serde_json::Value>().await.unwrap();
        took.push(started.elapsed());
        assert!(page["items"][0]["title"].as_str().unwrap().starts_with("Chat 99"), "{page}");
        assert!(page["items"].as_array().unwrap().len() > 50 && page["cursor"].is_string(), "as many as fit into a chunk: {page}");
    }
    took.sort();
    eprintln!("the first page of 1,000 chats: p50 {:?}, p99 {:?}", took[100], took[198]);
    assert!(took[198] <= Duration::from_millis(5), "{took:?}");
}

/// Returns the processor time of a post in nanoseconds: sixteen connections at once, each with 2,000 posts into a chat of its own.
async fn own_posts_cost(program: &Program, owner: &Person) -> u64 {
    let mut chats = Vec::new();
    for _ in 0..16 {
        let mut owner = owner.clone();
        let chat = owner.creates_a_chat().await;
        chats.push((format!("http://{}{}", program.address, chat.path), owner.credential.unwrap()));
    }
    let (before, mut posting) = (program.cpu_time(), JoinSet::new());
    for (url, credential) in chats {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        posting.spawn(async move {
            for _ in 0..2_000 {
                let response = http.post(&url).bearer_auth(&credential).json(&json!({"text": "Hello"})).send().await.unwrap();
                assert_eq!(response.status(), 201);
                response.bytes().await.unwrap();
            }
        });
    }
    posting.join_all().await;
    (program.cpu_time() - before) * 10_000_000 / 32_000
}

/// Prints what a post costs with an access token, and with a credential of the chat.
#[tokio::test]
#[ignore = "it measures: run it alone, in a release build"]
async fn an_access_token_adds_2_us_to_a_post_at_most() {
    let program = Program::start(&["--log", "error", "--rate-factor", "0"]).await;
    let (mut rounds, mut account) = (Vec::new(), program.person());
    account.signs_up("ana").await.is(201);
    account.signs_in("ana").await;
    for _ in 0..9 {
        let guest = own_posts_cost(&program, &program.person()).await;
        let signed_in = own_posts_cost(&program, &account).await;
        rounds.push((signed_in.cast_signed() - guest.cast_signed(), guest, signed_in));
    }
    rounds.sort_unstable();
    eprintln!("a post: what an access token adds, and both, in ns of CPU: {rounds:?}");
    assert!(rounds[4].0 <= 2_000, "{rounds:?}");
}
