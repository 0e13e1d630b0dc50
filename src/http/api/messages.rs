//! Handlers of messages.

use std::io;
use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::domain::chat::ChatView;
use crate::domain::event_log::Entry;
use crate::domain::id::ChatId;
use crate::domain::idempotency::{IdempotencyKey, Idempotent};
use crate::domain::media::{Image, Media, MediaUrl, Pixels, Video, VideoDuration};
use crate::domain::message::MessageDraft;
use crate::domain::pagination::LogRange;
use crate::domain::receipt::MessageStatus;
use crate::domain::text::{Alt, ClientRef, MessageText};
use crate::http::app::AppState;
use crate::http::extract::path::{ChatPath, MessagePath};
use crate::http::extract::{Bearer, IdempotencyHeader, Json, Path, replay_header};
use crate::http::respond::present;
use crate::http::respond::problem::{Code, Problem};
use crate::http::respond::streamed_json;
use crate::http::respond::streamed_json::{Chunk, ChunkSource, ENTRIES_PER_CHUNK};
use crate::service::authorization::Caller;
use crate::service::direct_chats::{DirectMessages, DirectReceipts};
use crate::service::error::FieldContext as _;
use crate::service::messages::{CachedPage, Messages, PageKey};
use crate::wire;
use crate::wire::secret::Secret;

/// The content type of a page of messages.
const JSON: [(HeaderName, HeaderValue); 1] = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
/// Typical size of a message's JSON without its text, in bytes.
const RESPONSE_OVERHEAD: usize = 256;

/// Posts a message.
///
/// Members may, and in an open chat anyone who has its URL. After the 201 response the message is readable and is delivered to every open stream.
#[utoipa::path(post, path = "/v1/chats/{chat_id}", tag = "messages", params(ChatPath), request_body = wire::messages::NewMessage,
    responses((status = 201, description = "The message", body = wire::messages::Message)))]
pub(in crate::http) async fn post_message(
    State(app): State<AppState>,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    key: IdempotencyHeader,
    body: Json<wire::messages::NewMessage>,
) -> Result<Response, Problem> {
    let caller = caller.with_field_credential(body.value.user_id.as_ref().map(Secret::expose), "user_id")?;
    let key = key.of(&caller, &body.raw)?;
    let posted = post(&app, path.id(), &caller, &body.value, key).await?;
    let message = &posted.value;
    let mut json = Vec::with_capacity(RESPONSE_OVERHEAD + message.text.as_ref().map_or(0, String::len));
    serde_json::to_writer(&mut json, message).expect("messages serialize to JSON");
    Ok((StatusCode::CREATED, replay_header(&posted), JSON, json).into_response())
}

/// Posts a message, and presents it to its author.
pub(in crate::http) async fn post(
    app: &AppState,
    chat: ChatId,
    caller: &Caller,
    new: &wire::messages::NewMessage,
    key: Option<IdempotencyKey>,
) -> Result<Idempotent<wire::messages::Message>, Problem> {
    let Idempotent { value, replayed } = app.service.post_message(chat, caller, draft(new)?, key).await?;
    let message = app.present.posted(chat, &value).ok_or_else(|| Problem::new(Code::Internal))?;
    // No one has received it yet. A visitor is no one to ask later.
    let status = value.author().map(|_| present::message_status(MessageStatus::Sent));
    Ok(Idempotent { value: wire::messages::Message { status, ..message }, replayed })
}

/// Reads a message.
///
/// Returns it as it now is: edited, with its reactions, or what is left of it.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/messages/{seq}", tag = "messages", params(MessagePath),
    responses((status = 200, description = "The message as it now is", body = wire::messages::Message)))]
pub(in crate::http) async fn read_message(
    State(app): State<AppState>,
    Path(path): Path<MessagePath>,
    Bearer(caller): Bearer,
) -> Result<Answer<wire::messages::Message>, Problem> {
    let (entry, status) = app.service.message(path.chat(), &caller, path.seq()).await?;
    presented(&app, path.chat(), &entry, status).map(Answer)
}

