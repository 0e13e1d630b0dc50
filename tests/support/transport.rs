//! One client on either transport: HTTP with server-sent events, or the socket. Scenes that use it run once on each.

use std::collections::{HashMap, VecDeque};

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::{Answer, answer, without_id};
use super::event_stream::{Event, EventStream, check_event};
use super::socket::is_passing;
use super::{Person, Socket};

/// How a client talks to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Requests, and a stream of server-sent events for each subscription.
    Http,
    /// One WebSocket for everything.
    Socket,
}

/// A client with its subscriptions.
#[derive(Debug)]
pub struct Client {
    pub person: Person,
    line: Line,
}

#[derive(Debug)]
enum Line {
    Http(HashMap<Subject, EventStream>),
    Socket(Box<Socket>, HashMap<Subject, VecDeque<Event>>),
}

/// What a subscription follows: a chat by its id, or the account.
type Subject = Option<String>;

impl Client {
    /// Opens a client on this transport.
    pub async fn open(transport: Transport, person: &Person) -> Self {
        let line = match transport {
            Transport::Http => Line::Http(HashMap::new()),
            Transport::Socket => Line::Socket(Box::new(Socket::open(person).await), HashMap::new()),
        };
        Self { person: person.clone(), line }
    }

    /// Follows a chat; returns the data of `hello`.
    pub async fn follows(&mut self, chat: &str, after: Option<&str>) -> Answer {
        match &mut self.line {
            Line::Http(streams) => {
                let path = format!("/v1/chats/{chat}/events");
                let head = self.person.sends(self.person.request(Method::HEAD, &path)).await;
                if head.status != 200 {
                    return answer(self.person.gets(&path).await);
                }
                let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
                let stream = self.person.hears(&format!("{path}{query}")).await;
                let hello = stream.hello.data.clone();
                streams.insert(Some(chat.into()), stream);
                Ok(hello)
            }
            Line::Socket(..) => {
                let mut fields = json!({"chat_id": chat});
                if let Some(after) = after {
                    fields["after"] = json!(after);
                }
                self.commands("subscribe", fields).await
            }
        }
    }

    /// Follows the account from these positions on; returns the data of `hello`.
    pub async fn follows_me(&mut self, after: &[(&str, &str)]) -> Answer {
        let after: Vec<_> = after.iter().map(|(chat, after)| json!({"chat_id": chat, "after": after})).collect();
        match &mut self.line {
            Line::Http(streams) => {
                let ticket = answer(self.person.posts("/v1/tickets", json!({"me": true, "after": after})).await)?;
                let stream = self.person.nobody().hears(&format!("/v1/me/events?ticket={}", ticket["ticket"].as_str().unwrap())).await;
                let hello = stream.hello.data.clone();
                streams.insert(None, stream);
                Ok(hello)
            }
            Line::Socket(..) => self.commands("subscribe", json!({"me": true, "after": after})).await,
        }
    }

    /// Ends a subscription from the client's side.
    pub async fn stops(&mut self, chat: &str) {
        match &mut self.line {
            Line::Http(streams) => drop(streams.remove(&Some(chat.to_owned()))),
            Line::Socket(socket, early) => {
                socket.does("unsubscribe", json!({"chat_id": chat})).await;
                early.remove(&Some(chat.to_owned()));
                socket.forget_early(chat);
            }
        }
    }

    /// Posts this body to a chat.
    pub async fn sends(&mut self, chat: &str, body: Value, key: Option<&str>) -> Answer {
        let path = format!("/v1/chats/{chat}");
        self.sends_on(&path, ("chat_id", chat), body, key).await
    }

    /// Posts a text to a chat; returns its number.
    pub async fn says(&mut self, chat: &str, text: &str) -> u64 {
        self.sends(chat, json!({"text": text}), None).await.unwrap()["seq"].as_u64().unwrap()
    }

    /// Sends a text to an account or to a group.
    pub async fn sends_to(&mut self, to: &str, text: &str) -> Answer {
        match &self.line {
            Line::Http(_) => answer(self.person.posts("/v1/messages", json!({"to": to, "text": text})).await),
            Line::Socket(..) => self.commands("send", json!({"to": to, "text": text})).await,
        }
    }

    async fn sends_on(&mut self, path: &str, (field, value): (&str, &str), mut body: Value, key: Option<&str>) -> Answer {
        match (&self.line, key) {
            (Line::Http(_), None) => answer(self.person.posts(path, body).await),
            (Line::Http(_), Some(key)) => answer(self.person.posts_keyed(path, key, body).await),
            (Line::Socket(..), key) => {
                body[field] = json!(value);
                if let Some(key) = key {
                    body["key"] = json!(key);
                }
                self.commands("send", body).await
            }
        }
    }

    /// Edits a message.
    pub async fn edits(&mut self, chat: &str, seq: u64, text: Value) -> Answer {
        match &self.line {
            Line::Http(_) => answer(self.person.patches(&message(chat, seq), json!({"text": text})).await),
            Line::Socket(..) => self.commands("edit", json!({"chat_id": chat, "seq": seq, "text": text})).await,
        }
    }

    /// Deletes a message.
    pub async fn deletes(&mut self, chat: &str, seq: u64) -> Answer {
        match &self.line {
            Line::Http(_) => answer(self.person.deletes(&message(chat, seq)).await),
            Line::Socket(..) => self.commands("delete", json!({"chat_id": chat, "seq": seq})).await,
        }
    }

