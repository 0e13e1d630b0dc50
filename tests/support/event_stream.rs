//! An event stream, read by a third-party SSE parser.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use serde_json::Value;
use sse_stream::{Sse, SseByteStream};

use super::{openapi_check, within};

/// An event as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    pub name: String,
    pub data: Value,
    pub retry: Option<u64>,
}

/// Returns true for the name of an event that tells who types or who is online, which any stream may do between two other events.
pub fn is_signal(name: &str) -> bool {
    matches!(name, "typing" | "presence" | "friend_presence")
}

type Events = Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>;

/// An open stream.
pub struct EventStream {
    events: Events,
    pub headers: reqwest::header::HeaderMap,
    pub hello: Event,
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventStream").field("hello", &self.hello).finish_non_exhaustive()
    }
}

impl EventStream {
    /// Opens the stream; its first event must be `hello`.
    pub async fn open(request: reqwest::RequestBuilder) -> Self {
        let response = within(request.send()).await.unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.headers());
        let headers = response.headers().clone();
        let mut events: Events = Box::pin(SseByteStream::new(response.bytes_stream()));
        let hello = next_of(&mut events).await.expect("the first event is `hello`");
        assert_eq!(hello.name, "hello");
        Self { events, headers, hello }
    }

    /// Returns the next event that is neither a heartbeat nor a signal.
    pub async fn next(&mut self) -> Event {
        self.next_or_end().await.expect("the stream continues")
    }

    /// Returns the next event that is neither a heartbeat nor a signal, or `None` at the end.
    pub async fn next_or_end(&mut self) -> Option<Event> {
        loop {
            match next_of(&mut self.events).await {
                Some(event) if event.name == "heartbeat" || is_signal(&event.name) => {}
                other => return other,
            }
        }
    }

    /// Returns the next event that is not a signal, heartbeats included.
    pub async fn next_any(&mut self) -> Event {
        loop {
            let event = self.next_at_all().await;
            if !is_signal(&event.name) {
                return event;
            }
        }
    }

    async fn next_at_all(&mut self) -> Event {
        next_of(&mut self.events).await.expect("the stream continues")
    }

    /// Returns the next event that is neither a heartbeat nor a signal, which must have this name.
    #[track_caller]
    pub fn expect(&mut self, name: &str) -> impl Future<Output = Event> + use<'_> {
        let (name, place) = (name.to_owned(), std::panic::Location::caller());
        async move {
            let event = self.next().await;
            assert_eq!(event.name, name, "at {place}: {event:?}");
            event
        }
    }

    /// Returns the next event that is not a heartbeat.
    pub async fn next_told(&mut self) -> Event {
        loop {
            let event = self.next_at_all().await;
            if event.name != "heartbeat" {
                return event;
            }
        }
    }

    /// Returns the data of the next event that is not a heartbeat, which must be this signal.
    #[track_caller]
    pub fn signal(&mut self, name: &str) -> impl Future<Output = Value> + use<'_> {
        let (name, place) = (name.to_owned(), std::panic::Location::caller());
        async move {
            let event = self.next_told().await;
            assert_eq!((&event.name, &event.id), (&name, &None), "at {place}: {event:?}");
            event.data
        }
    }

    /// Returns the data of the next event with this name, after any others.
    pub async fn until(&mut self, name: &str) -> Value {
        loop {
            let event = self.next_at_all().await;
            if event.name == name {
                return event.data;
            }
        }
    }

    /// Fails unless the stream ends here.
    pub async fn expect_end(&mut self) {
        let more = self.next_or_end().await;
        assert_eq!(more, None);
    }
}

async fn next_of(events: &mut Events) -> Option<Event> {
    let Some(Ok(sse)) = within(events.next()).await else { return None };
    let data: Value = serde_json::from_str(sse.data.as_deref().unwrap_or("null")).unwrap();
    let event = Event { id: sse.id, name: sse.event.unwrap_or_default(), data, retry: sse.retry };
    check_event(&event);
    Some(event)
}

/// Checks the data of an event against the document.
pub fn check_event(event: &Event) {
    openapi_check::check_named_schema(schema_of(event), &event.data);
}

/// Returns the name of the OpenAPI schema for an event's data.
fn schema_of(event: &Event) -> &'static str {
    match event.name.as_str() {
        "hello" if !event.data["sent_at"].is_null() => "AccountHello",
        "hello" if event.data["epoch"].is_null() => "WaitingHello",
        "hello" => "Hello",
        "reset" => "Reset",
        "gap" => "Gap",
        "heartbeat" => "Heartbeat",
        "bye" if event.data["retry_ms"].is_null() => "SubscriptionEnded",
        "bye" => "Bye",
        "message" => "Message",
        "message_edited" | "message_deleted" => "MessageChanged",
        "reaction" => "Reaction",
        "member_joined" => "MemberJoined",
        "member_left" => "MemberLeft",
        "chat_updated" => "ChatUpdated",
        "chat_closed" => "ChatClosed",
        "knock" => "Knocked",
        "knock_decided" if event.data["chat_id"].is_null() => "Exchange",
        "knock_decided" => "KnockDecided",
        "link_created" | "link_revoked" => "LinkChanged",
        "receipt" => "ReceiptMoved",
        "typing" => "Typing",
        "presence" => "ChatPresence",
        "friend_presence" => "FriendPresence",
        "member_updated" => "MemberUpdated",
        "signed_out" => "SignedOut",
        "state" => "AccountState",
        "chat_added" => "ChatAdded",
        "chat_removed" => "ChatRemoved",
        "friend_request" => "FriendRequestChanged",
        "friendship" => "FriendshipChanged",
        "me_updated" => "MeUpdated",
        other => panic!("an undocumented event: {other}"),
    }
}
