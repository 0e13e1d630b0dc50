//! Streams over HTTP: who may open one, where it goes on.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::chats::ChatPath;
use super::extract::{Bearer, Headers, Path, Query};
use super::handover::Mark;
use super::links::LinkPath;
use super::problem::Problem;
use super::sse;
use crate::domain::id::TicketId;
use crate::domain::knock::KnockStatus;
use crate::service::access::Caller;
use crate::service::error::Error;
use crate::service::stream::Pass;
use crate::service::waiting::{Told, Wait};
use crate::wire::secret::Secret;

/// What may stand in the query of a chat's stream.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FollowQuery {
    /// Where to go on: an event's `id`, or the number of an entry; 0 replays all that you may see. The header `Last-Event-ID` wins over it.
    after: Option<String>,
    /// The `id` of the last event you got, where you cannot send the header `Last-Event-ID`, which wins over it. It wins over `after`.
    #[serde(rename = "lastEventId")]
    last_event_id: Option<String>,
    /// A ticket, where you cannot send a header.
    #[param(value_type = Option<String>)]
    ticket: Option<Secret>,
}

/// What may stand in the query of a guest's stream.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WaitQuery {
    /// `decided`, if you were told and cannot send the header `Last-Event-ID`, which wins over it.
    #[serde(rename = "lastEventId")]
    last_event_id: Option<String>,
    /// A ticket, where you cannot send a header.
    #[param(value_type = Option<String>)]
    ticket: Option<Secret>,
}

/// Follows a chat.
///
/// Server-sent events. First `hello`; then, where the stream could not go on where you wanted, `reset`, or for entries that are no longer kept `gap`; then
/// every entry: `message`, `member_joined`, `member_left`, `chat_updated`, and for the owner `knock`, `knock_decided`, `link_created`, `link_revoked`.
/// `heartbeat` comes every 15 s, `chat_closed` or your own `member_left` last, `bye` when the server goes away. Entries have an `id`: send the last one as
/// `Last-Event-ID` when you come back, and nothing is missed. Their data are the schemas `Message`, `MemberJoined`, `MemberLeft`, `ChatUpdated`, `Knocked`,
/// `KnockDecided`, `LinkChanged`, `Hello`, `Reset`, `Gap`, `Heartbeat`, `ChatClosed`, `Bye`.
#[utoipa::path(get, path = "/v1/chats/{chat_id}/events", tag = "streams",
    params(ChatPath, FollowQuery, ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event you got, such as `9f4e21c0-7`")),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream",
        example = "id: 9f4e21c0-7\nevent: message\ndata: {\"seq\":7,\"text\":\"Shall we meet at ten?\"}\n\n")))]
pub(super) async fn follow_chat(
    State(app): State<App>,
    method: Method,
    Path(path): Path<ChatPath>,
    Bearer(caller): Bearer,
    Headers(headers): Headers,
    Query(query): Query<FollowQuery>,
    Mark(handover): Mark,
) -> Result<Response, Problem> {
    if method == Method::HEAD && query.ticket.is_none() {
        app.service.chat(path.id(), &caller).await?;
        return Ok(sse::answer(Body::empty()));
    }
    let resume = sse::resume(&headers, query.last_event_id.as_deref(), query.after.as_deref());
    let follower = app.service.follow(path.id(), pass(&method, caller, query.ticket.as_ref())?, resume).await?;
    Ok(sse::stream(app.present.clone(), app.service.retry(), follower, handover))
}

/// Waits for the owner's decision.
///
/// Server-sent events: `hello` with how the knock stands, `heartbeat` every 15 s, at last `knock_decided` with the `Exchange`. Whoever comes back with its
/// `id`, `decided`, gets 204.
#[utoipa::path(get, path = "/v1/links/{link_id}/events", tag = "streams",
    params(LinkPath, WaitQuery, ("Last-Event-ID" = Option<String>, Header, description = "`decided`, if you were told")),
    responses((status = 200, description = "The stream", body = String, content_type = "text/event-stream",
        example = "event: hello\ndata: {\"status\":\"pending\"}\n\n"),
        (status = 204, description = "You were told how it ended")))]
pub(super) async fn wait_for_decision(
    State(app): State<App>,
    method: Method,
    Path(path): Path<LinkPath>,
    Bearer(caller): Bearer,
    Headers(headers): Headers,
    Query(query): Query<WaitQuery>,
    Mark(handover): Mark,
) -> Result<Response, Problem> {
    let told = sse::told(&headers, query.last_event_id.as_deref());
    if method == Method::HEAD && query.ticket.is_none() {
        let ended = app.service.guest_status(path.id(), &caller).await? != KnockStatus::Pending;
        let over = ended && told == Told::Already;
        return Ok(if over { StatusCode::NO_CONTENT.into_response() } else { sse::answer(Body::empty()) });
    }
    match app.service.wait(path.id(), pass(&method, caller, query.ticket.as_ref())?, told).await? {
        Wait::Over => Ok(StatusCode::NO_CONTENT.into_response()),
        Wait::Stream(waiting) => Ok(sse::stream(app.present.clone(), app.service.retry(), *waiting, handover)),
    }
}

/// What opens the stream. A ticket stands alone, and HEAD does not use it up; nor does HEAD open a stream, which could end an older one.
fn pass(method: &Method, caller: Caller, ticket: Option<&Secret>) -> Result<Pass, Problem> {
    match ticket {
        None => Ok(Pass::Caller(caller)),
        Some(_) if !caller.shows_nothing() => Err(Problem::invalid("ticket", "cannot stand beside an Authorization header")),
        Some(_) if method == Method::HEAD => Err(Error::NotFound.into()),
        Some(ticket) => Ok(Pass::Ticket(TicketId::read(ticket.reveal()), caller.charge().clone())),
    }
}
