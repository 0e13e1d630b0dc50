//! What a client knows of an account and its chats: the state of its stream, and the events applied since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::message_view::react;
use crate::support::{Event, EventStream, Person};

/// A chat as a client knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ChatView {
    /// What all members see of it, and the caller's own part.
    pub(crate) item: Value,
    pub(crate) members: BTreeMap<u64, Value>,
    pub(crate) messages: BTreeMap<u64, Value>,
    /// The pending knocks, for one who decides.
    pub(crate) knocks: BTreeSet<String>,
    seq: u64,
}

/// An account with its stream.
pub(crate) struct Account {
    pub(crate) person: Person,
    stream: EventStream,
    pub(crate) chats: BTreeMap<String, ChatView>,
    positions: BTreeMap<String, String>,
    /// The names of the events that came, with the reasons of removals.
    pub(crate) met: BTreeSet<String>,
}

/// Returns what an item says of a chat, without what messages and receipts change.
fn lasting(item: &Value) -> Value {
    let mut item = item.clone();
    for changing in ["head", "expires_at", "updated_at", "unread", "read", "delivered", "pending", "last_message", "title"] {
        item.as_object_mut().unwrap().remove(changing);
    }
    if let Some(group) = item["group"].as_object_mut() {
        group.remove("members");
    }
    item
}

fn by_number(items: &Value, field: &str) -> BTreeMap<u64, Value> {
    items.as_array().unwrap().iter().map(|item| (item[field].as_u64().unwrap(), item.clone())).collect()
}

fn has_door(item: &Value) -> bool {
    item["me"]["role"] != "member"
}

impl ChatView {
    /// Reads the chat of an item: messages up to its head, and what else there is now.
    async fn read(person: &Person, item: &Value) -> Option<Self> {
        let (id, head) = (item["chat_id"].as_str().unwrap(), item["head"].as_u64().unwrap());
        let page = person.gets(&format!("/v1/chats/{id}")).await;
        let members = person.gets(&format!("/v1/chats/{id}/members?limit=200")).await;
        if page.status == 404 || members.status == 404 {
            return None;
        }
        let mut messages = by_number(&page.json["messages"], "seq");
        messages.retain(|seq, _| *seq <= head);
        let members = by_number(&members.json["items"], "id");
        let mut view = Self { item: lasting(item), members, messages, knocks: BTreeSet::new(), seq: head };
        view.messages.values_mut().for_each(|message| drop(message.as_object_mut().unwrap().remove("status")));
        view.read_knocks(person).await;
        Some(view)
    }

    async fn read_knocks(&mut self, person: &Person) {
        self.knocks.clear();
        if has_door(&self.item) && self.item["kind"] != "direct" {
            let id = self.item["chat_id"].as_str().unwrap();
            let pending = person.gets(&format!("/v1/chats/{id}/knocks?status=pending&limit=200")).await;
            let ids = pending.json["items"].as_array().into_iter().flatten().map(|knock| knock["knock_id"].as_str().unwrap().to_owned());
            self.knocks.extend(ids);
        }
    }

    fn apply(&mut self, event: &Event) {
        let data = &event.data;
        let target = data["target"].as_u64().unwrap_or_default();
        match event.name.as_str() {
            "message" => drop(self.messages.insert(data["seq"].as_u64().unwrap(), data.clone())),
            "message_edited" | "message_deleted" if data["message"].is_object() => drop(self.messages.insert(target, data["message"].clone())),
            "reaction" if data["member"].is_object() => react(self.messages.get_mut(&target).unwrap(), data),
            "message_edited" | "message_deleted" | "reaction" => assert!(!self.messages.contains_key(&target), "{event:?}"),
            "member_joined" => drop(self.members.insert(data["member"]["id"].as_u64().unwrap(), data["member"].clone())),
            "member_updated" => {
                if data["member"]["id"] == self.item["me"]["id"] {
                    self.item["me"] = data["member"].clone();
                }
                self.members.insert(data["member"]["id"].as_u64().unwrap(), data["member"].clone());
            }
            "member_left" => drop(self.members.remove(&data["member"]["id"].as_u64().unwrap())),
            "chat_updated" => {
                for field in ["admission", "history", "expires_in", "group"] {
                    self.item[field] = data["chat"][field].clone();
                }
                if let Some(group) = self.item["group"].as_object_mut() {
                    group.remove("members");
                }
            }
            "knock" if data["knock"]["status"] == "pending" => drop(self.knocks.insert(data["knock"]["knock_id"].as_str().unwrap().to_owned())),
            "knock_decided" => drop(self.knocks.remove(data["knock_id"].as_str().unwrap())),
            "knock" | "link_created" | "link_revoked" | "chat_closed" => {}
            other => panic!("{other} cannot be applied"),
        }
        if let Some(seq) = data["seq"].as_u64() {
            assert_eq!(seq, self.seq + 1, "without a hole: {event:?}");
            self.seq = seq;
        }
    }
}