    /// Adds a reaction, or takes it back.
    pub async fn reacts(&mut self, chat: &str, seq: u64, emoji: &str, added: bool) -> Answer {
        match &self.line {
            Line::Http(_) => {
                let method = if added { Method::PUT } else { Method::DELETE };
                let path = format!("{}/reactions/{emoji}", message(chat, seq));
                answer(self.person.sends(self.person.request(method, &path)).await)
            }
            Line::Socket(..) => self.commands("react", json!({"chat_id": chat, "seq": seq, "emoji": emoji, "added": added})).await,
        }
    }

    /// Moves the receipt.
    pub async fn receives(&mut self, chat: &str, mut body: Value) -> Answer {
        match &self.line {
            Line::Http(_) => answer(self.person.puts(&format!("/v1/chats/{chat}/receipt"), body).await),
            Line::Socket(..) => {
                body["chat_id"] = json!(chat);
                self.commands("receipt", body).await
            }
        }
    }

    /// Tells whether one is typing.
    pub async fn types(&mut self, chat: &str, typing: bool) -> Answer {
        match &self.line {
            Line::Http(_) => answer(self.person.posts(&format!("/v1/chats/{chat}/typing"), json!({"typing": typing})).await),
            Line::Socket(..) => self.commands("typing", json!({"chat_id": chat, "typing": typing})).await,
        }
    }

    /// Sends a command; keeps the events that come before its answer.
    async fn commands(&mut self, op: &str, fields: Value) -> Answer {
        let Line::Socket(socket, _) = &mut self.line else { panic!("there are no commands over HTTP") };
        let answer = socket.asks(op, fields).await;
        match answer.get("problem") {
            None => Ok(answer["ok"].clone()),
            Some(problem) => Err(without_id(problem.clone())),
        }
    }

    /// Returns the next event of a chat that is no heartbeat.
    pub async fn event(&mut self, chat: &str) -> Event {
        self.next_of(Some(chat.to_owned())).await
    }

    /// Returns the next event of the account that is no heartbeat.
    pub async fn my_event(&mut self) -> Event {
        self.next_of(None).await
    }

    async fn next_of(&mut self, subject: Subject) -> Event {
        match &mut self.line {
            Line::Http(streams) => streams.get_mut(&subject).expect("it is followed").next().await,
            Line::Socket(socket, early) => loop {
                if let Some(event) = early.get_mut(&subject).and_then(VecDeque::pop_front) {
                    return event;
                }
                let event = event_of(&socket.event().await);
                // On the stream of an account, ids name the chat.
                let is_own = |chat: &str| event.id.as_ref().is_none_or(|id| !id.starts_with(chat));
                let chat = event.data["chat_id"].as_str().filter(|chat| subject.is_some() && is_own(chat)).map(str::to_owned);
                early.entry(chat).or_default().push_back(event);
            },
        }
    }

    /// Returns the next event of a chat, which has this name.
    #[track_caller]
    pub fn expects(&mut self, chat: &str, name: &str) -> impl Future<Output = Event> + use<'_> {
        let (chat, name, place) = (chat.to_owned(), name.to_owned(), std::panic::Location::caller());
        async move {
            let event = self.event(&chat).await;
            assert_eq!(event.name, name, "at {place}: {event:?}");
            event
        }
    }

    /// Fails unless the subscription to a chat has ended with the event before.
    pub async fn is_over(&mut self, chat: &str) {
        match &mut self.line {
            Line::Http(streams) => streams.remove(&Some(chat.to_owned())).unwrap().expect_end().await,
            Line::Socket(socket, early) => {
                // What the subscription still had to say would precede the answer.
                socket.does("unsubscribe", json!({"chat_id": chat})).await;
                while let Some(event) = socket.pop_early() {
                    assert!(is_passing(&event) || event["data"]["chat_id"] != chat, "{event}");
                }
                assert!(early.get(&Some(chat.to_owned())).is_none_or(VecDeque::is_empty));
            }
        }
    }

    /// Waits for a signal of a chat with this data, after any other events.
    pub async fn hears_signal(&mut self, chat: &str, name: &str, data: &Value) {
        match &mut self.line {
            Line::Http(streams) => while streams.get_mut(&Some(chat.to_owned())).unwrap().until(name).await != *data {},
            Line::Socket(socket, _) => loop {
                let event = socket.any_event().await;
                if event["event"] == name && event["data"] == *data {
                    return;
                }
            },
        }
    }

    /// Returns the socket.
    pub fn socket(&mut self) -> Option<&mut Socket> {
        match &mut self.line {
            Line::Http(_) => None,
            Line::Socket(socket, _) => Some(socket),
        }
    }
}

/// Returns the event of a frame, checked against the document.
pub fn event_of(frame: &Value) -> Event {
    let text = |field: &str| frame[field].as_str().map(str::to_owned);
    let event = Event { id: text("id"), name: text("event").unwrap_or_else(|| panic!("{frame}")), data: frame["data"].clone(), retry: None };
    check_event(&event);
    event
}

fn message(chat: &str, seq: u64) -> String {
    format!("/v1/chats/{chat}/messages/{seq}")
}

/// Makes each of these async functions, which take a [`Transport`], a test on each transport.
macro_rules! on_both_transports {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            use $crate::support::Transport;

            #[tokio::test]
            async fn http() {
                super::$test(Transport::Http).await;
            }

            #[tokio::test]
            async fn socket() {
                super::$test(Transport::Socket).await;
            }
        })+
    };
}
pub(crate) use on_both_transports;
