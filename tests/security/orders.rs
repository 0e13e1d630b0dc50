//! SEC-013, SEC-022: in whatever order somebody calls who has only a link, the chat stays shut until its owner opens it.

use std::hash::{BuildHasher as _, RandomState};

use serde_json::{Value, json};

use crate::asking::{Ask, bare, nothing_here, sends};
use crate::rows::rows;
use crate::scene::{MARKS, Names, Scene, UNKNOWN, Who};
use crate::world::{Person, Reply, seconds};

const ORDERS: u64 = 30;
const STEPS: usize = 40;

/// Numbers that look random and begin at a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

/// Somebody who has a link and whatever they were answered.
struct Caller {
    person: Person,
    names: Names,
    credentials: Vec<Option<String>>,
    knocks: Vec<String>,
    tickets: Vec<String>,
}

impl Caller {
    fn new(person: Person, names: Names) -> Self {
        Self { person, names, credentials: vec![None, Some(UNKNOWN.into())], knocks: vec![UNKNOWN.into()], tickets: vec!["x".into()] }
    }

    /// Keeps what an answer hands out; what names the knock is tried as a credential too.
    fn learns(&mut self, json: &Value) {
        let text = |field: &str| json[field].as_str().map(str::to_owned);
        self.credentials.extend([text("client_id"), text("knock_id")].into_iter().flatten().map(Some));
        self.knocks.extend(text("knock_id"));
        self.tickets.extend(text("ticket"));
    }

    fn one<T: Clone>(items: &[T], dice: &mut Dice) -> T {
        items[dice.below(items.len())].clone()
    }

    /// Something that this caller can ask, as whom, and of which operation it is.
    fn next(&self, dice: &mut Dice) -> (Ask, Person, &'static str) {
        let credential = Self::one(&self.credentials, dice);
        let person = credential.map_or_else(|| self.person.nobody(), |credential| self.person.showing(&credential));
        let mut names = self.names.clone();
        names.knock = Self::one(&self.knocks, dice);
        let table: Vec<_> = rows().into_iter().filter(|row| !row.is_public()).collect();
        let tail = dice.below(table.len() + 4);
        let link = format!("/v1/links/{}", names.link);
        let ask = match tail.checked_sub(table.len()) {
            None => {
                let row = &table[tail];
                return ((row.ask)(&names), person, row.operation);
            }
            Some(0) => Ask::get(format!("/v1/chats/{}/events?after=0&ticket={}", names.chat, Self::one(&self.tickets, dice))),
            Some(1) => Ask::get(format!("{link}/events?ticket={}", Self::one(&self.tickets, dice))),
            Some(2) => Ask { method: "HEAD", ..Ask::get(link) },
            Some(_) => Ask { method: "OPTIONS", ..Ask::get(link) },
        };
        let person = if ask.path.contains("ticket=") { person.nobody() } else { person };
        let operation = if ask.path.contains("/v1/chats/") { "follow_chat" } else { "else" };
        (ask, person, operation)
    }
}

/// The calls that serve whoever has the link; all others are a chat's, or its owner's.
const GUESTS: [&str; 6] = ["exchange_link", "knock", "withdraw_knock", "read_approval", "wait_for_decision", "else"];

#[track_caller]
fn nothing_shown(reply: &Reply, scene: &Scene, place: &str) {
    let shown = format!("{:?} {}", reply.headers, reply.text);
    let of_the_chat = [scene.chat.id.as_str(), scene.chat.author.as_str()];
    for secret in MARKS.iter().copied().chain(of_the_chat) {
        assert!(!shown.contains(secret), "{place} shows {secret}: {shown}");
    }
    assert!(reply.json["chat_url"].is_null() && reply.json["member"].is_null(), "{place}: {shown}");
    assert!(reply.json["approval_status"] != json!(true), "{place}: {shown}");
}

#[tokio::test]
async fn sec_013_no_order_of_calls_opens_a_chat() {
    let scene = Scene::opens().await;
    let nothing = nothing_here(&scene.world).await;
    let owner = scene.person(Who::Owner);
    let members = owner.gets(&format!("{}/members", scene.chat.path)).await.text;
    let chance = RandomState::new();
    for seed in (0..ORDERS).map(|order| chance.hash_one(order) | 1) {
        let mut dice = Dice(seed);
        let names = Names { link: owner.shares(&scene.chat).await.id, ..scene.real() };
        let mut caller = Caller::new(scene.world.person(), names);
        for step in 0..STEPS {
            let (ask, person, operation) = caller.next(&mut dice);
            let place = format!("seed {seed}, step {step}: {} {}", ask.method, ask.path);
            let reply = sends(ask.by(&person)).await;
            nothing_shown(&reply, &scene, &place);
            assert!(reply.status < 500, "{place}: {}", reply.text);
            let ticket = operation == "issue_ticket" && ask.body.as_ref().unwrap()["link_id"].is_string();
            if !ticket && !GUESTS.contains(&operation) {
                assert_eq!(bare(&reply), nothing, "{place}");
            }
            caller.learns(&reply.json);
        }
    }
    assert_eq!(owner.gets(&format!("{}/members", scene.chat.path)).await.text, members, "somebody came in");
}

/// SEC-022: who waits hears of their own knock and of nothing else.
#[tokio::test]
async fn sec_022_who_waits_sees_nothing_of_the_chat() {
    let scene = Scene::opens().await;
    let (owner, pending) = (scene.person(Who::Owner), scene.person(Who::Pending));
    let mut waiting = pending.waits(&scene.link).await;
    assert_eq!(waiting.hello.data, json!({"status": "pending"}));
    assert_eq!(waiting.hello.id, None);
    owner.says(&scene.chat, "Among ourselves").await;
    scene.world.person().knocks(&scene.link, "Another").await;
    owner.patches(&scene.chat.path, json!({"title": "Changed"})).await.is(200);
    scene.world.later(seconds(15)).await;
    let beat = waiting.beat().await;
    assert_eq!(beat.name, "heartbeat", "who waits heard {beat:?}");
    assert_eq!(beat.data.as_object().unwrap().keys().collect::<Vec<_>>(), ["sent_at"]);
    for row in rows().iter().filter(|row| !row.is_public() && (row.ask)(&scene.real()).method == "GET") {
        let reply = sends((row.ask)(&scene.real()).by(pending)).await;
        assert!([200, 404].contains(&reply.status));
        nothing_shown(&reply, &scene, row.operation);
    }
    owner.lets_in(&scene.link, &scene.pending).await;
    assert_eq!(waiting.hears("knock_decided").await.data["chat_url"], json!(scene.chat.url));
    waiting.ends().await;
}
