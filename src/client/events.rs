//! Streams of events that go on over lost connections: each entry arrives once and in order, from where the last connection ended.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures_util::StreamExt as _;
use hyper::body::Incoming as Body;
use hyper::header::HeaderName;
use sse_stream::{Sse, SseStream};

use super::error::ClientError;
use super::http::{Client, wait};
use super::incoming::{Event, Incoming};
use crate::wire::stream_events::{Bye, Hello};
use crate::wire::tickets::{ChatPosition, NewTicket, Ticket};

/// A stream without any event for so long is lost: the server sends a heartbeat every 15 seconds.
const SILENCE: Duration = Duration::from_secs(45);
/// The longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// The pause before the first attempt to connect again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
/// The most chats that a ticket names.
const MAX_POSITIONS: usize = 200;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// What a stream brings.
#[derive(Debug)]
pub enum StreamItem {
    /// An event.
    Event(Event),
    /// The connection was lost or refused for now: the next call connects again after a pause. An event follows once that succeeds.
    Interrupted(ClientError),
}

/// What is followed, and where it goes on.
#[derive(Debug)]
enum Source {
    /// A chat, after a position or from its head on.
    Chat { chat_id: String, after: Option<String> },
    /// All chats of an account, with the position in each.
    Account { positions: BTreeMap<String, String>, latest: Vec<String> },
    /// A knock on a link.
    Guest { link_id: String },
}

/// A stream of events. `next` is to be called until it fails: it fails where connecting again is of no use, such as after a chat has ended.
pub struct EventStream {
    client: Client,
    source: Source,
    body: Option<Box<SseStream<Body>>>,
    pause: Option<Duration>,
    failures: u32,
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("source", &self.source).finish_non_exhaustive()
    }
}

impl EventStream {
    /// Follows a chat after the entry with this number, or from its head on.
    #[must_use]
    pub fn chat(client: Client, chat_id: &str, after: Option<u64>) -> Self {
        Self::of(client, Source::Chat { chat_id: chat_id.to_owned(), after: after.map(|seq| seq.to_string()) })
    }

    /// Follows the account of the client and all its chats.
    #[must_use]
    pub fn account(client: Client) -> Self {
        Self::of(client, Source::Account { positions: BTreeMap::new(), latest: Vec::new() })
    }

    /// Follows the knock of the client's credential on a link.
    #[must_use]
    pub fn guest(client: Client, link_id: &str) -> Self {
        Self::of(client, Source::Guest { link_id: link_id.to_owned() })
    }

    fn of(client: Client, source: Source) -> Self {
        Self { client, source, body: None, pause: None, failures: 0 }
    }

    /// Waits for what comes next. It may be dropped while it waits: nothing is lost.
    ///
    /// # Errors
    /// Connecting again is of no use: the chat is over, the caller is no member any more, the session has ended.
    pub async fn next(&mut self) -> Result<StreamItem, ClientError> {
        loop {
            let Some(body) = &mut self.body else {
                match self.connect().await {
                    Ok(()) => continue,
                    Err(error) if error.is_passing() => return Ok(self.interrupted(error)),
                    Err(error) => return Err(error),
                }
            };
            let Ok(Some(Ok(sse))) = tokio::time::timeout(SILENCE, body.next()).await else {
                self.body = None;
                return Ok(self.interrupted(self.client.lost()));
            };
            if let Some(event) = self.receive(sse) {
                return Ok(StreamItem::Event(event));
            }
        }
    }

    /// Chooses the pause before the next attempt.
    fn interrupted(&mut self, error: ClientError) -> StreamItem {
        let pause = (SHORTEST_PAUSE * 2_u32.saturating_pow(self.failures.min(8))).min(LONGEST_PAUSE);
        self.failures += 1;
        self.pause = Some(self.pause.unwrap_or_default().max(error.retry_after().unwrap_or(pause)));
        StreamItem::Interrupted(error)
    }

    async fn connect(&mut self) -> Result<(), ClientError> {
        if let Some(pause) = self.pause {
            wait(pause).await;
            self.pause = None;
        }
        let (path, after) = self.address().await?;
        let headers: Vec<_> = after.iter().map(|after| (LAST_EVENT_ID, after.as_str())).collect();
        // A ticket stands for the credential: the two are refused together.
        let has_ticket = path.contains("?ticket=");
        let client = if has_ticket { self.client.with_credential(None) } else { self.client.clone() };
        let body = client.open_stream(&path, &headers).await?;
        self.body = Some(Box::new(SseStream::new(body)));
        Ok(())
    }

