//! SEC-024, 106: a class of 200 behind one address gets in and talks at default settings, unaffected by a flood from another address.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Chat, EventStream, Link, Person, Program, RawClient, head};

const CLASS: usize = 200;
const SCHOOL: Ipv4Addr = Ipv4Addr::new(127, 0, 40, 1);
const FLOODER: Ipv4Addr = Ipv4Addr::new(127, 0, 66, 6);
/// The connections over which a browser loads a page's files.
const CONNECTIONS: usize = 6;
/// How many of the class act at the same time.
const CONCURRENCY: usize = 20;

/// Runs an action for each number up to the size of the class, some concurrently; returns the results in order.
async fn each<T: Send + 'static, F: Future<Output = T> + Send + 'static>(mut act: impl FnMut(usize) -> F) -> Vec<T> {
    let (mut running, mut done) = (JoinSet::new(), Vec::new());
    for number in 0..CLASS {
        if running.len() == CONCURRENCY {
            done.push(running.join_next().await.unwrap().unwrap());
        }
        let acting = act(number);
        running.spawn(async move { (number, acting.await) });
    }
    done.extend(running.join_all().await);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, done)| done).collect()
}

/// Loads the page of a link with its files, as a browser does: over several connections, which stay open.
async fn loads(server: std::net::SocketAddr, path: String) -> Vec<RawClient> {
    let socket = || async move {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((SCHOOL, 0).into()).unwrap();
        RawClient::connect_with(socket, server).await
    };
    let mut connections = vec![socket().await];
    connections[0].send(head("GET", &path, None, &[])).await;
    let page = connections[0].response().await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let assets: Vec<String> = page.split('"').filter(|part| part.starts_with("/web/")).map(str::to_owned).collect();
    assert!(assets.len() > 5, "{page}");
    for _ in 1..CONNECTIONS {
        connections.push(socket().await);
    }
    for (number, asset) in assets.iter().enumerate() {
        let connection = &mut connections[number % CONNECTIONS];
        connection.send(head("GET", asset, None, &[])).await;
        let answer = connection.response().await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{asset}: {answer}");
    }
    connections
}

/// A member of the class with an open stream.
struct Pupil {
    person: Person,
    stream: EventStream,
}

/// A class behind one address with its teacher, who created the chat.
struct Class {
    teacher: Person,
    chat: Chat,
    pupils: Vec<Pupil>,
}

/// Fails if a rate limit refuses a request. On a busy machine a request may be asked to retry, as a page does.
#[track_caller]
fn taken(status: u16, value: &Value, expected: u16) {
    assert_eq!(status, expected, "{value}");
}

/// Page, knock, waiting stream, approval, chat stream, in this order for each pupil.
async fn enters(program: &Program) -> Class {
    let mut teacher = Person::new(program.address, SCHOOL).patient();
    let chat = teacher.creates(json!({"name": "Teacher"})).await;
    let link = teacher.shares(&chat).await;
    let server = program.address;
    let page = format!("/l/{}", link.id);
    // The pages stay open: connections that a browser keeps do not block newcomers.
    let _kept = each(|_| loads(server, page.clone())).await;
    let waiting = each(|number| knocks(teacher.nobody(), link.clone(), number)).await;
    let ids: Vec<&str> = waiting.iter().map(|(_, knock, _)| knock.as_str()).collect();
    for one in &ids[..CLASS / 2] {
        let reply = teacher.posts("/v1/approval", json!({"link_url": link.url, "knock_id": one})).await;
        taken(reply.status, &reply.json, 200);
    }
    let reply = teacher.posts("/v1/approval", json!({"chat_url": chat.url, "knock_ids": ids[CLASS / 2..]})).await;
    taken(reply.status, &reply.json, 200);
    let mut pupils = Vec::new();
    for (person, _, mut waits) in waiting {
        waits.expect("knock_decided").await;
        let stream = person.follows(&chat).await;
        pupils.push(Pupil { person, stream });
    }
    Class { teacher, chat, pupils }
}

async fn knocks(person: Person, link: Link, number: usize) -> (Person, String, EventStream) {
    let reply = person.posts(&format!("{}/knocks", link.path), json!({"name": format!("Pupil {number}")})).await;
    taken(reply.status, &reply.json, 201);
    let person = person.showing(reply.json["client_id"].as_str().unwrap());
    let waits = person.waits(&link).await;
    (person, reply.json["knock_id"].as_str().unwrap().to_owned(), waits)
}

impl Class {
    /// Everybody posts, some at a time; returns how long each post took, sorted.
    async fn says(&self) -> Vec<Duration> {
        let people: Vec<Person> = self.pupils.iter().map(|pupil| pupil.person.clone()).collect();
        let path = self.chat.path.clone();
        let mut took = each(move |number| posts(people[number].clone(), path.clone())).await;
        took.sort();
        took
    }

