//! SEC-013, SEC-022: with only a link, no order of calls opens a chat before its owner does.

use std::hash::{BuildHasher as _, RandomState};

use serde_json::{Value, json};

use crate::access_matrix::rows;
use crate::fixture::{Fixture, MARKS, Names, UNKNOWN, Who};
use crate::requests::{Ask, bare, nothing_here, sends};
use crate::support::{Person, Reply, seconds};

const ORDERS: u64 = 30;
const STEPS: usize = 40;

/// Pseudo-random numbers from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

/// A caller with a link and everything that earlier responses contained.
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

    /// Stores the credentials and ids of a response; knock ids are also tried as credentials.
    fn learns(&mut self, json: &Value) {
        let text = |field: &str| json[field].as_str().map(str::to_owned);
        self.credentials.extend([text("client_id"), text("knock_id")].into_iter().flatten().map(Some));
        self.knocks.extend(text("knock_id"));
        self.tickets.extend(text("ticket"));
    }

    fn one<T: Clone>(items: &[T], dice: &mut Dice) -> T {
        items[dice.below(items.len())].clone()
    }

    /// Returns a request of this caller, the person who sends it, and its operation.
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

/// The operations for holders of the link; all others belong to a chat or its owner.
const GUESTS: [&str; 8] =
    ["subscribe_to_push", "list_push_subscriptions", "exchange_link", "knock", "withdraw_knock", "read_approval", "wait_for_decision", "else"];

#[track_caller]
fn nothing_shown(reply: &Reply, fixture: &Fixture, place: &str) {
    let shown = format!("{:?} {}", reply.headers, reply.text);
    let of_the_chat = [fixture.chat.id.as_str(), fixture.chat.author.as_str()];
    for secret in MARKS.iter().copied().chain(of_the_chat) {
        assert!(!shown.contains(secret), "{place} shows {secret}: {shown}");
    }
    assert!(reply.json["chat_url"].is_null() && reply.json["member"].is_null(), "{place}: {shown}");
    assert!(reply.json["approval_status"] != json!(true), "{place}: {shown}");
}

#[tokio::test]
async fn sec_013_no_order_of_calls_opens_a_chat() {
    let fixture = Fixture::opens().await;
    let nothing = nothing_here(&fixture.server).await;
    let owner = fixture.person(Who::Owner);
    let members = owner.gets(&format!("{}/members", fixture.chat.path)).await.text;
    let chance = RandomState::new();
    for seed in (0..ORDERS).map(|order| chance.hash_one(order) | 1) {
        let mut dice = Dice(seed);
        let names = Names { link: owner.shares(&fixture.chat).await.id, ..fixture.real() };
        let mut caller = Caller::new(fixture.server.person(), names);
        for step in 0..STEPS {
            let (ask, person, operation) = caller.next(&mut dice);
            let place = format!("seed {seed}, step {step}: {} {}", ask.method, ask.path);
            let reply = sends(ask.by(&person)).await;
            nothing_shown(&reply, &fixture, &place);
            assert!(reply.status < 500, "{place}: {}", reply.text);
            let ticket = operation == "issue_ticket" && ask.body.as_ref().unwrap()["link_id"].is_string();
            if !ticket && !GUESTS.contains(&operation) {
                assert_eq!(bare(&reply), nothing, "{place}");
            }
            caller.learns(&reply.json);
        }
    }
    assert_eq!(owner.gets(&format!("{}/members", fixture.chat.path)).await.text, members, "a member was added");
}

/// SEC-022: a waiting guest receives only the decision on their own knock.
#[tokio::test]
async fn sec_022_who_waits_sees_nothing_of_the_chat() {
    let fixture = Fixture::opens().await;
    let (owner, pending) = (fixture.person(Who::Owner), fixture.person(Who::Pending));
    let mut waiting = pending.waits(&fixture.link).await;
    assert_eq!(waiting.hello.data, json!({"status": "pending"}));
    assert_eq!(waiting.hello.id, None);
    owner.says(&fixture.chat, "Among ourselves").await;
    fixture.server.person().knocks(&fixture.link, "Another").await;
    owner.patches(&fixture.chat.path, json!({"title": "Changed"})).await.is(200);
    fixture.server.advance(seconds(15)).await;
    let beat = waiting.next_any().await;
    assert_eq!(beat.name, "heartbeat", "the waiting guest received {beat:?}");
    assert_eq!(beat.data.as_object().unwrap().keys().collect::<Vec<_>>(), ["sent_at"]);
    for row in rows().iter().filter(|row| !row.is_public() && (row.ask)(&fixture.real()).method == "GET") {
        let reply = sends((row.ask)(&fixture.real()).by(pending)).await;
        assert!([200, 404].contains(&reply.status));
        nothing_shown(&reply, &fixture, row.operation);
    }
    owner.lets_in(&fixture.link, &fixture.pending).await;
    assert_eq!(waiting.expect("knock_decided").await.data["chat_url"], json!(fixture.chat.url));
    waiting.expect_end().await;
}
