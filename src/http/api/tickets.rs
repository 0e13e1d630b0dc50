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
    let cursors = cursors(&body.value)?;
    let stream = match (&body.value.chat_id, &body.value.link_id, body.value.me) {
        (Some(chat), None, None) => TicketFor::Chat(ChatId::parse_or_nil(chat)),
        (None, Some(link), None) => TicketFor::Link(LinkId::parse_pasted(link)),
        (None, None, Some(true)) => TicketFor::Account(cursors),
        (None, None, Some(false)) => return Err(Problem::invalid("me", "must be true")),
        _ => return Err(Problem::invalid("chat_id", "or link_id or me is required, but only one of them")),
    };
    let issued = app.service.issue_ticket(stream, &caller, key).await?;
    Ok((StatusCode::CREATED, replay_header(&issued), Answer(app.present.ticket(&issued.value))).into_response())
}

/// Returns where the stream of an account goes on.
fn cursors(wanted: &wire::tickets::NewTicket) -> Result<Vec<ChatCursor>, Problem> {
    if wanted.after.len() > MAX_CURSORS {
        return Err(Error::invalid("after", format!("must have at most {MAX_CURSORS} items")).into());
    }
    if !wanted.after.is_empty() && wanted.me.is_none() {
        return Err(Problem::invalid("after", "goes with me alone"));
    }
    let cursor = |position: &wire::tickets::ChatPosition| {
        let chat = ChatId::parse_or_nil(&position.chat_id);
        ChatCursor { chat, at: sse::cursor(chat, &position.after) }
    };
    Ok(wanted.after.iter().map(cursor).collect())
}
