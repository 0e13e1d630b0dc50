//! Handlers of stream tickets.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::id::{ChatId, LinkId};
use crate::domain::ticket::{ChatCursor, MAX_CURSORS};
use crate::http::app::AppState;
use crate::http::extract::{Bearer, IdempotencyHeader, Json, replay_header};
use crate::http::respond::problem::Problem;
use crate::http::respond::sse;
use crate::service::error::Error;
use crate::service::tickets::TicketFor;
use crate::wire;

/// Issues a ticket for a stream.
///
/// For a browser's `EventSource`, which cannot send a header: append `?ticket=…` to the stream's URL. The ticket is bound to that stream and to
/// you, must be used within 30 s, and opens one stream at a time. The stream can be opened again with the same URL up to 60 s after each interruption. A ticket
/// for the stream of your account ends with the session that you request it in, and says where it goes on in your chats: of each, `state` is as of that
/// position, unless `reset` follows.
/// With `socket` it opens `/v1/socket`, for your account or, beside `chat_id`, for you as a member of that chat.
/// While the server still considers the stream open, a second one gets 404: then request another ticket.
#[utoipa::path(post, path = "/v1/tickets", tag = "streams", request_body = wire::tickets::NewTicket,
    responses((status = 201, description = "The ticket", body = wire::tickets::Ticket)))]
pub(in crate::http) async fn issue_ticket(
    State(app): State<AppState>,
    Bearer(caller): Bearer,
    key: IdempotencyHeader,
    body: Json<wire::tickets::NewTicket>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let cursors = cursors(&body.value.after)?;
    if !cursors.is_empty() && body.value.me.is_none() {
        return Err(Problem::invalid("after", "goes with me alone"));
    }
    let stream = stream(&body.value, cursors)?;
    let issued = app.service.issue_ticket(stream, &caller, key).await?;
    Ok((StatusCode::CREATED, replay_header(&issued), Answer(app.present.ticket(&issued.value))).into_response())
}

/// Returns what the ticket is for.
fn stream(wanted: &wire::tickets::NewTicket, cursors: Vec<ChatCursor>) -> Result<TicketFor, Problem> {
    let wire::tickets::NewTicket { chat_id, link_id, me, socket, .. } = wanted;
    match (chat_id, link_id, me, socket) {
        (Some(chat), None, None, None) => Ok(TicketFor::Chat(ChatId::parse_or_nil(chat))),
        (None, Some(link), None, None) => Ok(TicketFor::Link(LinkId::parse_pasted(link))),
        (None, None, Some(true), None) => Ok(TicketFor::Account(cursors)),
        (chat, None, None, Some(true)) => Ok(TicketFor::Socket(chat.as_deref().map(ChatId::parse_or_nil))),
        (None, None, Some(false), None) => Err(Problem::invalid("me", "must be true")),
        (_, None, None, Some(false)) => Err(Problem::invalid("socket", "must be true")),
        _ => Err(Problem::invalid("chat_id", "or link_id, me or socket is required, but only one of them, or chat_id and socket")),
    }
}

/// Returns where the stream of an account goes on.
pub(in crate::http) fn cursors(after: &[wire::tickets::ChatPosition]) -> Result<Vec<ChatCursor>, Problem> {
    if after.len() > MAX_CURSORS {
        return Err(Error::invalid("after", format!("must have at most {MAX_CURSORS} items")).into());
    }
    let cursor = |position: &wire::tickets::ChatPosition| {
        let chat = ChatId::parse_or_nil(&position.chat_id);
        ChatCursor { chat, at: sse::cursor(chat, &position.after) }
    };
    Ok(after.iter().map(cursor).collect())
}