/// Edits a message.
///
/// Only its author may, while a member. The old text is destroyed everywhere. A text that is the same changes nothing. An edit counts as a post, and
/// does not renew the chat's lifetime.
#[utoipa::path(patch, path = "/v1/chats/{chat_id}/messages/{seq}", tag = "messages", params(MessagePath), request_body = wire::messages::MessageEdit,
    responses((status = 200, description = "The message as it now is", body = wire::messages::Message)))]
pub(in crate::http) async fn edit_message(
    State(app): State<AppState>,
    Path(path): Path<MessagePath>,
    Bearer(caller): Bearer,
    body: Json<wire::messages::MessageEdit>,
) -> Result<Answer<wire::messages::Message>, Problem> {
    edit(&app, path.chat(), &caller, path.seq(), &body.value).await.map(Answer)
}

/// Edits a message, and presents it to its author.
pub(in crate::http) async fn edit(
    app: &AppState,
    chat: ChatId,
    caller: &Caller,
    seq: u64,
    edit: &wire::messages::MessageEdit,
) -> Result<wire::messages::Message, Problem> {
    let text = edit.text.as_deref().map(MessageText::parse).transpose().in_field("text")?;
    let (entry, status) = app.service.edit_message(chat, caller, seq, text).await?;
    presented(app, chat, &entry, status)
}

/// Deletes a message.
///
/// Its author may, and the owner may delete all messages. Its content is destroyed everywhere; what is left says who deleted it, and when.
#[utoipa::path(delete, path = "/v1/chats/{chat_id}/messages/{seq}", tag = "messages", params(MessagePath),
    responses((status = 204, description = "The message is deleted")))]
