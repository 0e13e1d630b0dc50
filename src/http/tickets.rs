//! Stream tickets over HTTP.

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::App;
use super::extract::{Bearer, Json, Key, mark};
use super::problem::Problem;
use crate::domain::id::{ChatId, LinkId};
use crate::service::tickets::TicketFor;
use crate::wire;

/// Issues a ticket for a stream.
///
/// For a browser's `EventSource`, which cannot send a header: append `?ticket=…` to the stream's URL. It is bound to that stream and to you, must be used
/// within 30 s, opens one stream at a time, and the stream may be opened again with the same URL up to 60 s after each interruption. While the stream seems
/// open to the server, a second one gets the 404: a client whose line broke unnoticed asks for another ticket.
#[utoipa::path(post, path = "/v1/tickets", tag = "streams", request_body = wire::tickets::NewTicket,
    responses((status = 201, description = "The ticket", body = wire::tickets::Ticket)))]
pub(super) async fn issue_ticket(
    State(app): State<App>,
    Bearer(caller): Bearer,
    key: Key,
    body: Json<wire::tickets::NewTicket>,
) -> Result<Response, Problem> {
    let key = key.of(&caller, &body.raw)?;
    let stream = match (&body.value.chat_id, &body.value.link_id) {
        (Some(chat), None) => TicketFor::Chat(ChatId::read(chat)),
        (None, Some(link)) => TicketFor::Link(LinkId::read_pasted(link)),
        _ => return Err(Problem::invalid("chat_id", "or link_id must be given, and not both")),
    };
    let once = app.service.issue_ticket(stream, &caller, key).await?;
    Ok((StatusCode::CREATED, mark(&once), Answer(app.present.ticket(&once.made))).into_response())
}
