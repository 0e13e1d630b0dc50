//! A chat's transcript over HTTP: one JSON object a line, read in parts as the client takes them.

use std::io;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Path};
use super::present;
use super::problem::Problem;
use crate::domain::id::ChatId;
use crate::service::access::Caller;
use crate::wire::events::TranscriptLine;

/// Exports a chat.
///
/// NDJSON: first a line `{"event": "chat", "data": …}` with the chat, then one for every entry of the conversation up to now, named and shaped as in its
/// stream.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/export", tag = "chats", params(ChatPath),
    responses((status = 200, description = "The transcript", body = String, content_type = "application/x-ndjson",
        example = "{\"event\":\"chat\",\"data\":{\"title\":\"Plans for Sunday\"}}")))]
pub(super) async fn export_chat(State(app): State<App>, Path(path): Path<ChatPath>, Bearer(caller): Bearer) -> Result<Response, Problem> {
    let view = app.service.chat(path.id(), caller).await?;
    let first = line("chat", present::view(&view));
    let parts = Parts { app, chat: path.id(), caller, after: 0, last: view.chat.head };
    let rest = stream::try_unfold(parts, Parts::next);
    let body = Body::from_stream(stream::StreamExt::chain(stream::once(async { Ok(first) }), rest));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"chat.ndjson\"")),
    ];
    Ok((headers, body).into_response())
}

/// What is still to be exported.
struct Parts {
    app: App,
    chat: ChatId,
    caller: Caller,
    after: u64,
    last: u64,
}

impl Parts {
    /// The next part; it breaks off where the caller may no longer read.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let entries = self.app.service.transcript(self.chat, self.caller, self.after, self.last).await.map_err(io::Error::other)?;
        let Some(last) = entries.last() else { return Ok(None) };
        self.after = last.number;
        let mut out = Vec::new();
        for entry in &entries {
            let (name, data) = self.app.present.entry(self.chat, entry);
            out.extend_from_slice(&line(name.as_str(), data));
        }
        Ok(Some((out.into(), self)))
    }
}

fn line(event: &str, data: impl Serialize) -> Bytes {
    let mut out = serde_json::to_vec(&TranscriptLine { event: event.to_owned(), data }).expect("events are JSON");
    out.push(b'\n');
    out.into()
}