pub(in crate::http) async fn delete_message(
    State(app): State<AppState>,
    Path(path): Path<MessagePath>,
    Bearer(caller): Bearer,
) -> Result<StatusCode, Problem> {
    app.service.delete_message(path.chat(), &caller, path.seq()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn presented(app: &AppState, chat: ChatId, entry: &Entry, status: Option<MessageStatus>) -> Result<wire::messages::Message, Problem> {
    let message = app.present.posted(chat, entry).ok_or_else(|| Problem::new(Code::Internal))?;
    Ok(wire::messages::Message { status: status.map(present::message_status), ..message })
}

/// Reads the content of a message to post.
pub(in crate::http) fn draft(new: &wire::messages::NewMessage) -> Result<MessageDraft, Problem> {
    let media = match (&new.image, &new.video) {
        (Some(_), Some(_)) => return Err(Problem::invalid("video", "cannot be combined with an image")),
        (Some(shown), None) => Some(Media::Image(image(shown)?)),
        (None, Some(shown)) => Some(Media::Video(video(shown)?)),
        (None, None) if new.text.is_none() => return Err(Problem::invalid("text", "must be there, unless there is an image or a video")),
        (None, None) => None,
    };
    Ok(MessageDraft {
        text: new.text.as_deref().map(MessageText::parse).transpose().in_field("text")?,
        media,
        reply_to: new.reply_to,
        client_ref: new.client_ref.as_deref().map(ClientRef::parse).transpose().in_field("client_ref")?,
    })
}

fn image(shown: &wire::messages::Image) -> Result<Image, Problem> {
    Ok(Image {
        url: MediaUrl::parse(&shown.url).in_field("image.url")?,
        width: shown.width.map(Pixels::new).transpose().in_field("image.width")?,
        height: shown.height.map(Pixels::new).transpose().in_field("image.height")?,
        alt: shown.alt.as_deref().map(Alt::parse).transpose().in_field("image.alt")?,
    })
}

fn video(shown: &wire::messages::NewVideo) -> Result<Video, Problem> {
    let url = MediaUrl::parse(&shown.url).in_field("video.url")?;
    let duration = shown.duration_seconds.map(VideoDuration::from_secs).transpose().in_field("video.duration_seconds")?;
    Ok(Video::new(url, duration))
}

/// Responds with a chat and its messages. Messages that do not fit into one chunk are read from the store as the client reads.
pub(in crate::http) async fn answer(app: AppState, caller: Caller, view: &ChatView, messages: Messages) -> Result<Response, Problem> {
    let has_more = matches!(&messages, Messages::Read(_, page_of_log) if page_of_log.has_more);
    let (chat, head) = (view.chat.id, view.chat.head);
    let empty = wire::chats::ChatPage { chat: app.present.view(view), messages: Vec::new(), head, has_more };
    let (front, back) = streamed_json::split_at_list(&empty, "messages");
    let (page, entries) = match messages {
        Messages::Written(page) => return Ok((JSON, streamed_json::whole([front, page.bytes.clone()])).into_response()),
        Messages::Read(page, page_of_log) => (page, page_of_log.items),
    };
    let mut remaining = RemainingMessages::of(app, caller, chat, &entries, back);
    let bytes = remaining.write(&entries);
    if !remaining.back.is_empty() {
        return Ok((JSON, streamed_json::body([front, bytes], remaining)).into_response());
    }
    remaining.app.service.keep_messages(chat, CachedPage { key: PageKey::new(view, page), bytes: bytes.clone() }).await?;
    Ok((JSON, streamed_json::whole([front, bytes])).into_response())
}

/// Responds with messages of a direct chat between the two parts of the JSON around them. What the caller wrote has its status.
pub(in crate::http) fn answer_between(app: AppState, caller: Caller, chat: ChatId, read: DirectMessages, (front, back): (Bytes, Bytes)) -> Response {
    let remaining = RemainingMessages::of(app, caller, chat, &read.entries, back);
    let mut remaining = RemainingMessages { receipts: read.receipts, ..remaining };
    let bytes = remaining.write(&read.entries);
    if remaining.back.is_empty() {
        return (JSON, streamed_json::whole([front, bytes])).into_response();
    }
    (JSON, streamed_json::body([front, bytes], remaining)).into_response()
}

/// The rest of a page of messages, and the JSON after them.
struct RemainingMessages {
    app: AppState,
    chat: ChatId,
    caller: Caller,
    after: u64,
    last: u64,
    between: &'static [u8],
    back: Bytes,
    /// Those of a direct chat; of others the page is the same for all readers.
    receipts: DirectReceipts,
}

impl ChunkSource for RemainingMessages {
    /// Returns the next chunk. Fails if the caller may no longer read the chat, which aborts the response.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.back.is_empty() {
            return Ok(None);
        }
        let page = LogRange::Forward { after: self.after, before: Some(self.last + 1), limit: ENTRIES_PER_CHUNK };
        let entries = self.app.service.more_messages(self.chat, &self.caller, page).await.map_err(io::Error::other)?;
        Ok(Some((self.write(&entries), self)))
    }
}

impl RemainingMessages {
    fn of(app: AppState, caller: Caller, chat: ChatId, entries: &[Arc<Entry>], back: Bytes) -> Self {
        let (after, last) = (entries.first().map_or(0, |entry| entry.seq - 1), entries.last().map_or(0, |entry| entry.seq));
        Self { app, chat, caller, after, last, between: b"", back, receipts: DirectReceipts::default() }
    }

    /// Writes the entries that fit into one chunk, and the closing JSON after the last one.
    fn write(&mut self, entries: &[Arc<Entry>]) -> Bytes {
        let mut chunk = Chunk::default();
        for entry in entries {
            let Some(mut message) = self.app.present.posted(self.chat, entry) else { continue };
            message.status = self.receipts.status_of(entry).map(present::message_status);
            let json = serde_json::to_vec(&message).expect("messages serialize to JSON");
            if !chunk.try_push(&[self.between, &json]) {
                return chunk.close();
            }
            (self.after, self.between) = (entry.seq, b",");
        }
        if (entries.is_empty() || self.after >= self.last) && chunk.try_push(&[&self.back]) {
            self.back = Bytes::new();
        }
        chunk.close()
    }
}
