//! Somebody who listens to a stream, with a parser of events that is not ours.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use serde_json::Value;
use sse_stream::{Sse, SseByteStream};

use super::{contract, within};

/// An event as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
    pub retry: Option<u64>,
}

type Events = Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>;

/// An open stream.
pub struct Hearing {
    events: Events,
    pub headers: reqwest::header::HeaderMap,
    pub hello: Event,
}

impl std::fmt::Debug for Hearing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hearing").field("hello", &self.hello).finish_non_exhaustive()
    }
}

impl Hearing {
    /// Opens the stream; its first event must be `hello`.
    pub async fn open(request: reqwest::RequestBuilder) -> Self {
        let response = within(request.send()).await.unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.headers());
        let headers = response.headers().clone();
        let mut events: Events = Box::pin(SseByteStream::new(response.bytes_stream()));
        let hello = next_of(&mut events).await.expect("a stream says hello");
        assert_eq!(hello.name, "hello");
        Self { events, headers, hello }
    }

    /// The next event that is no heartbeat.
    pub async fn next(&mut self) -> Event {
        self.next_or_end().await.expect("the stream goes on")
    }

    /// The next event that is no heartbeat, or the end.
    pub async fn next_or_end(&mut self) -> Option<Event> {
        loop {
            match next_of(&mut self.events).await {
                Some(event) if event.name == "heartbeat" => {}
                other => return other,
            }
        }
    }

    /// The next event, heartbeats included.
    pub async fn beat(&mut self) -> Event {
        next_of(&mut self.events).await.expect("the stream goes on")
    }

    /// The next event that is no heartbeat, which must have this name.
    #[track_caller]
    pub fn hears(&mut self, name: &str) -> impl Future<Output = Event> + use<'_> {
        let (name, place) = (name.to_owned(), std::panic::Location::caller());
        async move {
            let event = self.next().await;
            assert_eq!(event.name, name, "at {place}: {event:?}");
            event
        }
    }

    /// The stream ends here.
    pub async fn ends(&mut self) {
        let more = self.next_or_end().await;
        assert_eq!(more, None);
    }
}

async fn next_of(events: &mut Events) -> Option<Event> {
    let Some(Ok(sse)) = within(events.next()).await else { return None };
    let data: Value = serde_json::from_str(sse.data.as_deref().unwrap_or("null")).unwrap();
    let event = Event { id: sse.id, name: sse.event.unwrap_or_default(), data, retry: sse.retry };
    contract::fits_named(schema_of(&event), &event.data);
    Some(event)
}

/// The schema that the document has for an event's data.
fn schema_of(event: &Event) -> &'static str {
    match event.name.as_str() {
        "hello" if event.data["epoch"].is_null() => "WaitingHello",
        "hello" => "Hello",
        "reset" => "Reset",
        "gap" => "Gap",
        "heartbeat" => "Heartbeat",
        "bye" => "Bye",
        "message" => "Message",
        "member_joined" => "MemberJoined",
        "member_left" => "MemberLeft",
        "chat_updated" => "ChatUpdated",
        "chat_closed" => "ChatClosed",
        "knock" => "Knocked",
        "knock_decided" if event.id.as_deref() == Some("decided") => "Exchange",
        "knock_decided" => "KnockDecided",
        "link_created" | "link_revoked" => "LinkChanged",
        other => panic!("an event that nobody knows: {other}"),
    }
}
