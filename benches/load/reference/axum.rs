//! The idiomatic reference: axum, a broadcast channel for each chat, and axum's server-sent events.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use futures_util::{Stream, StreamExt as _, stream};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

/// How far a listener may lag before it loses messages.
const MAX_LAG: usize = 4_096;
/// Messages per page.
const PAGE_OF: usize = 100;

#[derive(Deserialize)]
struct NewMessage {
    text: String,
}

#[derive(Clone, Serialize)]
struct Member {
    id: u32,
    name: String,
    role: String,
    username: Option<String>,
}

#[derive(Clone, Serialize)]
struct Message {
    seq: usize,
    chat_id: String,
    member: Member,
    kind: String,
    text: String,
    created_at: String,
}

#[derive(Serialize)]
struct Page {
    chat: Value,
    messages: Vec<Message>,
    head: usize,
    has_more: bool,
}

struct Chat {
    messages: Vec<Message>,
    sender: broadcast::Sender<Message>,
}

type Chats = Arc<Mutex<HashMap<String, Chat>>>;

/// Serves until the process is killed.
pub(crate) fn serve() -> io::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let router = Router::new()
            .route("/v1/chats", post(create_chat))
            .route("/v1/chats/{chat}", get(read_messages).post(post_message))
            .route("/v1/chats/{chat}/events", get(follow))
            .with_state(Chats::default());
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        super::print_address(listener.local_addr()?)?;
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await
    })
}

async fn create_chat(State(chats): State<Chats>) -> (StatusCode, Json<Value>) {
    let id = new_id().simple().to_string() + "00000000000";
    chats.lock().insert(id.clone(), Chat { messages: Vec::new(), sender: broadcast::channel(MAX_LAG).0 });
    (StatusCode::CREATED, Json(json!({"chat_id": id})))
}

async fn post_message(
    State(chats): State<Chats>,
    Path(id): Path<String>,
    Json(NewMessage { text }): Json<NewMessage>,
) -> Result<(StatusCode, Json<Message>), StatusCode> {
    let mut chats = chats.lock();
    let chat = chats.get_mut(&id).ok_or(StatusCode::NOT_FOUND)?;
    let member = Member { id: 1, name: "Ana".into(), role: "owner".into(), username: None };
    let message = Message {
        seq: chat.messages.len() + 2,
        chat_id: id,
        member,
        kind: "text".into(),
        text,
        created_at: now().format(&Rfc3339).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?,
    };
    chat.messages.push(message.clone());
    let _ = chat.sender.send(message.clone());
    Ok((StatusCode::CREATED, Json(message)))
}

async fn read_messages(State(chats): State<Chats>, Path(id): Path<String>) -> Result<Json<Page>, StatusCode> {
    let chats = chats.lock();
    let chat = chats.get(&id).ok_or(StatusCode::NOT_FOUND)?;
    let messages = chat.messages[chat.messages.len().saturating_sub(PAGE_OF)..].to_vec();
    Ok(Json(Page { chat: json!({"kind": "link"}), messages, head: chat.messages.len() + 1, has_more: true }))
}

async fn follow(
    State(chats): State<Chats>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, StatusCode> {
    let receiver = chats.lock().get(&id).ok_or(StatusCode::NOT_FOUND)?.sender.subscribe();
    let hello = stream::iter([Ok(Event::default().event("hello").data("{\"epoch\":\"0000002a\"}"))]);
    let messages = BroadcastStream::new(receiver).filter_map(async |message| {
        let message = message.ok()?;
        let event = Event::default().id(format!("0000002a-{}", message.seq)).event("message").json_data(&message);
        event.ok().map(Ok)
    });
    Ok(Sse::new(hello.chain(messages)).keep_alive(KeepAlive::default()))
}

#[expect(clippy::disallowed_methods, reason = "the reference uses the system clock")]
fn new_id() -> Uuid {
    Uuid::new_v4()
}

#[expect(clippy::disallowed_methods, reason = "the reference uses the system clock")]
fn now() -> OffsetDateTime {
    std::time::SystemTime::now().into()
}
