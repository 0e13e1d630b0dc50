//! Handler of an account's export: NDJSON, streamed in chunks as the client reads.

use std::io;
use std::vec;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::export::line;
use crate::domain::id::ChatId;
use crate::domain::pagination::{MAX_PAGE_SIZE, NamedPage, PageRequest};
use crate::http::app::AppState;
use crate::http::extract::AccountBearer;
use crate::http::respond::problem::Problem;
use crate::http::respond::streamed_json;
use crate::http::respond::streamed_json::{Chunk, ChunkSource, ENTRIES_PER_CHUNK};
use crate::service::account_export::OwnMessages;
use crate::service::authorization::Caller;
use crate::service::error::Result;

/// Exports your account.
///
/// NDJSON: a line `{"event": "profile", "data": …}`, then a `session` for each of your sessions, a `friend`, `block` and `friend_request` for each of those, then for each of your chats a `membership` with the chat
/// and a `message` for each of your own messages. Messages in chats that you left are included; those of others are not.
#[utoipa::path(get, path = "/v1/me/export", tag = "accounts",
    responses((status = 200, description = "Your data", body = String, content_type = "application/x-ndjson",
        example = "{\"event\":\"profile\",\"data\":{\"username\":\"ana\"}}")))]
pub(in crate::http) async fn export_account(State(app): State<AppState>, AccountBearer(caller): AccountBearer) -> Result<Response, Problem> {
    let mut first = line("profile", app.present.me(&app.service.me(&caller).await?));
    let (sessions, current) = app.service.sessions(&caller).await?;
    for session in &sessions {
        first.extend(line("session", app.present.session(session, current)));
    }
    first.extend(people(&app, &caller).await?);
    let chats = app.service.own_chats(&caller).await?.into_iter();
    let body = streamed_json::body([first.into()], ExportBody { app, caller, chats, current: None });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"account.ndjson\"")),
    ];
    Ok((headers, body).into_response())
}

/// Writes the lines of friends, blocks and friend requests: a few thousand at most.
async fn people(app: &AppState, caller: &Caller) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    let mut page = NamedPage { after: None, limit: MAX_PAGE_SIZE };
    loop {
        let friends = app.service.friends(caller, page.clone()).await?;
        lines.extend(friends.items.iter().flat_map(|friend| line("friend", app.present.friend(friend))));
        match friends.items.last().filter(|_| friends.has_more) {
            Some(last) => page.after = Some(last.user.username.clone()),
            None => break,
        }
    }
    page.after = None;
    loop {
        let blocks = app.service.blocks(caller, page.clone()).await?;
        lines.extend(blocks.items.iter().flat_map(|block| line("block", app.present.block(block))));
        match blocks.items.last().filter(|_| blocks.has_more) {
            Some(last) => page.after = Some(last.user.username.clone()),
            None => break,
        }
    }
    let mut page = PageRequest { after: 0, limit: MAX_PAGE_SIZE };
    loop {
        let requests = app.service.friend_requests(caller, None, None, page).await?;
        lines.extend(requests.items.iter().flat_map(|view| line("friend_request", app.present.friend_request(view))));
        match requests.items.last().filter(|_| requests.has_more) {
            Some(last) => page.after = last.request.position(),
            None => return Ok(lines),
        }
    }
}

/// The rest of an export.
struct ExportBody {
    app: AppState,
    caller: Caller,
    chats: vec::IntoIter<ChatId>,
    /// The chat whose messages are next, and the last entry that was looked at.
    current: Option<(ChatId, u64)>,
}

impl ChunkSource for ExportBody {
    /// Returns the next chunk. Fails if the session has ended, which aborts the response.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        loop {
            let chunk = match self.current {
                Some((chat, after)) => self.messages(chat, after).await,
                None => match self.chats.next() {
                    Some(chat) => self.membership(chat).await,
                    None => return Ok(None),
                },
            };
            let chunk = chunk.map_err(io::Error::other)?;
            if !chunk.is_empty() {
                return Ok(Some((chunk, self)));
            }
        }
    }
}

impl ExportBody {
    /// Writes the line of a chat, if the account is a member of it.
    async fn membership(&mut self, chat: ChatId) -> Result<Bytes> {
        self.current = Some((chat, 0));
        let view = self.app.service.own_chat(&self.caller, chat).await?;
        Ok(view.map(|view| line("membership", self.app.present.view(&view)).into()).unwrap_or_default())
    }

    /// Writes the next own messages of a chat that fit into one chunk.
    async fn messages(&mut self, chat: ChatId, after: u64) -> Result<Bytes> {
        let Some(OwnMessages { entries, through }) = self.app.service.own_messages(&self.caller, chat, after, ENTRIES_PER_CHUNK).await? else {
            self.current = None;
            return Ok(Bytes::new());
        };
        let mut chunk = Chunk::default();
        for entry in &entries {
            let Some(message) = self.app.present.posted(chat, entry) else { continue };
            if !chunk.try_push(&[&line("message", message)]) {
                return Ok(chunk.close());
            }
            self.current = Some((chat, entry.seq));
        }
        self.current = Some((chat, through));
        Ok(chunk.close())
    }
}
