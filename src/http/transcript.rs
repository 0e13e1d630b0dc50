//! A chat's transcript over HTTP: one JSON object a line, read in parts as the client takes them.

use std::io;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Path};
use super::one_line;
use super::parts::{self, ENTRIES, Part, Rest};
use super::problem::Problem;
use crate::domain::entry::Entry;
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
    let view = app.service.chat(path.id(), &caller).await?;
    let first = line("chat", app.present.view(&view));
    let body = parts::body([first.into()], Lines { app, chat: path.id(), caller, after: 0, last: view.chat.head });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"chat.ndjson\"")),
    ];
    Ok((headers, body).into_response())
}

/// What is still to be exported.
struct Lines {
    app: App,
    chat: ChatId,
    caller: Caller,
    after: u64,
    last: u64,
}

impl Rest for Lines {
    /// It breaks off where the caller may no longer read.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let entries = self.app.service.transcript(self.chat, &self.caller, self.after, self.last, ENTRIES).await.map_err(io::Error::other)?;
        Ok((!entries.is_empty()).then(|| (self.write(&entries), self)))
    }
}

impl Lines {
    /// Writes those of `entries` that fit.
    fn write(&mut self, entries: &[Arc<Entry>]) -> Bytes {
        let mut part = Part::default();
        for entry in entries {
            let (name, data) = self.app.present.entry(self.chat, entry);
            if !part.takes(&[&line(name.as_str(), data)]) {
                break;
            }
            self.after = entry.number;
        }
        part.close()
    }
}

fn line(event: &str, data: impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    one_line::write(&mut out, &TranscriptLine { event: event.to_owned(), data });
    out.push(b'\n');
    out
}
