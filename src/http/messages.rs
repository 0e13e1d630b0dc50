//! Messages over HTTP.

use std::io;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Json, Key, Path, mark};
use super::parts::{self, ENTRIES, Part, Rest};
use super::problem::{Code, Problem};
use crate::domain::chat::View;
use crate::domain::entry::Entry;
use crate::domain::id::ChatId;
use crate::domain::page::LogPage;
use crate::domain::text::{ClientRef, MessageText};
use crate::service::access::Caller;
use crate::service::error::InField as _;
use crate::service::messages::{Messages, Page};
use crate::wire;
use crate::wire::secret::Secret;

/// What an answer of messages is.
const JSON: [(HeaderName, HeaderValue); 1] = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
/// How much room what stands around a text usually takes.
const AROUND: usize = 256;

/// Posts a message.
///
/// Its members may; into an open chat, anyone. Once this answers 201, the message can be read, and everybody who listens gets it.
#[utoipa::path(post, path = "/v1/chats/{chat_id}", tag = "messages", params(ChatPath), request_body = wire::messages::NewMessage,
    responses((status = 201, description = "The message", body = wire::messages::Message)))]
pub(super) async fn post_message(
    State(app): State<App>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    key: Key,
    body: Json<wire::messages::NewMessage>,
) -> Result<Response, Problem> {
    let caller = caller.also(body.value.user_id.as_ref().map(Secret::reveal), "user_id")?;
    let key = key.of(&caller, &body.raw)?;
    let text = MessageText::parse(&body.value.text).in_field("text")?;
    let client_ref = body.value.client_ref.as_deref().map(ClientRef::parse).transpose().in_field("client_ref")?;
    let once = app.service.post_message(path.id(), &caller, text, client_ref, key).await?;
    let message = app.present.posted(path.id(), &once.made).ok_or_else(|| Problem::new(Code::Internal))?;
    let mut json = Vec::with_capacity(AROUND + message.text.len());
    serde_json::to_writer(&mut json, &message).expect("messages are JSON");
    Ok((StatusCode::CREATED, mark(&once), JSON, json).into_response())
}

/// A chat with these of its messages: in one piece where they fit into one, else in parts that are read when they are written.
pub(super) async fn answer(app: App, caller: Caller, view: &View, messages: Messages) -> Result<Response, Problem> {
    let has_more = matches!(&messages, Messages::Read(_, cut) if cut.has_more);
    let (chat, since, head) = (view.chat.id, view.since(), view.chat.head);
    let empty = wire::chats::ChatPage { chat: app.present.view(view), messages: Vec::new(), head, has_more };
    let (front, back) = parts::around(&empty, "messages");
    let (page, entries) = match messages {
        Messages::Written(page) => return Ok((JSON, parts::whole([front, page.bytes.clone()])).into_response()),
        Messages::Read(page, cut) => (page, cut.items),
    };
    let (after, last) = (entries.first().map_or(0, |entry| entry.number - 1), entries.last().map_or(0, |entry| entry.number));
    let mut unwritten = Unwritten { app, chat, caller, after, last, between: b"", back };
    let bytes = unwritten.write(&entries);
    if !unwritten.back.is_empty() {
        return Ok((JSON, parts::body([front, bytes], unwritten)).into_response());
    }
    unwritten.app.service.keep_messages(chat, Page { since, page, head, bytes: bytes.clone() }).await?;
    Ok((JSON, parts::whole([front, bytes])).into_response())
}

/// Messages of a page that are still to be written, and what stands behind them.
struct Unwritten {
    app: App,
    chat: ChatId,
    caller: Caller,
    after: u64,
    last: u64,
    between: &'static [u8],
    back: Bytes,
}

impl Rest for Unwritten {
    /// It breaks off where the caller may no longer read.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.back.is_empty() {
            return Ok(None);
        }
        let page = LogPage::Forward { after: self.after, before: Some(self.last + 1), limit: ENTRIES };
        let entries = self.app.service.more_messages(self.chat, &self.caller, page).await.map_err(io::Error::other)?;
        Ok(Some((self.write(&entries), self)))
    }
}

impl Unwritten {
    /// Writes those of `entries` that fit into a part, and the end behind the last one.
    fn write(&mut self, entries: &[Arc<Entry>]) -> Bytes {
        let mut part = Part::default();
        for entry in entries {
            let Some(message) = self.app.present.posted(self.chat, entry) else { continue };
            let json = serde_json::to_vec(&message).expect("messages are JSON");
            if !part.takes(&[self.between, &json]) {
                return part.close();
            }
            (self.after, self.between) = (entry.number, b",");
        }
        if (entries.is_empty() || self.after >= self.last) && part.takes(&[&self.back]) {
            self.back = Bytes::new();
        }
        part.close()
    }
}