    /// Closes all streams and opens them again at once.
    async fn comes_back(&mut self) {
        let people: Vec<Person> = self.pupils.drain(..).map(|pupil| pupil.person).collect();
        let (chat, server) = (self.chat.clone(), people.clone());
        let streams = each(move |number| {
            let (person, chat) = (server[number].clone(), chat.clone());
            async move { person.follows(&chat).await }
        })
        .await;
        self.pupils = people.into_iter().zip(streams).map(|(person, stream)| Pupil { person, stream }).collect();
    }
}

#[expect(clippy::disallowed_methods, reason = "a separate process runs in real time")]
async fn posts(person: Person, path: String) -> Duration {
    let began = Instant::now();
    let reply = person.posts(&path, json!({"text": "Here"})).await;
    taken(reply.status, &reply.json, 201);
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_106_a_class_of_200_at_one_address_gets_in_and_talks() {
    let program = Program::start(&[]).await;
    let mut class = enters(&program).await;
    class.says().await;
    for pupil in &mut class.pupils {
        for _ in 0..CLASS {
            while pupil.stream.expect("message").await.data["text"] != "Here" {}
        }
    }
    class.comes_back().await;
    let reply = class.teacher.sends(class.teacher.request(Method::DELETE, &format!("{}/members/2", class.chat.path))).await;
    taken(reply.status, &reply.json, 204);
    class.says_but_one(0).await;
}

impl Class {
    /// Fails unless everybody except one removed member can still post.
    async fn says_but_one(&mut self, removed: usize) {
        let gone = self.pupils.remove(removed);
        let reply = gone.person.posts(&self.chat.path, json!({"text": "Am I in?"})).await;
        assert_eq!(reply.status, 404, "{}", reply.text);
        for pupil in &self.pupils {
            posts(pupil.person.clone(), self.chat.path.clone()).await;
        }
    }
}

/// Knocks, guesses ids and connects from one address, forty times its limits, until told to stop.
struct Flood {
    stops: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    running: JoinSet<()>,
}

/// The pause of each flood task between two actions.
const FLOOD_PAUSE: Duration = Duration::from_millis(5);

#[expect(clippy::disallowed_methods, reason = "a separate process runs in real time")]
async fn pauses(span: Duration) {
    tokio::time::sleep(span).await;
}

impl Flood {
    fn begins(program: &Program, link: &Link) -> Self {
        let (stops, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut running = JoinSet::new();
        for number in 0..4 {
            let person = Person::new(program.address, FLOODER);
            let (stops, refused, link) = (stops.clone(), refused.clone(), link.clone());
            running.spawn(async move {
                while !stops.load(Ordering::Relaxed) {
                    let reply = match number % 2 {
                        0 => person.posts(&format!("{}/knocks", link.path), json!({"name": "Flood"})).await,
                        _ => person.gets(&format!("/v1/chats/{}", "Q".repeat(43))).await,
                    };
                    refused.fetch_add(usize::from(reply.status == 429), Ordering::Relaxed);
                    pauses(FLOOD_PAUSE).await;
                }
            });
        }
        running.spawn(opens(program.address, stops.clone()));
        Self { stops, refused, running }
    }

    async fn ends(self) -> usize {
        self.stops.store(true, Ordering::Relaxed);
        self.running.join_all().await;
        self.refused.load(Ordering::Relaxed)
    }
}

/// Opens connections that send nothing, and holds the last thousand of them.
async fn opens(server: std::net::SocketAddr, stops: Arc<AtomicBool>) {
    let mut held = std::collections::VecDeque::new();
    while !stops.load(Ordering::Relaxed) {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind((FLOODER, 0).into()).unwrap();
        held.push_back(RawClient::connect_with(socket, server).await);
        if held.len() > 1_000 {
            held.pop_front();
        }
        pauses(FLOOD_PAUSE).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sec_024_a_class_gets_in_beside_a_flood_from_another_address() {
    let program = Program::start(&[]).await;
    let mut other = Person::new(program.address, Ipv4Addr::new(127, 0, 7, 7)).patient();
    let chat = other.creates_a_chat().await;
    let flood = Flood::begins(&program, &other.shares(&chat).await);
    let class = enters(&program).await;
    class.says().await;
    assert!(flood.ends().await > 100, "the flood is refused");
}

/// Returns the 99th percentile of a hundred values.
fn p99(took: &[Duration]) -> Duration {
    took[took.len() * 99 / 100]
}

/// Prints how the flood affects the class; the figures stand in `benches/README.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures: run it alone, in a release build"]
async fn a_class_feels_nothing_of_a_flood_from_another_address() {
    let program = Program::start(&[]).await;
    let class = enters(&program).await;
    let link = class.teacher.shares(&class.chat).await;
    let (mut calm, mut flooded) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        pauses(Duration::from_secs(2)).await;
        calm.push(p99(&class.says().await));
        let flood = Flood::begins(&program, &link);
        pauses(Duration::from_secs(2)).await;
        flooded.push(p99(&class.says().await));
        assert!(flood.ends().await > 0);
    }
    calm.sort();
    flooded.sort();
    eprintln!("p99 of 200 posts, medians of five: {:?} without the flood, {:?} beside it", calm[2], flooded[2]);
    assert!(flooded[2] <= 2 * calm[2], "the flood slows the class down: {calm:?} {flooded:?}");
}