impl Account {
    pub(crate) async fn enter(person: Person) -> Self {
        let (stream, state) = person.follows_me().await;
        let mut account = Self { person, stream, chats: BTreeMap::new(), positions: BTreeMap::new(), met: BTreeSet::new() };
        account.takes_state(&state.data).await;
        account
    }

    /// Goes on where it was, with a ticket.
    pub(crate) async fn reconnects(&mut self) {
        let after: Vec<_> = self.chats.keys().filter_map(|id| Some(json!({"chat_id": id, "after": self.positions.get(id)?}))).collect();
        let ticket = self.person.posts("/v1/tickets", json!({"me": true, "after": after})).await.is(201).json["ticket"].clone();
        self.stream = self.person.nobody().hears(&format!("/v1/me/events?ticket={}", ticket.as_str().unwrap())).await;
        let state = self.stream.expect("state").await.data;
        self.takes_state(&state).await;
    }

    /// Keeps the chats that it knows, and reads the others. Where a chat has no position, it is read again.
    async fn takes_state(&mut self, state: &Value) {
        let items = state["chats"].as_array().unwrap();
        self.chats.retain(|id, _| items.iter().any(|item| item["chat_id"] == id.as_str()) && self.positions.contains_key(id));
        for item in items {
            let id = item["chat_id"].as_str().unwrap();
            match self.chats.get_mut(id) {
                Some(known) if item["head"] == known.seq => {}
                _ => drop(ChatView::read(&self.person, item).await.map(|chat| self.chats.insert(id.to_owned(), chat))),
            }
        }
    }

    async fn take(&mut self, event: Event) {
        let data = &event.data;
        let reason = data["reason"].as_str().filter(|_| event.name == "chat_removed").map(|reason| format!(" {reason}")).unwrap_or_default();
        self.met.insert(format!("{}{reason}", event.name));
        match (event.name.as_str(), data["chat_id"].as_str()) {
            ("chat_added", _) => {
                let id = data["chat"]["chat_id"].as_str().unwrap().to_owned();
                self.positions.remove(&id);
                // One that has ended meanwhile is removed by the events that follow.
                let ended = ChatView { item: lasting(&data["chat"]), seq: data["chat"]["head"].as_u64().unwrap(), ..ChatView::default() };
                self.chats.insert(id, ChatView::read(&self.person, &data["chat"]).await.unwrap_or(ended));
            }
            ("chat_removed", Some(id)) => drop((self.chats.remove(id).unwrap(), self.positions.remove(id))),
            (_, Some(id)) => {
                let chat = self.chats.get_mut(id).unwrap_or_else(|| panic!("a chat that was not added: {event:?}"));
                let had_door = has_door(&chat.item);
                chat.apply(&event);
                if has_door(&chat.item) != had_door {
                    chat.read_knocks(&self.person).await;
                }
                if let Some(position) = &event.id {
                    self.positions.insert(id.to_owned(), position.clone());
                }
            }
            _ => {}
        }
    }

    /// Applies the events up to what is there now, and compares.
    pub(crate) async fn catches_up(&mut self) {
        let items = self.person.lists("/v1/chats?limit=200").await;
        let mut now = BTreeMap::new();
        for item in &items {
            now.insert(item["chat_id"].as_str().unwrap().to_owned(), ChatView::read(&self.person, item).await.unwrap());
        }
        let where_it_is = |chats: &BTreeMap<String, ChatView>| {
            chats.iter().map(|(id, chat)| (id.clone(), (chat.seq, chat.knocks.clone()))).collect::<BTreeMap<_, _>>()
        };
        while where_it_is(&self.chats) != where_it_is(&now) {
            let event = self.stream.next().await;
            self.take(event).await;
        }
        assert_eq!(self.chats, now);
        for item in &items {
            let known = &self.chats[item["chat_id"].as_str().unwrap()];
            let mut last = item["last_message"].clone();
            last.as_object_mut().map(|last| last.remove("status"));
            let latest = known.messages.last_key_value().map_or(Value::Null, |(_, message)| message.clone());
            assert_eq!(latest, last);
            let is_unread = |message: &&Value| {
                message["kind"] != "deleted" && message["member"]["id"] != item["me"]["id"] && message["seq"].as_u64() > item["read"].as_u64()
            };
            assert_eq!(known.messages.values().filter(is_unread).count() as u64, item["unread"].as_u64().unwrap(), "{item}");
        }
    }
}
