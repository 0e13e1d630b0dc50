//! Handler of a chat's export: NDJSON, streamed in chunks as the client reads.

use std::io;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;

use crate::domain::event_log::Entry;
use crate::domain::id::ChatId;
use crate::http::app::AppState;
use crate::http::extract::path::ChatPath;
use crate::http::extract::{Bearer, Path};
use crate::http::respond::one_line;
use crate::http::respond::problem::Problem;
use crate::http::respond::streamed_json;
use crate::http::respond::streamed_json::{Chunk, ChunkSource, ENTRIES_PER_CHUNK};
use crate::service::authorization::Caller;
use crate::wire::events::TranscriptLine;

/// Exports a chat.
///
/// NDJSON: first a line `{"event": "chat", "data": …}` with the chat, then one line for every entry of the conversation so far, with the names and
/// schemas of its stream.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/export", tag = "chats", params(ChatPath),
    responses((status = 200, description = "The transcript", body = String, content_type = "application/x-ndjson",
        example = "{\"event\":\"chat\",\"data\":{\"title\":\"Plans for Sunday\"}}")))]
pub(in crate::http) async fn export_chat(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
) -> Result<Response, Problem> {
    let view = app.service.chat(path.id(), &caller).await?;
    let first = line("chat", app.present.view(&view));
    let body = streamed_json::body([first.into()], ExportBody { app, chat: path.id(), caller, after: 0, last: view.chat.head });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"chat.ndjson\"")),
    ];
    Ok((headers, body).into_response())
}

/// The rest of an export.
struct ExportBody {
    app: AppState,
    chat: ChatId,
    caller: Caller,
    after: u64,
    last: u64,
}

impl ChunkSource for ExportBody {
    /// Returns the next chunk. Fails if the caller may no longer read the chat, which aborts the response.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let (floor, entries) =
            self.app.service.transcript(self.chat, &self.caller, self.after, self.last, ENTRIES_PER_CHUNK).await.map_err(io::Error::other)?;
        Ok((!entries.is_empty()).then(|| (self.write(floor, &entries), self)))
    }
}

impl ExportBody {
    /// Writes the entries that fit into one chunk, for a reader who can read the conversation from `floor` on.
    fn write(&mut self, floor: u64, entries: &[Arc<Entry>]) -> Bytes {
        let mut chunk = Chunk::default();
        for entry in entries {
            let (name, data) = self.app.present.entry_from(self.chat, floor, entry);
            if !chunk.try_push(&[&line(name.as_str(), data)]) {
                break;
            }
            self.after = entry.seq;
        }
        chunk.close()
    }
}

/// Returns a line of an export.
pub(super) fn line(event: &str, data: impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    one_line::write(&mut out, &TranscriptLine { event: event.to_owned(), data });
    out.push(b'\n');
    out
}
