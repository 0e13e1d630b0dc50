//! Apply equals refetch: what was read before, with the events since, equals what is read now; over random histories, for every role.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::message_view::react;
use crate::support::{Chat, Event, EventStream, Link, Person, StreamPath, TestServer, seconds};

/// The histories, each on a server of its own, unless `PARLOR_HISTORIES` says how many, and the steps of each: 10,000 steps together.
const HISTORIES: u64 = 40;
const STEPS: usize = 250;
const TEXTS: [&str; 6] = ["Hello", "*Hello*", "a\nb", "https://example.org", "`code` & <b>", "👋"];
const EMOJI: [&str; 4] = ["👍", "❤️", "🎉", "😢"];

/// A member's view of a chat: what it read, and the events applied since.
#[derive(Debug, Default, PartialEq)]
struct View {
    chat: Value,
    members: BTreeMap<u64, Value>,
    messages: BTreeMap<u64, Value>,
    knocks: BTreeMap<String, Value>,
    links: BTreeMap<String, Value>,
}

/// A reader: its credential, its view and its stream.
struct Reader {
    person: Person,
    is_owner: bool,
    view: View,
    stream: EventStream,
    seen: (u64, u64),
    last_id: Option<String>,
}

fn by_number(items: &Value, field: &str) -> BTreeMap<u64, Value> {
    items.as_array().unwrap().iter().map(|item| (item[field].as_u64().unwrap(), item.clone())).collect()
}

fn by_text(items: &[Value], field: &str) -> BTreeMap<String, Value> {
    items.iter().map(|item| (item[field].as_str().unwrap().to_owned(), item.clone())).collect()
}

/// Returns a chat without what entries do not tell: the caller's own part, and when it expires, which every message changes.
fn shared(chat: &Value) -> Value {
    let mut chat = chat.clone();
    for own in ["me", "with", "head", "first", "expires_at"] {
        chat.as_object_mut().unwrap().remove(own);
    }
    chat
}

/// Returns a link without its uses, which the decisions tell.
fn unused(link: &Value) -> Value {
    let mut link = link.clone();
    link.as_object_mut().unwrap().remove("uses");
    link
}

impl View {
    /// Reads all that a member can.
    async fn read(person: &Person, chat: &Chat, is_owner: bool) -> (Self, u64) {
        let read = person.reads(chat).await;
        let members = Value::Array(person.items(&format!("{}/members", chat.path)).await);
        let (mut knocks, mut links) = (BTreeMap::new(), BTreeMap::new());
        if is_owner {
            knocks = by_text(&person.items(&format!("{}/knocks?status=pending", chat.path)).await, "knock_id");
            links = by_text(&person.items(&format!("{}/links", chat.path)).await, "link_id");
            for link in links.values_mut() {
                *link = unused(link);
            }
        }
        let view =
            Self { chat: shared(&read["chat"]), members: by_number(&members, "id"), messages: by_number(&read["messages"], "seq"), knocks, links };
        (view, read["head"].as_u64().unwrap())
    }

    fn apply(&mut self, event: &Event) {
        let data = &event.data;
        let target = data["target"].as_u64().unwrap_or_default();
        match event.name.as_str() {
            "message" => drop(self.messages.insert(data["seq"].as_u64().unwrap(), data.clone())),
            "message_edited" | "message_deleted" if data["message"].is_object() => drop(self.messages.insert(target, data["message"].clone())),
            "reaction" if data["member"].is_object() => react(self.messages.get_mut(&target).unwrap(), data),
            "message_edited" | "message_deleted" | "reaction" => assert!(!self.messages.contains_key(&target), "{event:?}"),
            "member_joined" | "member_updated" => drop(self.members.insert(data["member"]["id"].as_u64().unwrap(), data["member"].clone())),
            "member_left" => drop(self.members.remove(&data["member"]["id"].as_u64().unwrap())),
            "chat_updated" => self.chat = shared(&data["chat"]),
            "knock" if data["knock"]["status"] == "pending" => {
                self.knocks.insert(data["knock"]["knock_id"].as_str().unwrap().to_owned(), data["knock"].clone());
            }
            "knock_decided" => drop(self.knocks.remove(data["knock_id"].as_str().unwrap())),
            "link_created" | "link_revoked" => drop(self.links.insert(data["link"]["link_id"].as_str().unwrap().to_owned(), unused(&data["link"]))),
            "knock" => {}
            other => panic!("{other} cannot be applied"),
        }
    }
}

impl Reader {
    async fn enter(person: Person, chat: &Chat, is_owner: bool) -> Self {
        let stream = person.follows(chat).await;
        let (view, head) = View::read(&person, chat, is_owner).await;
        let seen = (stream.hello.data["head"].as_u64().unwrap(), stream.hello.data["door"].as_u64().unwrap_or_default());
        assert_eq!(seen.0, head, "nothing happens in between");
        Self { person, is_owner, view, stream, seen, last_id: None }
    }

    /// Applies the events up to the chat's head, and compares with what is read now.
    async fn catches_up(&mut self, chat: &Chat, door: u64) {
        let (now, head) = View::read(&self.person, chat, self.is_owner).await;
        while self.seen.0 < head || (self.is_owner && self.seen.1 < door) {
            let event = self.stream.next().await;
            self.seen.0 = event.data["seq"].as_u64().unwrap_or(self.seen.0);
            self.seen.1 = event.data["door"].as_u64().unwrap_or(self.seen.1);
            self.last_id.clone_from(&event.id);
            self.view.apply(&event);
        }
        assert_eq!(self.view, now);
    }