    /// Returns the path of the stream, and the position to send with it.
    async fn address(&self) -> Result<(String, Option<String>), ClientError> {
        match &self.source {
            Source::Chat { chat_id, after } => {
                let path = format!("/v1/chats/{chat_id}/events");
                match after {
                    Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => Ok((format!("{path}?after={number}"), None)),
                    after => Ok((path, after.clone())),
                }
            }
            Source::Guest { link_id } => Ok((format!("/v1/links/{link_id}/events"), None)),
            Source::Account { positions, .. } if positions.is_empty() => Ok(("/v1/me/events".into(), None)),
            Source::Account { positions, latest } => {
                let position = |chat_id: &String| Some(ChatPosition { chat_id: chat_id.clone(), after: positions.get(chat_id)?.clone() });
                let after = latest.iter().rev().take(MAX_POSITIONS).filter_map(position).collect();
                let ticket: Ticket = self.client.create("/v1/tickets", &NewTicket { me: Some(true), after, ..NewTicket::default() }).await?;
                Ok((format!("/v1/me/events?ticket={}", ticket.ticket.expose()), None))
            }
        }
    }

    /// Reads an event and notes the position after it; none for what is not an event.
    fn receive(&mut self, sse: Sse) -> Option<Event> {
        let event = Event { name: sse.event?, id: sse.id.filter(|id| !id.is_empty()), data: sse.data? };
        self.failures = 0;
        if event.name == "bye" {
            self.pause = event.read().map(|bye: Bye| Duration::from_millis(bye.retry_ms));
        }
        match &mut self.source {
            Source::Chat { after, .. } => *after = event.id.clone().or_else(|| after.take()).or_else(|| first_position(&event)),
            Source::Account { positions, latest } => note(positions, latest, &event),
            Source::Guest { .. } => {}
        }
        Some(event)
    }
}

/// Returns the position that a chat's stream begins with, from its `hello`, `reset` or a heartbeat before any entry.
fn first_position(event: &Event) -> Option<String> {
    let hello: Hello = event.read().filter(|_| event.name == "hello")?;
    Some(position(&hello.epoch, hello.head, hello.door))
}

/// Notes where the stream of an account goes on in a chat. The latest chat is last.
fn note(positions: &mut BTreeMap<String, String>, latest: &mut Vec<String>, event: &Event) {
    if let Some((chat_id, _)) = event.id.as_deref().and_then(|id| id.split_once('/')) {
        latest.retain(|other| other != chat_id);
        latest.push(chat_id.to_owned());
        positions.insert(chat_id.to_owned(), event.id.clone().unwrap_or_default());
        return;
    }
    match event.incoming() {
        Incoming::State(state) => {
            for chat in state.chats.iter().rev() {
                begin(positions, latest, &chat.chat.facts.chat_id, position(&chat.epoch, chat.chat.head, None));
            }
        }
        Incoming::ChatAdded(added) => {
            let summary = &added.chat.summary;
            begin(positions, latest, &summary.chat.facts.chat_id, position(&summary.epoch, summary.chat.head, None));
        }
        Incoming::ChatRemoved(removed) => {
            positions.remove(&removed.chat_id);
            latest.retain(|other| *other != removed.chat_id);
        }
        Incoming::Reset(reset) => {
            positions.insert(reset.chat_id, position(&reset.epoch, reset.head, reset.door));
        }
        _ => {}
    }
}

fn begin(positions: &mut BTreeMap<String, String>, latest: &mut Vec<String>, chat_id: &str, position: String) {
    if !positions.contains_key(chat_id) {
        positions.insert(chat_id.to_owned(), position);
        latest.push(chat_id.to_owned());
    }
}

/// Writes a position as the ids of events have it.
fn position(epoch: &str, seq: u64, door: Option<u64>) -> String {
    door.map_or_else(|| format!("{epoch}-{seq}"), |door| format!("{epoch}-{seq}-{door}"))
}