    async fn reconnects(&mut self, chat: &Chat) {
        if let Some(id) = &self.last_id {
            self.stream = self.person.follows_from(chat, id).await;
        }
    }
}

/// A random history of one chat.
struct History {
    random: StdRng,
    server: TestServer,
    chat: Chat,
    link: Link,
    waiting: Vec<(Person, Value)>,
    readers: Vec<Reader>,
    guests: u32,
}

impl History {
    async fn begin(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let path = if random.random() { StreamPath::Fanout } else { StreamPath::Hyper };
        let server = TestServer::on(path).await;
        let mut ana = server.person();
        let chat = ana.creates_a_chat().await;
        let link = ana.shares(&chat).await;
        let readers = vec![Reader::enter(ana, &chat, true).await];
        Self { random, server, chat, link, waiting: Vec::new(), readers, guests: 0 }
    }

    fn owner(&self) -> &Person {
        &self.readers[0].person
    }

    fn pick(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    /// Returns the path of a message that the owner sees, or of what may be none.
    fn some_message(&mut self) -> String {
        let seqs: Vec<u64> = self.readers[0].view.messages.keys().copied().collect();
        let seq = if seqs.is_empty() { 1 } else { seqs[self.pick(seqs.len())] };
        format!("{}/messages/{seq}", self.chat.path)
    }

    async fn step(&mut self) {
        self.server.clock.advance(seconds(1));
        let (who, text) = (self.pick(self.readers.len()), TEXTS[self.pick(TEXTS.len())]);
        let person = self.readers[who].person.clone();
        let (message, emoji) = (self.some_message(), EMOJI[self.pick(EMOJI.len())]);
        match self.pick(20) {
            0..=5 => self.posts(&person, text).await,
            6..=8 => drop(person.patches(&message, json!({"text": text})).await),
            9..=10 => drop(person.deletes(&message).await),
            11..=13 => drop(person.puts_bare(&format!("{message}/reactions/{emoji}")).await),
            14 => drop(person.deletes(&format!("{message}/reactions/{emoji}")).await),
            15 => self.knocks().await,
            16 => self.decides().await,
            17 => self.removes(who).await,
            18 => self.updates().await,
            _ => self.readers[who].reconnects(&self.chat).await,
        }
    }

    async fn posts(&mut self, person: &Person, text: &str) {
        let mut body = json!({"text": text});
        match self.pick(4) {
            0 => body["image"] = json!({"url": "https://example.org/a.png", "alt": "A"}),
            1 => body["reply_to"] = json!(self.readers[0].view.messages.keys().last().copied().unwrap_or(1)),
            _ => {}
        }
        person.posts(&self.chat.path, body).await;
    }

    async fn knocks(&mut self) {
        if self.waiting.len() < 3 && self.readers.len() < 6 {
            self.guests += 1;
            let mut guest = self.server.person();
            let knock = guest.knocks(&self.link, &format!("Guest {}", self.guests)).await;
            self.waiting.push((guest, knock.json));
        }
    }

    async fn decides(&mut self) {
        let Some((guest, knock)) = self.waiting.pop() else { return };
        let approve = self.pick(4) > 0;
        let decision = json!({"chat_url": self.chat.url, "knock_id": knock["knock_id"], "approve": approve});
        self.owner().posts("/v1/approval", decision).await.is(200);
        if approve {
            self.readers.push(Reader::enter(guest, &self.chat, false).await);
        }
    }

    /// Removes a guest, who leaves every other time.
    async fn removes(&mut self, who: usize) {
        if who > 0 && self.pick(3) == 0 {
            let gone = self.readers.remove(who);
            let id = self.chat_member(&gone.person).await;
            let by = if self.pick(2) == 0 { gone.person.clone() } else { self.owner().clone() };
            by.removes(&self.chat, id).await.is(204);
        }
    }

    async fn chat_member(&self, person: &Person) -> u64 {
        person.reads(&self.chat).await["chat"]["me"]["id"].as_u64().unwrap()
    }

    async fn updates(&mut self) {
        let history = if self.random.random() { "all" } else { "since_join" };
        match self.pick(3) {
            0 => drop(self.owner().patches(&self.chat.path, json!({"title": format!("Title {}", self.guests), "history": history})).await.is(200)),
            1 => drop(self.owner().shares_so(&self.chat, json!({"label": "Another"})).await),
            _ => {
                let links: Vec<String> = self.readers[0].view.links.keys().filter(|id| **id != self.link.id).cloned().collect();
                if let Some(id) = links.first() {
                    self.owner().deletes(&format!("/v1/links/{id}")).await.is(204);
                }
            }
        }
    }

    async fn compare(&mut self) {
        let door = self.owner().items(&format!("{}/activity?log=door&limit=1", self.chat.path)).await;
        let door = door.last().map_or(0, |entry| entry["seq"].as_u64().unwrap());
        for reader in &mut self.readers {
            reader.catches_up(&self.chat, door).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how many histories is no setting of the server")]
fn histories() -> u64 {
    std::env::var("PARLOR_HISTORIES").map_or(HISTORIES, |count| count.parse().expect("PARLOR_HISTORIES is a number"))
}

/// Plays every other history, from this one on.
async fn plays_every_other(first: u64) {
    for seed in (first..histories()).step_by(2) {
        let mut history = History::begin(seed).await;
        for step in 0..STEPS {
            history.step().await;
            if step % 10 == 9 {
                history.compare().await;
            }
        }
        assert!(history.readers[0].view.messages.len() > 20, "history {seed} says something");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_lead_from_what_was_read_to_what_is_read_in_even_histories() {
    plays_every_other(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_lead_from_what_was_read_to_what_is_read_in_odd_histories() {
    plays_every_other(1).await;
}
